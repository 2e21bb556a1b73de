package io.cloister.client;

import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.client.code.CodeFinding;
import io.cloister.client.endorsement.Origin;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.VerifiedAgreement;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// An enclave and an agreement that passed every check of this client (spec/grant.md), with the
/// limits of the grant to be made. Only [ApprovalDesk#prepare] makes one; nothing is signed yet.
public final class Approvable {
    private final VerifiedAgreement agreement;
    private final BundleSummary code;
    private final List<CodeFinding> wheels;
    private final EnclaveIdentity identity;
    private final AttestationResult.Affirmed attestation;
    private final List<Origin> origins;
    private final long runs;
    private final Instant notAfter;
    private final List<StoredInput> inputs;
    private final List<GrantRecord> earlier;
    private final Optional<Changes> changes;

    Approvable(
            Checked checked,
            long runs,
            Instant notAfter,
            List<StoredInput> inputs,
            List<GrantRecord> earlier,
            Optional<Changes> changes) {
        this.agreement = checked.agreement();
        this.code = checked.code();
        this.wheels = checked.wheels();
        this.identity = checked.enclave().identity();
        this.attestation = checked.enclave().attestation();
        this.origins = checked.enclave().origins();
        this.runs = runs;
        this.notAfter = notAfter;
        this.inputs = List.copyOf(inputs);
        this.earlier = List.copyOf(earlier);
        this.changes = changes;
    }

    /// What was checked.
    record Checked(
            VerifiedAgreement agreement,
            BundleSummary code,
            List<CodeFinding> wheels,
            EnclaveCheck.Enclave enclave) {
        Checked {
            wheels = List.copyOf(wheels);
        }
    }

    /// The recomputed agreement.
    public VerifiedAgreement agreement() {
        return agreement;
    }

    /// The code bundle, as the agreement names it.
    public BundleSummary code() {
        return code;
    }

    /// What wheels of the bundle change that neither `run.py` nor requirements name, to be shown.
    public List<CodeFinding> wheels() {
        return wheels;
    }

    /// The enclave, vouched for by Evidence.
    public EnclaveIdentity identity() {
        return identity;
    }

    /// Why it is authentic and acceptable.
    public AttestationResult.Affirmed attestation() {
        return attestation;
    }

    /// Where Endorsements came from that were fetched for it, and of when they are; none if nobody
    /// was asked.
    public List<Origin> origins() {
        return origins;
    }

    /// Most runs the grant will allow in this enclave.
    public long runs() {
        return runs;
    }

    /// When the grant will end.
    public Instant notAfter() {
        return notAfter;
    }

    /// The inputs the grant will name, of a Data Provider.
    public List<StoredInput> inputs() {
        return inputs;
    }

    /// Grants this client made before in this computation, to other enclaves.
    public List<GrantRecord> earlier() {
        return earlier;
    }

    /// How many runs could happen in all once this grant is made too: earlier ones can't be taken
    /// back.
    public long possibleRuns() {
        return earlier.stream().mapToLong(GrantRecord::runs).sum() + runs;
    }

    /// What changed since the last grant, if there was one and the agreement is another.
    public Optional<Changes> changes() {
        return changes;
    }
}
