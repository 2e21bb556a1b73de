package io.cloister.fuzz;

/// How long each target looks for new inputs in `./mvnw verify`. Enough to notice a parser that
/// anything breaks; to look harder, see fuzz/README.md.
public final class FuzzTime {
    public static final String EACH = "1s";

    private FuzzTime() {}
}
