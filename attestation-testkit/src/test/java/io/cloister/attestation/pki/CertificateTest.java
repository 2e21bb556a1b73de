package io.cloister.attestation.pki;

import static io.cloister.attestation.pki.Parts.extension;
import static io.cloister.attestation.pki.Parts.extensions;
import static io.cloister.attestation.pki.Parts.hex;
import static io.cloister.attestation.pki.Parts.name;
import static io.cloister.attestation.pki.Parts.part;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Set;

/// RFC 5280 §4 as our profile narrows it: each test alters one part of an accepted certificate.
class CertificateTest {
    private static final SignatureChecks CHECKS = SignatureChecks.ofPlatform();
    private static final Bytes NULL = hex("0500");

    private static Certificate read(Parts parts) throws MalformedException {
        return Certificate.parse(parts.der(), "certificate");
    }

    private static void refuses(Parts parts) {
        Bytes der = parts.der();
        var refusal =
                assertThrows(MalformedException.class, () -> Certificate.parse(der, "certificate"));
        assertFalse(String.valueOf(refusal.getMessage()).isBlank());
    }

    private static boolean signs(Bytes der) throws MalformedException {
        Certificate issuer = read(Parts.certificate());
        return Certificate.parse(der, "certificate")
                .isSignedBy(issuer, SignatureAlgorithm.ECDSA_P256_SHA256, CHECKS);
    }

    @Test
    void readsTheAcceptedOne() throws Exception {
        Certificate certificate = read(Parts.certificate());

        assertEquals(BigInteger.valueOf(77), certificate.serial());
        assertEquals("Issuer", certificate.issuer().commonName());
        assertEquals("Subject", certificate.subject().commonName());
        assertEquals(Parts.FROM, certificate.notBefore());
        assertEquals(Parts.TO, certificate.notAfter());
        assertEquals(Parts.KEY.publicKeyInfo(), certificate.publicKeyInfo());
        assertEquals(SignatureAlgorithm.ECDSA_P256_SHA256, certificate.algorithm());
        assertTrue(certificate.isCa() && certificate.maySignCertificates());
        assertTrue(certificate.maySignRevocationLists());
        assertEquals(1, certificate.pathLength());
        assertTrue(
                certificate.isSignedBy(certificate, SignatureAlgorithm.ECDSA_P256_SHA256, CHECKS));
    }

    @Test
    void isValidFromItsFirstInstantToItsLast() throws Exception {
        Certificate certificate = read(Parts.certificate());

        assertFalse(certificate.isValidAt(Parts.FROM.minusSeconds(1)));
        assertTrue(certificate.isValidAt(Parts.FROM));
        assertTrue(certificate.isValidAt(Parts.TO));
        assertFalse(certificate.isValidAt(Parts.TO.plusSeconds(1)));
    }

    @Nested
    class Frame {
        @Test
        void refusesBytesBehindIt() {
            Bytes longer = Bytes.concat(Parts.certificate().der(), hex("00"));
            assertThrows(MalformedException.class, () -> Certificate.parse(longer, "x"));
        }

        @Test
        void refusesEveryTruncation() {
            Bytes der = Parts.certificate().der();
            for (int length = 0; length < der.length(); length++) {
                Bytes shorter = der.slice(0, length);
                assertThrows(
                        MalformedException.class,
                        () -> Certificate.parse(shorter, "x"),
                        "" + length);
            }
        }

        @Test
        void refusesMoreThanSixteenKibibytes() throws Exception {
            Parts large = Parts.certificate();
            Bytes filling = extension("1.2.3", false, Bytes.copyOf(new byte[16 * 1024 - 200]));
            refuses(large.with(Parts.EXTENSIONS, extensions(3, filling)));
            read(
                    Parts.certificate()
                            .with(
                                    Parts.EXTENSIONS,
                                    extensions(
                                            3,
                                            extension(
                                                    "1.2.3",
                                                    false,
                                                    Bytes.copyOf(new byte[15 * 1024])))));
        }

        @Test
        void refusesFurtherElements() {
            Parts parts = Parts.certificate();
            parts.behindSignature = NULL;
            refuses(parts);
        }

