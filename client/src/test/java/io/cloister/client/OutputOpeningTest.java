package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class OutputOpeningTest {
    private static final Bytes CONTENT = Bytes.utf8("the result");

    private final Identity key = Identity.generate(Play.RANDOM);
    private final OutputIndex.Entry entry =
            new OutputIndex.Entry(new FileName("result"), CONTENT.length(), Sha256.of(CONTENT));

    @TempDir private Path folder;

    private Bytes seal(byte[] clear) {
        return Sealing.to(List.of(key.recipient())).file(clear);
    }

    private static byte[] padded(byte last) {
        byte[] padded = Arrays.copyOf(CONTENT.toArray(), (int) Padme.length(CONTENT.length()));
        padded[padded.length - 1] = last;
        return padded;
    }

    private static Receipt.Output output(Bytes ciphertext) {
        return new Receipt.Output(
                Play.CONSUMER, Receipt.Kind.RESULT, 0, Sha256.of(ciphertext), ciphertext.length());
    }

    private static InputStream stream(Bytes bytes) {
        return new ByteArrayInputStream(bytes.toArray());
    }

    private byte[] open(
            Bytes ciphertext, Receipt.Output output, OutputIndex.Entry as, Identity with)
            throws IOException, RefusedException {
        Path target = folder.resolve("target");
        OutputOpening.file(stream(ciphertext), output, as, with, target);
        return Files.readAllBytes(target);
    }

    private void refuses(
            String code,
            Bytes ciphertext,
            Receipt.Output output,
            OutputIndex.Entry as,
            Identity with) {
        var refusal =
                assertThrows(RefusedException.class, () -> open(ciphertext, output, as, with));
        assertEquals(code, refusal.findings().getFirst().code());
    }

    @Test
    void opensWhatReceiptAndIndexName() throws IOException, RefusedException {
        Bytes ciphertext = seal(padded((byte) 0));
        assertEquals(CONTENT, Bytes.copyOf(open(ciphertext, output(ciphertext), entry, key)));
    }

    @Test
    void refusesOtherBytesThanTheReceiptNames() {
        Bytes ciphertext = seal(padded((byte) 0));
        var other =
                new Receipt.Output(
                        Play.CONSUMER,
                        Receipt.Kind.RESULT,
                        0,
                        Sha256.of(Bytes.utf8("other")),
                        ciphertext.length());
        refuses("output-ciphertext", ciphertext, other, entry, key);
    }

    @Test
    void refusesASecondEncryptionOfTheSameContent() {
        refuses(
                "output-ciphertext",
                seal(padded((byte) 0)),
                output(seal(padded((byte) 0))),
                entry,
                key);
    }

    @Test
    void refusesWhatIsNotEncryptedToThisPerson() {
        Bytes ciphertext = seal(padded((byte) 0));
        refuses(
                "output-sealed",
                ciphertext,
                output(ciphertext),
                entry,
                Identity.generate(Play.RANDOM));
    }

    @Test
    void refusesPaddingThatIsNotZero() {
        Bytes ciphertext = seal(padded((byte) 1));
        refuses("output-content", ciphertext, output(ciphertext), entry, key);
    }

    @Test
    void refusesAnotherLengthThanTheIndexSays() {
        Bytes ciphertext = seal(padded((byte) 0));
        var longer = new OutputIndex.Entry(entry.name(), entry.bytes() + 1, entry.digest());
        refuses("output-content", ciphertext, output(ciphertext), longer, key);
    }

    @Test
    void refusesAnotherDigestThanTheIndexSays() {
        Bytes ciphertext = seal(padded((byte) 0));
        var other =
                new OutputIndex.Entry(entry.name(), entry.bytes(), Sha256.of(Bytes.utf8("other")));
        refuses("output-content", ciphertext, output(ciphertext), other, key);
    }

    @Test
    void refusesContentWithoutPadding() {
        Bytes ciphertext = seal(CONTENT.toArray());
        refuses("output-content", ciphertext, output(ciphertext), entry, key);
    }

    @Test
    void opensAnIndexAndRefusesAnAlteredOne() throws IOException, RefusedException {
        var index = new OutputIndex(List.of(entry));
        Bytes ciphertext = seal(index.padded().toArray());
        assertEquals(index, OutputOpening.index(stream(ciphertext), output(ciphertext), key));
        byte[] altered = ciphertext.toArray();
        altered[altered.length - 1] ^= 1;
        assertThrows(
                RefusedException.class,
                () ->
                        OutputOpening.index(
                                new ByteArrayInputStream(altered), output(ciphertext), key));
    }

    private void refusesIndex(String code, Bytes ciphertext, Receipt.Output output) {
        var refusal =
                assertThrows(
                        RefusedException.class,
                        () -> OutputOpening.index(stream(ciphertext), output, key));
        assertEquals(List.of(code), refusal.findings().stream().map(Finding::code).toList());
    }

    @Test
    void refusesAnIndexThatTheReceiptSaysIsLargerThanAnyIs() throws Exception {
        Bytes ciphertext = seal(new OutputIndex(List.of(entry)).padded().toArray());
        Receipt.Output honest = output(ciphertext);
        OutputOpening.index(stream(ciphertext), honest, key);
        long most = 8L << 20;
        refusesIndex("output-ciphertext", ciphertext, sized(honest, most));
        refusesIndex("index-size", ciphertext, sized(honest, most + 1));
    }

    private static Receipt.Output sized(Receipt.Output it, long ciphertextBytes) {
        return new Receipt.Output(
                it.reader(), it.kind(), it.position(), it.ciphertext(), ciphertextBytes);
    }

    @Test
    void refusesAnIndexOfWhichAByteIsNotWhatAnIndexHas() throws Exception {
        byte[] clear = new OutputIndex(List.of(entry)).padded().toArray();
        Bytes honest = seal(clear);
        OutputOpening.index(stream(honest), output(honest), key);
        clear[0] = '[';
        Bytes altered = seal(clear);
        refusesIndex("index-form", altered, output(altered));
    }
}
