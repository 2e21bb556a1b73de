package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;

/// RFC 5280 §4.1.2.5: one form for each time.
class X509TimeTest {
    private static Instant read(String tag, String text) throws MalformedException {
        Bytes content = Bytes.utf8(text);
        Bytes header = Bytes.fromHex(tag + String.format("%02x", content.length()), "test");
        return X509Time.read(DerReader.of(Bytes.concat(header, content), "der"), "time");
    }

    @ParameterizedTest
    @CsvSource({
        "17,500101000000Z,1950-01-01T00:00:00Z",
        "17,991231235959Z,1999-12-31T23:59:59Z",
        "17,000229000000Z,2000-02-29T00:00:00Z",
        "17,491231235959Z,2049-12-31T23:59:59Z",
        "18,20500101000000Z,2050-01-01T00:00:00Z",
        "18,99991231235959Z,9999-12-31T23:59:59Z",
    })
    void reads(String tag, String text, Instant instant) throws Exception {
        assertEquals(instant, read(tag, text));
    }

    @ParameterizedTest
    @CsvSource({
        "17,4912312359Z", // without seconds
        "17,491231235959", // without zone
        "17,491231235959+0000", // with another zone
        "17,491231235959z",
        "17,49123123595xZ",
        "17,491231235960Z", // a leap second
        "17,491231245959Z",
        "17,491331235959Z",
        "17,010229000000Z", // no leap year
        "17,000000000000Z",
        "17,20491231235959Z", // the other form under this tag
        "18,491231235959Z",
        "18,20491231235959Z", // has a shorter form
        "18,20500101000000.0Z", // fractions
        "19,491231235959Z", // no time at all
    })
    void refuses(String tag, String text) {
        assertThrows(MalformedException.class, () -> read(tag, text));
    }
}
