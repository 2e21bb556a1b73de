package io.cloister.client.endorsement;

import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// When a source is asked for Endorsements though none are missing: what is there has expired, or
/// soon will.
public final class Refresh {
    /// What ends sooner than this is asked for anew, while what is there still counts: 1 day.
    public static final Duration MARGIN = Duration.ofDays(1);

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

    /// Whether what counts until `validUntil` is to be asked for anew.
    public static boolean isDue(Instant validUntil, Instant now) {
        return validUntil.isBefore(now.plus(MARGIN));
    }

    /// Whether to ask, after verifying Evidence of hardware as of `now`.
    public static boolean isDue(Verification verification, Instant now) {
        return switch (verification) {
            case Verification.Authentic(var evidence) ->
                    evidence.kind().isHardware() && isDue(evidence.claims().validUntil(), now);
            case Verification.NotAuthentic(var findings) ->
                    findings.stream()
                            .anyMatch(one ->
                                    one.outcome() == Outcome.NOT_MET && mends(one.code().code()));
        };
    }
}
