package io.cloister.agent;

/// The agent as it is, but with keys that a test knows.
final class KnownKeysMain {
    /// What its keys follow from.
    static final String SEED = "the agent's keys in this test";

    private KnownKeysMain() {}

    static void main(String[] arguments) {
        System.exit(Main.run(System.in, new KnownRandom(SEED)));
    }
}
