package io.cloister.client.endorsement;

/// A service gave no answer that can be used. The message is fit to be shown.
final class AnswerException extends Exception {
    private static final long serialVersionUID = 1L;

    AnswerException(String message) {
        super(message);
    }
}
