package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.security.interfaces.ECPublicKey;
import java.util.Arrays;

class EcCurveTest {
    private static EcTestKey key(EcCurve curve) {
        return EcTestKey.named("curve", curve == EcCurve.P256 ? "secp256r1" : "secp384r1");
    }

    private static Bytes point(EcCurve curve) {
        Bytes info = key(curve).publicKeyInfo();
        int length = 2 * curve.coordinateLength();
        return info.slice(info.length() - length, length);
    }

    private static Bytes altered(Bytes bytes, int at) {
        byte[] copy = bytes.toArray();
        copy[at] ^= 1;
        return Bytes.copyOf(copy);
    }

    @ParameterizedTest
    @EnumSource
    void readsAKeyInBothOfItsForms(EcCurve curve) throws Exception {
        ECPublicKey key = curve.keyOfInfo(key(curve).publicKeyInfo(), "key");

        assertEquals(key(curve).publicKeyInfo(), Bytes.copyOf(key.getEncoded()));
        assertEquals(key, curve.key(point(curve), "key"));
    }

    /// Tags, lengths, algorithm, curve, unused bits, form of the point: all fixed.
    @ParameterizedTest
    @EnumSource
    void refusesOneAlteredByteOfTheInfoWhereverItIs(EcCurve curve) {
        Bytes info = key(curve).publicKeyInfo();
        for (int i = 0; i < info.length(); i++) {
            Bytes altered = altered(info, i);
            assertThrows(
                    MalformedException.class, () -> curve.keyOfInfo(altered, "key"), "offset " + i);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesAPointThatIsNotOnTheCurve(EcCurve curve) {
        Bytes point = point(curve);
        for (int at : new int[] {0, curve.coordinateLength(), point.length() - 1}) {
            assertThrows(MalformedException.class, () -> curve.key(altered(point, at), "key"));
        }
        assertThrows(
                MalformedException.class,
                () -> curve.key(Bytes.copyOf(new byte[point.length()]), "key"));
    }

    @ParameterizedTest
    @EnumSource
    void refusesACoordinateThatIsNotReduced(EcCurve curve) {
        byte[] large = point(curve).toArray();
        Arrays.fill(large, 0, curve.coordinateLength(), (byte) 0xff);
        assertThrows(MalformedException.class, () -> curve.key(Bytes.copyOf(large), "key"));
    }

    @ParameterizedTest
    @EnumSource
    void refusesOtherLengths(EcCurve curve) {
        Bytes point = point(curve);
        Bytes longer = Bytes.concat(point, Bytes.copyOf(new byte[1]));
        assertThrows(
                MalformedException.class,
                () -> curve.key(point.slice(0, point.length() - 1), "key"));
        assertThrows(MalformedException.class, () -> curve.key(longer, "key"));
        Bytes info = Bytes.concat(key(curve).publicKeyInfo(), Bytes.copyOf(new byte[1]));
        assertThrows(MalformedException.class, () -> curve.keyOfInfo(info, "key"));
    }

    @ParameterizedTest
    @EnumSource
    void refusesAKeyOfTheOtherCurve(EcCurve curve) {
        EcCurve other = curve == EcCurve.P256 ? EcCurve.P384 : EcCurve.P256;
        assertThrows(
                MalformedException.class, () -> curve.keyOfInfo(key(other).publicKeyInfo(), "key"));
    }

    @ParameterizedTest
    @EnumSource
    void rawSignaturesHaveOneForm(EcCurve curve) throws Exception {
        SignatureChecks checks = SignatureChecks.ofPlatform();
        Bytes message = Bytes.utf8("message");
        String hash = curve == EcCurve.P256 ? "SHA256" : "SHA384";
        Bytes signature = key(curve).sign(hash + "withECDSAinP1363Format", message);
        ECPublicKey key = curve.key(point(curve), "key");

        assertTrue(checks.raw(curve, key, message, signature));
        assertFalse(checks.raw(curve, key, Bytes.utf8("massage"), signature));
        for (int at : new int[] {0, curve.coordinateLength(), signature.length() - 1}) {
            assertFalse(checks.raw(curve, key, message, altered(signature, at)));
        }
        assertFalse(checks.raw(curve, key, message, signature.slice(0, signature.length() - 1)));
        assertFalse(
                checks.raw(
                        curve, key, message, Bytes.concat(signature, Bytes.copyOf(new byte[2]))));
        assertFalse(checks.raw(curve, key, message, Bytes.copyOf(new byte[signature.length()])));
        Bytes der = key(curve).sign(hash + "withECDSA", message);
        assertFalse(checks.raw(curve, key, message, der));
    }
}