        @Test
        void refusesASecondAlgorithm() {
            Parts parts = Parts.certificate();
            parts.behindAlgorithm = Parts.ECDSA;
            refuses(parts);
        }

        @Test
        void refusesSignaturesOfBrokenBytes() {
            Parts parts = Parts.certificate();
            parts.unusedBits = 1;
            refuses(parts);
        }

        @Test
        void refusesAnEmptySignature() {
            Bytes der = Parts.certificate().der(Parts.NOTHING);
            assertThrows(MalformedException.class, () -> Certificate.parse(der, "x"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "300a06082a8648ce3d040303", // SHA-384
                    "300906072a8648ce3d0401", // SHA-1
                    "300c06082a8648ce3d0403020500", // with parameters
                    "300d06092a864886f70d01010b0500", // RSA PKCS#1 v1.5
                    "300b06092a864886f70d01010a", // PSS of unsaid hash
                    "304606092a864886f70d01010a3039a00f300d06096086480165030402010500"
                            + "a11c301a06092a864886f70d010108300d06096086480165030402010500"
                            + "a203020120a303020101" // PSS with SHA-256
                })
        void refusesOtherAlgorithms(String identifier) {
            Parts parts = Parts.certificate().with(Parts.ALGORITHM, hex(identifier));
            parts.algorithm = hex(identifier);
            refuses(parts);
        }

        @Test
        void refusesAnotherAlgorithmInsideThanOutside() {
            refuses(
                    Parts.certificate()
                            .with(
                                    Parts.ALGORITHM,
                                    hex(
                                            "304106092a864886f70d01010a3034a00f300d060960864801650304"
                                                + "02020500a11c301a06092a864886f70d010108300d0609608648"
                                                + "0165030402020500a203020130")));
        }
    }

    @Nested
    class Body {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 3})
        void refusesOtherVersions(int version) {
            refuses(
                    Parts.certificate()
                            .with(
                                    Parts.VERSION,
                                    DerWriter.explicit(0, DerWriter.integer(version))));
        }

        @Test
        void refusesToGuessTheVersion() {
            refuses(Parts.certificate().without(Parts.VERSION));
        }

