package io.cloister.agent.sandbox;

/// The sandbox sent what the loader never sends. The message names the rule and carries nothing of
/// the run's data.
final class ViolationException extends Exception {
    private static final long serialVersionUID = 1L;

    ViolationException(String rule) {
        super(rule);
    }
}
