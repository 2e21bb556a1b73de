package io.cloister.attestation.pki;

import static io.cloister.attestation.pki.Parts.entry;
import static io.cloister.attestation.pki.Parts.extension;
import static io.cloister.attestation.pki.Parts.extensions;
import static io.cloister.attestation.pki.Parts.hex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.util.Arrays;

/// RFC 5280 §5 as our profile narrows it: each test alters one part of an accepted list.
class RevocationListTest {
    private static final SignatureChecks CHECKS = SignatureChecks.ofPlatform();
    private static final Bytes NULL = hex("0500");

    private static RevocationList read(Parts parts) throws MalformedException {
        return RevocationList.parse(parts.der(), "list");
    }

    private static void refuses(Parts parts) {
        Bytes der = parts.der();
        assertThrows(MalformedException.class, () -> RevocationList.parse(der, "list"));
    }

    private static boolean isSigned(Bytes der) throws MalformedException {
        Certificate signer = Certificate.parse(Parts.certificate().der(), "signer");
        return RevocationList.parse(der, "list")
                .isSignedBy(signer, SignatureAlgorithm.ECDSA_P256_SHA256, CHECKS);
    }

    @Test
    void readsTheAcceptedOne() throws Exception {
        RevocationList list = read(Parts.list());

        assertEquals("Issuer", list.issuer().commonName());
        assertEquals(Parts.FROM, list.thisUpdate());
        assertEquals(Parts.TO, list.nextUpdate());
        assertTrue(list.revokes(BigInteger.valueOf(5)));
        assertTrue(list.revokes(BigInteger.valueOf(300)));
        assertFalse(list.revokes(BigInteger.valueOf(6)));
        assertTrue(isSigned(Parts.list().der()));
    }

    @Test
    void isValidFromOneUpdateToTheNext() throws Exception {
        RevocationList list = read(Parts.list());

        assertFalse(list.isValidAt(Parts.FROM.minusSeconds(1)));
        assertTrue(list.isValidAt(Parts.FROM));
        assertTrue(list.isValidAt(Parts.TO));
        assertFalse(list.isValidAt(Parts.TO.plusSeconds(1)));
    }