        @Test
        void refusesMoreThanAVersion() {
            refuses(
                    Parts.certificate()
                            .with(
                                    Parts.VERSION,
                                    DerWriter.explicit(
                                            0,
                                            Bytes.concat(
                                                    DerWriter.integer(2), DerWriter.integer(2)))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0201ff", "0202004d", "0200"})
        void refusesOtherSerialNumbers(String serial) {
            refuses(Parts.certificate().with(Parts.SERIAL, hex(serial)));
        }

        @Test
        void refusesSerialNumbersOfMoreThan21Bytes() throws Exception {
            read(Parts.certificate().with(Parts.SERIAL, hex("0215" + "01".repeat(21))));
            refuses(Parts.certificate().with(Parts.SERIAL, hex("0216" + "01".repeat(22))));
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 4, 5, 6})
        void refusesAMissingPart(int position) {
            refuses(Parts.certificate().without(position));
        }

        @Test
        void refusesThreeTimes() {
            Bytes time = DerWriter.time(Parts.FROM);
            refuses(Parts.certificate().with(Parts.VALIDITY, DerWriter.sequence(time, time, time)));
        }

        @Test
        void refusesOneTime() {
            refuses(
                    Parts.certificate()
                            .with(Parts.VALIDITY, DerWriter.sequence(DerWriter.time(Parts.FROM))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"810200ff", "820200ff"})
        void refusesUniqueIdentifiers(String identifier) {
            Parts parts = Parts.certificate();
            parts.body.add(Parts.EXTENSIONS, hex(identifier));
            refuses(parts);
        }

        @Test
        void refusesPartsBehindTheExtensions() {
            Parts parts = Parts.certificate();
            parts.body.add(NULL);
            refuses(parts);
        }
    }

    @Nested
    class Names {
        @Test
        void areEqualByTheirBytes() throws Exception {
            Certificate utf8 = read(Parts.certificate());
            Certificate printable =
                    read(
                            Parts.certificate()
                                    .with(
                                            Parts.SUBJECT,
                                            DerWriter.sequence(
                                                    part(
                                                            "2.5.4.3",
                                                            DerWriter.printable("Subject")))));

            assertEquals(utf8.subject().commonName(), printable.subject().commonName());
            assertFalse(utf8.subject().equals(printable.subject()));
        }

        @Test
        void refusesTwoCommonNames() {
            for (String first : new String[] {"Subject", ""}) {
                refuses(
                        Parts.certificate()
                                .with(
                                        Parts.SUBJECT,
                                        DerWriter.sequence(
                                                part("2.5.4.3", DerWriter.utf8(first)),
                                                part("2.5.4.3", DerWriter.utf8("Subject")))));
            }
        }

        @Test
        void refusesTwoAttributesInOnePart() {
            Bytes attribute =
                    DerWriter.sequence(DerWriter.oid("2.5.4.3"), DerWriter.utf8("Subject"));
            refuses(
                    Parts.certificate()
                            .with(
                                    Parts.SUBJECT,
                                    DerWriter.sequence(
                                            DerWriter.element(
                                                    DerReader.SET, attribute, attribute))));
        }

        @Test
        void refusesMoreThanTypeAndValue() {
            Bytes attribute =
                    DerWriter.sequence(DerWriter.oid("2.5.4.3"), DerWriter.utf8("Subject"), NULL);
            refuses(
                    Parts.certificate()
                            .with(Parts.SUBJECT, DerWriter.sequence(DerWriter.set(attribute))));
        }

        @ParameterizedTest
        @CsvSource({"1e", "14", "1c", "04"})
        void refusesOtherKindsOfText(String tag) {
            Bytes text = DerWriter.element(Integer.parseInt(tag, 16), Bytes.utf8("Subject"));
            refuses(
                    Parts.certificate()
                            .with(Parts.SUBJECT, DerWriter.sequence(part("2.5.4.3", text))));
        }

        @Test
        void refusesLongText() throws Exception {
            read(Parts.certificate().with(Parts.SUBJECT, name("x".repeat(128))));
            refuses(Parts.certificate().with(Parts.SUBJECT, name("x".repeat(129))));
        }
    }

    @Nested
    class Extensions {
        private Parts with(Bytes... all) {
            return Parts.certificate().with(Parts.EXTENSIONS, extensions(3, all));
        }

        private Parts basic(String value) {
            return with(extension(Certificate.BASIC_CONSTRAINTS, true, hex(value)));
        }

        private Parts usage(String value) {
            return with(
                    extension(Certificate.BASIC_CONSTRAINTS, true, hex("30030101ff")),
                    extension(Certificate.KEY_USAGE, true, hex(value)));
        }

        @Test
        void refusesOneTwice() {
            Bytes one = extension("1.2.3", false, NULL);
            refuses(with(one, one));
        }

        @Test
        void refusesOneTwiceOfWhichOneIsCritical() {
            refuses(with(extension("1.2.3", false, NULL), extension("1.2.3", true, NULL)));
        }

        @Test
        void refusesMoreThan64() throws Exception {
            Bytes[] all = new Bytes[65];
            for (int i = 0; i < all.length; i++) {
                all[i] = extension("1.2." + i, false, NULL);
            }
            refuses(with(all));
            read(with(Arrays.copyOf(all, 64)));
        }

        /// The default, which DER leaves out.
        @Test
        void refusesOneThatSaysThatItIsNotCritical() throws Exception {
            Bytes oid = DerWriter.oid("1.2.3");
            Bytes value = DerWriter.octets(NULL);
            read(with(DerWriter.sequence(oid, value)));
            read(with(DerWriter.sequence(oid, DerWriter.bool(true), value)));
            refuses(with(DerWriter.sequence(oid, hex("010100"), value)));
        }

        @Test
        void refusesASecondList() {
            Bytes list = DerWriter.sequence(extension("1.2.3", false, NULL));
            refuses(
                    Parts.certificate()
                            .with(
                                    Parts.EXTENSIONS,
                                    DerWriter.explicit(3, Bytes.concat(list, list))));
        }

        @Test
        void refusesMoreThanAValue() {
            refuses(with(DerWriter.sequence(DerWriter.oid("1.2.3"), DerWriter.octets(NULL), NULL)));
        }

        @Test
        void namesCriticalOnesThatNobodyUnderstands() throws Exception {
            Certificate certificate =
                    read(with(extension("1.2.3", true, NULL), extension("1.2.4", false, NULL)));

            assertEquals(Set.of("1.2.3"), certificate.criticalBesides(Set.of("2.5.29.15")));
            assertEquals(Set.of(), certificate.criticalBesides(Set.of("1.2.3")));
        }

        @Test
        void withoutAnyItIsNoAuthority() throws Exception {
            Certificate certificate = read(Parts.certificate().without(Parts.EXTENSIONS));
            assertFalse(certificate.isCa() || certificate.maySignCertificates());
        }

        @ParameterizedTest
        @CsvSource({
            "3000,false,2147483647",
            "30030101ff,true,2147483647",
            "30060101ff020100,true,0",
            "30060101ff02017f,true,127"
        })
        void readsBasicConstraints(String value, boolean ca, int pathLength) throws Exception {
            Certificate certificate = read(basic(value));

            assertEquals(ca, certificate.isCa());
            assertEquals(ca, certificate.maySignCertificates());
            assertEquals(pathLength, certificate.pathLength());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "3003010101", // a true that is none
                    "3003010100", // the default
                    "3006010100020100", // the default, with a length
                    "30060101ff0201ff", // negative
                    "30070101ff02020100", // longer than any chain
                    "30080101ff0201000500", // more
                    "30030101ff00", // something behind it
                    "0101ff", // no sequence
                    "" // nothing
                })
        void refusesOtherBasicConstraints(String value) {
            refuses(basic(value));
        }

        @ParameterizedTest
        @CsvSource({
            "03020106,true,true", // both
            "03020204,true,false", // certificates
            "03020104,true,false", // the same as AMD writes it, with a zero that is used
            "03020102,false,true", // revocation lists
            "030206c0,false,false", // signatures only
            "0303070080,false,false", // nine bits
        })
        void readsKeyUsage(String value, boolean certificates, boolean lists) throws Exception {
            Certificate certificate = read(usage(value));

            assertEquals(certificates, certificate.maySignCertificates());
            assertEquals(lists, certificate.maySignRevocationLists());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "030100",
                    "03020806",
                    "0302ff06",
                    "030401060000",
                    "040106",
                    "",
                    "03020107", // an unused bit is set
                    "0303070081" // an unused bit is set in the second
                })
        void refusesOtherKeyUsages(String value) {
            refuses(usage(value));
        }
    }

