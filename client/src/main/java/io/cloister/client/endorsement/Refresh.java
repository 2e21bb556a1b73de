package io.cloister.client.endorsement;

import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What today's Endorsements may mend: something that is there has expired.
public final class Refresh {
    private static final Set<String> EXPIRED =
            Stream.of(
                            FindingCode.INTEL_CRL_CURRENT,
                            FindingCode.INTEL_COLLATERAL_CURRENT,
                            FindingCode.INTEL_CERTIFICATE_VALIDITY,
                            FindingCode.SNP_CRL_CURRENT,
                            FindingCode.SNP_CHAIN_VALID)
                    .map(FindingCode::code)
                    .collect(Collectors.toUnmodifiableSet());

    private Refresh() {}

    /// Whether a check that failed is one that an answer of today's may mend.
    ///
    /// @param code of the check
    public static boolean mends(String code) {
        return EXPIRED.contains(code);
    }

    /// Whether asking for today's may change what verifying Evidence of hardware came to.
    public static boolean mayChange(Verification verification) {
        return switch (verification) {
            case Verification.Authentic(var evidence) -> evidence.kind().isHardware();
            case Verification.NotAuthentic(var findings) ->
                    findings.stream()
                            .anyMatch(one ->
                                    one.outcome() == Outcome.NOT_MET && mends(one.code().code()));
        };
    }
}
