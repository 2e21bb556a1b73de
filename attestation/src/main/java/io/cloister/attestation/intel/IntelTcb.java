package io.cloister.attestation.intel;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// How Intel rates what a quote ran on, by the collateral it was verified with. Whether that is
/// good enough is for a policy to say: only `Revoked` makes a quote not authentic.
///
/// @param kind of which kind the quote is
/// @param status of everything together, by Intel's rules
/// @param sgx the level of the processor and its firmware; empty if it is below every level
/// @param tdx the level of a TD's platform, whose TDX components count too; empty for SGX, and if
///   it is below every level
/// @param module of the TDX module; empty for SGX, for module version 0, and if it is below every
///   level
/// @param qe of the quoting enclave; empty if it is below every level
/// @param tcbInfo which TCB info was used
/// @param qeIdentity which QE identity was used
public record IntelTcb(
        TeeType kind,
        TcbStatus status,
        Optional<Level> sgx,
        Optional<Level> tdx,
        Optional<Level> module,
        Optional<Level> qe,
        Source tcbInfo,
        Source qeIdentity) {
    /// The level that a part of the platform is on.
    ///
    /// @param name of the part: `SGX`, `TDX`, the module's id or the enclave's
    /// @param status what Intel says of the level
    /// @param tcbDate as of when: no weakness published later was looked at
    /// @param advisoryIds what Intel published of what the level leaves open
    public record Level(String name, TcbStatus status, Instant tcbDate, List<String> advisoryIds) {
        public Level {
            advisoryIds = List.copyOf(advisoryIds);
        }

        static Level of(String name, TcbLevel level) {
            return new Level(name, level.status(), level.tcbDate(), level.advisoryIds());
        }

        static Level of(String name, IsvLevel level) {
            return new Level(name, level.status(), level.tcbDate(), level.advisoryIds());
        }
    }

    /// A document of Intel's.
    ///
    /// @param version its format
    /// @param evaluationNumber `tcbEvaluationDataNumber`: which evaluation it reports
    /// @param issueDate when it was issued
    /// @param nextUpdate until when it counts
    public record Source(
            int version, int evaluationNumber, Instant issueDate, Instant nextUpdate) {}

    /// The level that rates the platform: that of SGX or of TDX; empty if it is below every level.
    public Optional<Level> platform() {
        return switch (kind) {
            case SGX -> sgx;
            case TDX -> tdx;
        };
    }
}