    @Nested
    class Keys {
        private void noKey(Bytes info, SignatureAlgorithm algorithm) throws MalformedException {
            Certificate certificate = read(Parts.certificate().with(Parts.KEY_INFO, info));
            assertThrows(MalformedException.class, () -> certificate.publicKey(algorithm));
        }

        @Test
        void refusesAKeyOfAnotherCurve() throws Exception {
            noKey(
                    EcTestKey.named("other", "secp384r1").publicKeyInfo(),
                    SignatureAlgorithm.ECDSA_P256_SHA256);
        }

        @Test
        void refusesAnEcKeyAsAnRsaKey() throws Exception {
            noKey(Parts.KEY.publicKeyInfo(), SignatureAlgorithm.RSA4096_PSS_SHA384);
        }

        @Test
        void refusesAnInfoThatIsNoKey() throws Exception {
            noKey(DerWriter.sequence(NULL), SignatureAlgorithm.ECDSA_P256_SHA256);
            noKey(DerWriter.sequence(NULL), SignatureAlgorithm.RSA4096_PSS_SHA384);
        }

        private static Bytes rsa(int bits, long exponent) {
            BigInteger modulus = BigInteger.TWO.pow(bits).subtract(BigInteger.ONE);
            return DerWriter.sequence(
                    DerWriter.sequence(DerWriter.oid("1.2.840.113549.1.1.1"), NULL),
                    DerWriter.bits(
                            DerWriter.sequence(
                                    DerWriter.integer(modulus), DerWriter.integer(exponent))));
        }

