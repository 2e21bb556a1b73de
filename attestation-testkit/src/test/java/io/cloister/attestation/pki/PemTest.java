package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class PemTest {
    private static final String ONE =
            "-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END CERTIFICATE-----\n";

    private static List<Bytes> read(String text) throws MalformedException {
        return Pem.blocks(Bytes.utf8(text), "CERTIFICATE", "chain");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ONE,
                ONE + "\0",
                "\n" + ONE + " \r\n",
                "-----BEGIN CERTIFICATE-----\r\nAQID\r\nBA==\r\n-----END CERTIFICATE-----",
            })
    void readsOneBlock(String text) throws Exception {
        assertEquals("01020304", read(text).getFirst().hex());
        assertEquals(1, read(text).size());
    }

    @Test
    void readsSeveralInTheirOrder() throws Exception {
        List<Bytes> blocks = read(ONE + ONE.replace("AQIDBA==", "BQ=="));
        assertEquals(List.of("01020304", "05"), blocks.stream().map(Bytes::hex).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\0",
                ONE + "\0\0",
                ONE + "x",
                "x" + ONE,
                "-----BEGIN CERTIFICATE-----\nAQIDBA==\n",
                "-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END X509 CRL-----\n",
                "-----BEGIN X509 CRL-----\nAQIDBA==\n-----END X509 CRL-----\n",
                "-----BEGIN CERTIFICATE-----\nAQIDBA=\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\nAQIDBA\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\nAQIDBB==\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\nAQ-DBA==\n-----END CERTIFICATE-----\n",
                "-----BEGIN CERTIFICATE-----\n" + ONE + "-----END CERTIFICATE-----\n",
            })
    void refusesEverythingElse(String text) {
        assertThrows(MalformedException.class, () -> read(text));
    }

    @Test
    void refusesTheSeventeenthBlock() throws Exception {
        assertEquals(16, read(ONE.repeat(16)).size());
        assertThrows(MalformedException.class, () -> read(ONE.repeat(17)));
    }

    @Test
    void refusesMoreThanTwoMebibytes() throws Exception {
        int room = 2 * 1024 * 1024 - ONE.length();
        read(ONE + " ".repeat(room));
        assertThrows(MalformedException.class, () -> read(ONE + " ".repeat(room + 1)));
    }
}
