package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// An Attestation Result (RFC 9334 §8.4): the outcome, always with its reasons. A check that could
/// not be made is no result but a `CouldNotCheckException`.
public sealed interface AttestationResult {
    /// Digest of the policy appraised against.
    Sha256 policy();

    /// The instant it was appraised for.
    Instant instant();

    /// Every check made, in order.
    List<Finding> findings();

    /// As JSON, for people's programs; never read back.
    Json toJson();

    /// Those findings that refuse.
    default List<Finding> reasons() {
        return findings().stream().filter(finding -> finding.outcome() == Outcome.NOT_MET).toList();
    }

    /// Those findings that would refuse, had the policy not relaxed their check by name.
    default List<Finding> relaxations() {
        return findings().stream().filter(finding -> finding.outcome() == Outcome.RELAXED).toList();
    }

    /// For people: the outcome, then what refuses, then what the policy relaxed, then what could
    /// not be checked, then what holds, a line each. Everything in it is fit to be shown.
    default List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(
                switch (this) {
                    case Affirmed affirmed ->
                            "affirmed: " + Shown.bounded(affirmed.claims().measurementText());
                    case Refused refused -> "refused at the stage " + refused.stage().word();
                });
        lines.add("as of " + instant() + ", by the policy " + policy());
        for (Outcome outcome :
                List.of(Outcome.NOT_MET, Outcome.RELAXED, Outcome.NOT_CHECKED, Outcome.MET)) {
            findings().stream()
                    .filter(finding -> finding.outcome() == outcome)
                    .map(Finding::line)
                    .forEach(lines::add);
        }
        return List.copyOf(lines);
    }

    /// The stages of the procedure, in order.
    enum Stage {
        /// Reading the bytes.
        PARSE("parse"),
        /// Establishing authenticity.
        VERIFY("verify"),
        /// Comparing with the policy.
        APPRAISE("appraise");

        private final String word;

        Stage(String word) {
            this.word = word;
        }

        /// The word in JSON and in vectors.
        public String word() {
            return word;
        }
    }

    /// Authentic and acceptable. Only the appraiser makes one.
    final class Affirmed implements AttestationResult {
        private final Sha256 policy;
        private final Instant instant;
        private final EvidenceKind kind;
        private final Claims claims;
        private final List<Finding> findings;

        Affirmed(
                Sha256 policy,
                Instant instant,
                EvidenceKind kind,
                Claims claims,
                List<Finding> findings) {
            this.policy = policy;
            this.instant = instant;
            this.kind = kind;
            this.claims = claims;
            this.findings = List.copyOf(findings);
        }

        /// Of which kind the Evidence is.
        public EvidenceKind kind() {
            return kind;
        }

        /// What is affirmed.
        public Claims claims() {
            return claims;
        }

        @Override
        public Sha256 policy() {
            return policy;
        }

        @Override
        public Instant instant() {
            return instant;
        }

        @Override
        public List<Finding> findings() {
            return findings;
        }

        @Override
        public Json toJson() {
            return Json.object()
                    .put("result", "affirmed")
                    .put("kind", kind.word())
                    .put("measurement", claims.measurementText())
                    .put("policy", policy.toString())
                    .put("instant", instant.toString())
                    .put("findings", findings.stream().map(Finding::toJson).toList())
                    .build();
        }

        @Override
        public String toString() {
            return "Affirmed[" + kind + " " + claims.measurementText() + "]";
        }
    }

    /// Not authentic, or not acceptable.
    ///
    /// @param stage the first stage that refused; later ones were not reached
    /// @param policy digest of the policy
    /// @param instant the instant asked for
    /// @param findings every check made, at least one of them not met
    record Refused(Stage stage, Sha256 policy, Instant instant, List<Finding> findings)
            implements AttestationResult {
        public Refused {
            findings = List.copyOf(findings);
        }

        @Override
        public Json toJson() {
            return Json.object()
                    .put("result", "refused")
                    .put("stage", stage.word())
                    .put("policy", policy.toString())
                    .put("instant", instant.toString())
                    .put("findings", findings.stream().map(Finding::toJson).toList())
                    .build();
        }
    }
}
