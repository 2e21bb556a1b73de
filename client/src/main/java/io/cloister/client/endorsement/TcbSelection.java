package io.cloister.client.endorsement;

import io.cloister.protocol.MalformedException;

import java.util.OptionalInt;

/// Which of Intel's TCB evaluations to fetch: several are served at once (PCS 4, "Get TCB Info").
///
/// @param query the part of the address that says so
/// @param number the `tcbEvaluationDataNumber` that an answer must have; empty for any
public record TcbSelection(String query, OptionalInt number) {
    private static final int MAX_NUMBER = 65_535;

    /// The one that Intel asks relying parties to follow by now.
    public static TcbSelection standard() {
        return new TcbSelection("update=standard", OptionalInt.empty());
    }

    /// The newest, as soon as it is published.
    public static TcbSelection early() {
        return new TcbSelection("update=early", OptionalInt.empty());
    }

    /// Reads `standard`, `early` or a `tcbEvaluationDataNumber`.
    ///
    /// @throws MalformedException if it is anything else, naming `path`
    public static TcbSelection parse(String text, String path) throws MalformedException {
        if (text.equals("standard")) {
            return standard();
        }
        if (text.equals("early")) {
            return early();
        }
        if (!text.matches("[1-9][0-9]{0,4}") || Integer.parseInt(text) > MAX_NUMBER) {
            throw new MalformedException(
                    path, "standard, early, or a number from 1 to " + MAX_NUMBER, text);
        }
        return new TcbSelection(
                "tcbEvaluationDataNumber=" + text, OptionalInt.of(Integer.parseInt(text)));
    }

    /// That an answer is of the evaluation that was asked for.
    ///
    /// @throws AnswerException if it is of another
    void require(int evaluationNumber) throws AnswerException {
        Chains.require(
                number.isEmpty() || number.getAsInt() == evaluationNumber,
                "the answer is of evaluation "
                        + evaluationNumber
                        + ", and "
                        + number.orElse(0)
                        + " was asked for");
    }
}
