package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Labels;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Twelve words of the BIP-39 English list for the first 132 bits of SHA-256(label ‖ 0x00 ‖
/// digest).
final class Phrase {
    static final int WORDS = 12;

    private static final int BITS_PER_WORD = 11;
    private static final String LIST = "bip39-english.txt";

    private Phrase() {}

    static List<String> of(Sha256 digest) {
        List<String> list = wordList();
        var hash =
                new BigInteger(
                        1,
                        Sha256.of(Bytes.concat(Bytes.utf8(Labels.PHRASE + "\0"), digest.value()))
                                .value()
                                .toArray());
        List<String> words = new ArrayList<>(WORDS);
        for (int i = 1; i <= WORDS; i++) {
            int index =
                    hash.shiftRight(256 - i * BITS_PER_WORD).intValue()
                            & ((1 << BITS_PER_WORD) - 1);
            words.add(list.get(index));
        }
        return List.copyOf(words);
    }

    private static List<String> wordList() {
        try (InputStream in = Phrase.class.getResourceAsStream(LIST)) {
            if (in == null) {
                throw new CloisterBugException("the word list is missing");
            }
            List<String> list =
                    new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            if (list.size() != 1 << BITS_PER_WORD) {
                throw new CloisterBugException("the word list has " + list.size() + " words");
            }
            return list;
        } catch (IOException e) {
            throw new CloisterBugException("a resource can be read", e);
        }
    }
}
