package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;

/// The curves that vendors sign on (SEC 2 §2.4.2, §2.5.1).
public enum EcCurve {
    /// secp256r1.
    P256("secp256r1", 32, "3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    /// secp384r1.
    P384("secp384r1", 48, "3076301006072a8648ce3d020106052b81040022036200");

    private static final byte UNCOMPRESSED = 4;

    private final String jcaName;
    private final int coordinateLength;
    private final String keyInfoPrefix;

    EcCurve(String jcaName, int coordinateLength, String keyInfoPrefix) {
        this.jcaName = jcaName;
        this.coordinateLength = coordinateLength;
        this.keyInfoPrefix = keyInfoPrefix;
    }

    /// Length of a coordinate, and of each half of a raw signature, in bytes.
    public int coordinateLength() {
        return coordinateLength;
    }

    /// The public key whose SubjectPublicKeyInfo is `der`: this curve by name, an uncompressed
    /// point, nothing else (RFC 5480 §2).
    ///
    /// @throws MalformedException if it is another form, or the point is not on the curve
    public ECPublicKey keyOfInfo(Bytes der, String path) throws MalformedException {
        int pointAt = keyInfoPrefix.length() / 2;
        if (der.length() != pointAt + 1 + 2 * coordinateLength
                || !der.slice(0, pointAt).hex().equals(keyInfoPrefix)
                || der.at(pointAt) != UNCOMPRESSED) {
            throw new MalformedException(
                    path, "an uncompressed public key on " + jcaName, der.toString());
        }
        return key(der.slice(pointAt + 1, 2 * coordinateLength), path);
    }

    /// The public key at the point `x ‖ y`, both big-endian.
    ///
    /// @throws MalformedException if the point is not on the curve
    public ECPublicKey key(Bytes point, String path) throws MalformedException {
        if (point.length() != 2 * coordinateLength) {
            throw new MalformedException(
                    path, 2 * coordinateLength + " bytes", point.length() + " bytes");
        }
        var x = new BigInteger(1, point.slice(0, coordinateLength).toArray());
        var y = new BigInteger(1, point.slice(coordinateLength, coordinateLength).toArray());
        ECParameterSpec parameters = parameters();
        if (!isOn(parameters.getCurve(), x, y)) {
            throw new MalformedException(path, "a point on " + jcaName, point.hex());
        }
        try {
            return (ECPublicKey)
                    KeyFactory.getInstance("EC")
                            .generatePublic(new ECPublicKeySpec(new ECPoint(x, y), parameters));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK has no " + jcaName, e);
        }
    }

    /// The equation of SEC 1 §2.2.1: an off-curve point would move the signature check to a weaker
    /// group.
    private static boolean isOn(EllipticCurve curve, BigInteger x, BigInteger y) {
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        if (x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
            return false;
        }
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(p);
        return y.multiply(y).mod(p).equals(right);
    }

    private ECParameterSpec parameters() {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(jcaName));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("the JDK has no " + jcaName, e);
        }
    }
}
