package io.cloister.attestation.appraisal;

import java.util.List;

/// Which enclaves a simulated policy accepts.
public sealed interface MeasurementRule {
    /// One of these.
    ///
    /// @param values at most 64; none refuses everything
    record OneOf(List<ReferenceValue> values) implements MeasurementRule {
        /// Most there may be.
        public static final int MAX = 64;

        public OneOf {
            values = List.copyOf(values);
            if (values.size() > MAX) {
                throw new IllegalArgumentException("at most 64 reference values");
            }
        }
    }

    /// Whatever it consists of: a relaxation.
    ///
    /// @param reason its author's
    record Any(Reason reason) implements MeasurementRule {}
}
