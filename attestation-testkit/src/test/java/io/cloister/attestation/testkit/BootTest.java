package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

class BootTest {
    private static final Bytes TOKEN = Sha256.of(new byte[] {1}).value();
    private static final Bytes REPORT_DATA = Bytes.concat(TOKEN, TOKEN);
    private static final EnclaveBoot BOOT =
            new EnclaveBoot(
                    "0".repeat(32),
                    new ComputationId(Bytes.copyOf(new byte[16])),
                    Dialect.CLOISTER,
                    Sha256.of(new byte[0]),
                    new LocalEndpoint(Path.of("/run/link"), TOKEN),
                    Optional.of(new LocalEndpoint(Path.of("/run/platform"), TOKEN)),
                    Path.of("/usr/bin/python3.11"),
                    Path.of("/image/python"),
                    Path.of("/cache/base"),
                    Path.of("/run/scratch"));

    @Test
    void isReadFromOneLineAndLeavesTheRest() throws Exception {
        InputStream input = stream(BOOT.line() + "rest");

        assertEquals(BOOT, EnclaveBoot.read(input));
        assertEquals("rest", new String(input.readAllBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void mayNameNoSimulatedPlatform() throws Exception {
        var boot =
                new EnclaveBoot(
                        BOOT.enclave(),
                        BOOT.computation(),
                        Dialect.COSMIAN,
                        BOOT.agreement(),
                        BOOT.link(),
                        Optional.empty(),
                        BOOT.python(),
                        BOOT.pythonPackage(),
                        BOOT.runtime(),
                        BOOT.scratch());

        assertFalse(boot.line().contains("platform"), boot.line());
        assertEquals(boot, EnclaveBoot.read(stream(boot.line())));
    }

    @Test
    void refusesALineWithoutEnd() {
        assertThrows(MalformedException.class, () -> EnclaveBoot.read(stream(BOOT.line().strip())));
        assertThrows(MalformedException.class, () -> EnclaveBoot.read(stream("x".repeat(1 << 17))));
    }

    @Test
    void refusesOneChangedField() {
        for (String changed :
                new String[] {
                    BOOT.line().replace("boot.v1", "boot.v2"),
                    BOOT.line().replace("cloister/1", "cloister/2"),
                    BOOT.line().replace("\"dialect\":\"cloister/1\",", ""),
                    BOOT.line().replace("\"/run/scratch\"", "\"scratch\""),
                    BOOT.line().replace("\"/run/scratch\"", "\"/run//scratch\""),
                    BOOT.line().replace("\"/run/scratch\"", "\"/run/scratch/\""),
                    BOOT.line().replace("\"/run/link\"", "\"/" + "x".repeat(120) + "\""),
                    BOOT.line().replace("\"/run/link\"", "\"\\u0000\""),
                    BOOT.line().replace("\"platform\":{", "\"platform\":null,\"q\":{"),
                    BOOT.line().replace(TOKEN.hex(), TOKEN.hex().substring(2)),
                    BOOT.line().replace("}\n", ",\"zzz\":1}\n"),
                    BOOT.line().replace(",\"", ", \""),
                }) {
            assertThrows(
                    MalformedException.class, () -> EnclaveBoot.read(stream(changed)), changed);
        }
    }

    @Test
    void tokensAreNotShown() {
        assertFalse(BOOT.toString().contains(TOKEN.hex().substring(0, 8)), BOOT.toString());
    }

    @Test
    void anAnswerOfThePlatformIsBoundedAndComplete() throws Exception {
        var answered = new ByteArrayOutputStream();
        PlatformExchange.answer(answered, Bytes.utf8("evidence"));
        byte[] answer = answered.toByteArray();

        assertEquals(Bytes.utf8("evidence"), request(answer));
        assertThrows(IOException.class, () -> request(new byte[0]));
        assertThrows(IOException.class, () -> request(new byte[] {0, 0, 0, 0}));
        assertThrows(IOException.class, () -> request(new byte[] {0, 1, 0, 1}));
        assertThrows(IOException.class, () -> request(Arrays.copyOf(answer, answer.length - 1)));
    }

    private static Bytes request(byte[] answer) throws IOException {
        return PlatformExchange.request(
                new ByteArrayInputStream(answer), new ByteArrayOutputStream(), TOKEN, REPORT_DATA);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
