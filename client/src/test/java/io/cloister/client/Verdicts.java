package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;

/// Expectations of verdicts.
final class Verdicts {
    private Verdicts() {}

    static <T> T accepted(Verdict<T> verdict) {
        return switch (verdict) {
            case Verdict.Accepted<T>(var value) -> value;
            case Verdict.Refused<T>(var findings) -> fail("refused: " + findings);
        };
    }

    /// Refused, and for this reason.
    static void refused(Verdict<?> verdict, Finding.Kind kind, String code) {
        switch (verdict) {
            case Verdict.Accepted<?> _ -> fail("accepted, must be refused: " + code);
            case Verdict.Refused<?>(var findings) -> has(findings, kind, code);
        }
    }

    /// Refused, for one of these reasons.
    static void refusedForAny(Verdict<?> verdict, String... codes) {
        switch (verdict) {
            case Verdict.Accepted<?> _ -> fail("accepted, must be refused");
            case Verdict.Refused<?>(var findings) ->
                    assertTrue(
                            findings.stream().anyMatch(one -> List.of(codes).contains(one.code())),
                            findings::toString);
        }
    }

    static void has(List<Finding> findings, Finding.Kind kind, String code) {
        assertTrue(
                findings.stream().anyMatch(one -> one.kind() == kind && one.code().equals(code)),
                () -> "no " + kind + " " + code + " in " + findings);
    }
}