        @Test
        void refusesRsaKeysOfOtherSizesAndExponents() throws Exception {
            read(Parts.certificate().with(Parts.KEY_INFO, rsa(4096, 65537)))
                    .publicKey(SignatureAlgorithm.RSA4096_PSS_SHA384);
            noKey(rsa(4095, 65537), SignatureAlgorithm.RSA4096_PSS_SHA384);
            noKey(rsa(2048, 65537), SignatureAlgorithm.RSA4096_PSS_SHA384);
            noKey(rsa(4096, 3), SignatureAlgorithm.RSA4096_PSS_SHA384);
        }
    }

    @Nested
    class Signatures {
        @Test
        void refusesAnotherKeys() throws Exception {
            Parts parts = Parts.certificate();
            Bytes other = EcTestKey.named("another").signDer(parts.bodyDer());
            assertTrue(signs(parts.der()));
            assertFalse(signs(parts.der(other)));
        }

        @Test
        void refusesAnotherAlgorithmThanTheCallers() throws Exception {
            Certificate certificate = read(Parts.certificate());
            assertFalse(
                    certificate.isSignedBy(
                            certificate, SignatureAlgorithm.RSA4096_PSS_SHA384, CHECKS));
        }

        @Test
        void refusesOneAlteredByteOfTheBody() throws Exception {
            Parts parts = Parts.certificate();
            Bytes signature = Parts.KEY.signDer(parts.bodyDer());
            assertFalse(signs(parts.with(Parts.SERIAL, hex("02014e")).der(signature)));
        }

        /// Each says the same two numbers in another way.
        @Test
        void refusesOtherEncodingsOfTheSameSignature() throws Exception {
            Parts parts = Parts.certificate();
            Bytes raw = Parts.KEY.signRaw(parts.bodyDer());
            BigInteger r = new BigInteger(1, raw.slice(0, 32).toArray());
            BigInteger s = new BigInteger(1, raw.slice(32, 32).toArray());
            Bytes plain = DerWriter.sequence(DerWriter.integer(r), DerWriter.integer(s));
            assertTrue(signs(parts.der(plain)));

            assertFalse(signs(parts.der(raw)));
            assertFalse(signs(parts.der(Bytes.concat(plain, NULL))));
            assertFalse(
                    signs(
                            parts.der(
                                    DerWriter.sequence(
                                            DerWriter.integer(r), DerWriter.integer(s), NULL))));
            assertFalse(signs(parts.der(DerWriter.sequence(padded(r), DerWriter.integer(s)))));
            assertFalse(signs(parts.der(DerWriter.sequence(DerWriter.integer(r), padded(s)))));
            assertFalse(
                    signs(
                            parts.der(
                                    DerWriter.sequence(
                                            DerWriter.integer(r),
                                            DerWriter.integer(s.add(order()))))));
        }

        /// A number that is negative as DER, but the same if read as unsigned.
        @Test
        void refusesNegativeNumbers() throws Exception {
            for (int i = 0; i < 200; i++) {
                Parts parts = Parts.certificate().with(Parts.SERIAL, DerWriter.integer(1000 + i));
                Bytes raw = Parts.KEY.signRaw(parts.bodyDer());
                if (raw.at(0) < 0 && raw.at(32) < 0) {
                    Bytes negative =
                            DerWriter.sequence(
                                    DerWriter.element(DerReader.INTEGER, raw.slice(0, 32)),
                                    DerWriter.element(DerReader.INTEGER, raw.slice(32, 32)));
                    assertFalse(signs(parts.der(negative)));
                    return;
                }
            }
            throw new AssertionError("no signature of two large numbers");
        }

        private static Bytes padded(BigInteger number) {
            byte[] shortest = number.toByteArray();
            return DerWriter.element(DerReader.INTEGER, hex("00"), Bytes.copyOf(shortest));
        }

        private static BigInteger order() {
            return new BigInteger(
                    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
        }
    }

    @Test
    void noCertificateWithOneAlteredByteIsReadAndStillSigned() throws Exception {
        Parts parts = Parts.certificate();
        byte[] der = parts.der().toArray();
        for (int i = 0; i < der.length; i++) {
            byte[] altered = der.clone();
            altered[i] ^= 1;
            boolean signed;
            try {
                signed = signs(Bytes.copyOf(altered));
            } catch (MalformedException _) {
                signed = false;
            }
            assertFalse(signed, "offset " + i);
        }
    }
}
