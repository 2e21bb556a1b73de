package io.cloister.attestation.intel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.FakePlatform;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The extension of PCK certificates.
class PckExtensionTest {
    private static void malformed(FakePlatform platform, String path) {
        malformed(platform.der(), path);
    }

    private static void malformed(Bytes der, String path) {
        MalformedException e =
                assertThrows(MalformedException.class, () -> PckExtension.parse(der));
        assertTrue(String.valueOf(e.getMessage()).contains(path), e.getMessage());
    }

    @Test
    void readsEachPart() throws Exception {
        PckExtension pck = PckExtension.parse(new FakePlatform().der());
        assertEquals("11".repeat(16), pck.ppid().hex());
        assertEquals("08080202040100060000000000000000", pck.components().hex());
        assertEquals(13, pck.pceSvn());
        assertEquals("22".repeat(16), pck.cpuSvn().hex());
        assertEquals("0000", pck.pceId().hex());
        assertEquals("00806f050000", pck.fmspc().hex());
        assertEquals(1, pck.sgxType());
        PckExtension.Platform platform = pck.platform().orElseThrow();
        assertEquals("33".repeat(16), platform.instanceId().hex());
        assertTrue(platform.dynamicPlatform() && platform.smtEnabled());
        assertTrue(!platform.cachedKeys());
        assertTrue(PckExtension.parse(new FakePlatform().single().der()).platform().isEmpty());
    }

    @Test
    void readsTheLargestVersions() throws Exception {
        PckExtension pck =
                PckExtension.parse(
                        new FakePlatform().component(0, 255).pceSvn(65535).sgxType(2).der());
        assertEquals((byte) 255, pck.components().at(0));
        assertEquals(65535, pck.pceSvn());
    }

    @Test
    void refusesEachMissingPart() {
        String[] names = {
            "ppid", "tcb", "pceId", "fmspc", "sgxType", "platformInstanceId", "configuration"
        };
        for (int i = 0; i < names.length; i++) {
            malformed(new FakePlatform().without(i + 1), "pck." + names[i]);
        }
    }

    @Test
    void refusesEachPartTwice() {
        List<Bytes> parts =
                List.of(
                        FakePlatform.part("1", DerWriter.octets(Bytes.copyOf(new byte[16]))),
                        FakePlatform.part("3", DerWriter.octets(Bytes.copyOf(new byte[2]))),
                        FakePlatform.part("4", DerWriter.octets(Bytes.copyOf(new byte[6]))),
                        FakePlatform.part("5", DerWriter.enumerated(0)),
                        FakePlatform.part("6", DerWriter.octets(Bytes.copyOf(new byte[16]))),
                        FakePlatform.part("2", DerWriter.sequence()),
                        FakePlatform.part("7", DerWriter.sequence()));
        for (Bytes part : parts) {
            malformed(new FakePlatform().with(part), "expected once, got twice");
        }
    }

    @Test
    void refusesPartsOfOtherLengths() {
        for (int length : new int[] {0, 1, 15, 17}) {
            Bytes wrong = Bytes.copyOf(new byte[length]);
            List<Consumer<FakePlatform>> changes =
                    List.of(
                            one -> one.ppid(wrong),
                            one -> one.cpuSvn(wrong),
                            one -> one.pceId(wrong),
                            one -> one.fmspc(wrong),
                            one -> one.instanceId(wrong));
            for (Consumer<FakePlatform> change : changes) {
                var platform = new FakePlatform();
                change.accept(platform);
                malformed(platform, "bytes");
            }
        }
    }

    @Test
    void refusesUnknownParts() {
        malformed(
                new FakePlatform().with(FakePlatform.part("8", DerWriter.integer(1))),
                "a part that is known");
        malformed(
                new FakePlatform()
                        .with(DerWriter.sequence(DerWriter.oid("1.2.3"), DerWriter.integer(1))),
                "a part that is known");
    }

    @Test
    void refusesVersionsThatAreTooLarge() {
        malformed(new FakePlatform().pceSvn(65536), "pck.tcb.pceSvn");
        malformed(withTcb(1, FakePlatform.part("2.1", DerWriter.integer(256))), "pck.tcb.1");
        malformed(withTcb(1, FakePlatform.part("2.1", DerWriter.integer(-1))), "natural number");
        malformed(new FakePlatform().sgxType(3), "pck.sgxType");
        malformed(new FakePlatform().sgxType(-1), "natural number");
    }

    @Test
    void refusesOtherTcbParts() {
        malformed(withTcb(2, FakePlatform.part("2.1", DerWriter.integer(1))), "expected once");
        malformed(withTcb(2, FakePlatform.part("2.19", DerWriter.integer(1))), "pck.tcb");
        malformed(withTcb(2, FakePlatform.part("3.2", DerWriter.integer(1))), "pck.tcb");
        malformed(withTcb(2, FakePlatform.part("2.02", DerWriter.bool(true))), "tag 2");
        malformed(withTcb(0, FakePlatform.part("2.1", DerWriter.integer(1))), "further bytes");
    }

    /// The TCB part alone, in which the component at `index` (or a further one for 0) is `part`.
    private static Bytes withTcb(int index, Bytes part) {
        var parts = new ArrayList<Bytes>();
        for (int i = 1; i <= 17; i++) {
            parts.add(i == index ? part : FakePlatform.part("2." + i, DerWriter.integer(1)));
        }
        parts.add(FakePlatform.part("2.18", DerWriter.octets(Bytes.copyOf(new byte[16]))));
        if (index == 0) {
            parts.add(part);
        }
        return DerWriter.sequence(
                FakePlatform.part("2", DerWriter.sequence(parts.toArray(Bytes[]::new))));
    }

    @Test
    void refusesOtherFlags() {
        Bytes flag = FakePlatform.part("7.1", DerWriter.bool(true));
        for (Bytes second :
                List.of(
                        flag,
                        FakePlatform.part("7.4", DerWriter.bool(true)),
                        FakePlatform.part("7.2", DerWriter.integer(1)))) {
            malformed(
                    new FakePlatform()
                            .without(7)
                            .with(FakePlatform.part("7", DerWriter.sequence(flag, second, second))),
                    "pck.");
        }
        malformed(
                new FakePlatform()
                        .without(7)
                        .with(FakePlatform.part("7", DerWriter.sequence(flag))),
                "pck.");
    }

    @Test
    void refusesEveryTruncationAndWhatFollows() {
        Bytes der = new FakePlatform().der();
        for (int length = 0; length < der.length(); length++) {
            malformed(der.slice(0, length), "pck");
        }
        malformed(Bytes.concat(der, Bytes.copyOf(new byte[1])), "further bytes");
    }
}