    @Test
    void readsAListThatRevokesNothing() throws Exception {
        RevocationList list =
                read(Parts.list().without(Parts.REVOKED).without(Parts.LIST_EXTENSIONS));
        assertFalse(list.revokes(BigInteger.valueOf(5)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"020100", "020102", ""})
    void refusesOtherVersions(String version) {
        refuses(Parts.list().with(0, hex(version)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void refusesAMissingPart(int position) {
        refuses(Parts.list().without(position));
    }

    @Test
    void refusesAnotherAlgorithmOutsideThanInside() {
        Parts parts = Parts.list();
        parts.algorithm =
                hex(
                        "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a"
                                + "06092a864886f70d010108300d06096086480165030402020500a203020130");
        refuses(parts);
    }

    @Test
    void refusesOtherAlgorithms() {
        Parts parts = Parts.list().with(1, hex("300a06082a8648ce3d040303"));
        parts.algorithm = hex("300a06082a8648ce3d040303");
        refuses(parts);
    }

    @Test
    void refusesAnEntryWithoutDate() {
        refuses(
                Parts.list()
                        .with(
                                Parts.REVOKED,
                                DerWriter.sequence(DerWriter.sequence(DerWriter.integer(5)))));
    }

    @Test
    void refusesAnEntryWithMore() {
        Bytes reason = DerWriter.sequence(extension("2.5.29.21", false, hex("0a0101")));
        Parts parts = Parts.list().with(Parts.REVOKED, DerWriter.sequence(entry(5, reason, NULL)));
        refuses(parts);
    }

    @Test
    void readsAnEntryWithItsReason() throws Exception {
        Bytes reason = DerWriter.sequence(extension("2.5.29.21", false, hex("0a0101")));
        assertTrue(
                read(Parts.list().with(Parts.REVOKED, DerWriter.sequence(entry(5, reason))))
                        .revokes(BigInteger.valueOf(5)));
    }

    /// Such as the issuer of the certificate, if it isn't the list's: the serial number would be
    /// another's.
    @Test
    void refusesAnEntryWithACriticalExtension() {
        Bytes issuer = DerWriter.sequence(extension("2.5.29.29", true, NULL));
        refuses(Parts.list().with(Parts.REVOKED, DerWriter.sequence(entry(5, issuer))));
    }

    @Test
    void refusesExtensionsThatSayThatTheyAreNotCritical() {
        Bytes reason =
                DerWriter.sequence(
                        DerWriter.oid("2.5.29.21"), hex("010100"), DerWriter.octets(hex("0a0101")));
        refuses(
                Parts.list()
                        .with(
                                Parts.REVOKED,
                                DerWriter.sequence(entry(5, DerWriter.sequence(reason)))));
    }

    @Test
    void refusesANegativeSerialNumber() {
        refuses(
                Parts.list()
                        .with(
                                Parts.REVOKED,
                                DerWriter.sequence(
                                        DerWriter.sequence(
                                                hex("0201ff"), DerWriter.time(Parts.FROM)))));
    }

    /// A delta list, or one of some distribution point: what it leaves out is not known.
    @ParameterizedTest
    @ValueSource(strings = {"2.5.29.27", "2.5.29.28", "1.2.3"})
    void refusesCriticalExtensions(String oid) {
        refuses(
                Parts.list()
                        .with(Parts.LIST_EXTENSIONS, extensions(0, extension(oid, true, NULL))));
    }

    @Test
    void refusesAnExtensionTwice() {
        Bytes one = extension("1.2.3", false, NULL);
        refuses(Parts.list().with(Parts.LIST_EXTENSIONS, extensions(0, one, one)));
    }

    @Test
    void refusesPartsBehindTheExtensions() {
        Parts parts = Parts.list();
        parts.body.add(NULL);
        refuses(parts);
    }

    @Test
    void refusesACertificate() {
        Bytes certificate = Parts.certificate().der();
        assertThrows(MalformedException.class, () -> RevocationList.parse(certificate, "list"));
    }

    @Test
    void refusesEveryTruncationAndBytesBehindIt() {
        Bytes der = Parts.list().der();
        for (int length = 0; length < der.length(); length++) {
            Bytes shorter = der.slice(0, length);
            assertThrows(MalformedException.class, () -> RevocationList.parse(shorter, "list"));
        }
        Bytes longer = Bytes.concat(der, hex("00"));
        assertThrows(MalformedException.class, () -> RevocationList.parse(longer, "list"));
    }

    @Test
    void refusesMoreThanOneMebibyte() throws Exception {
        Bytes[] many = new Bytes[40_000];
        Arrays.fill(many, entry(70_000));
        Parts fits = Parts.list().with(Parts.REVOKED, DerWriter.sequence(many));
        assertTrue(read(fits).revokes(BigInteger.valueOf(70_000)));
        Bytes[] more = new Bytes[60_000];
        Arrays.fill(more, entry(70_000));
        refuses(Parts.list().with(Parts.REVOKED, DerWriter.sequence(more)));
    }

    @Test
    void refusesAnotherKeysSignature() throws Exception {
        Parts parts = Parts.list();
        assertFalse(isSigned(parts.der(EcTestKey.named("another").signDer(parts.bodyDer()))));
    }

    @Test
    void noListWithOneAlteredByteIsReadAndStillSigned() {
        byte[] der = Parts.list().der().toArray();
        for (int i = 0; i < der.length; i++) {
            byte[] altered = der.clone();
            altered[i] ^= 1;
            boolean signed;
            try {
                signed = isSigned(Bytes.copyOf(altered));
            } catch (MalformedException _) {
                signed = false;
            }
            assertFalse(signed, "offset " + i);
        }
    }
}
