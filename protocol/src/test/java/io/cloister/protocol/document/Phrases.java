package io.cloister.protocol.document;

import io.cloister.protocol.Sha256;

import java.util.List;

/// Lets tests of other packages ask for the phrase of any digest.
public final class Phrases {
    private Phrases() {}

    public static List<String> of(Sha256 agreement) {
        return Phrase.of(agreement);
    }
}
