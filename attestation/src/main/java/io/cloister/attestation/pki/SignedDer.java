package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// The frame that certificates and revocation lists share: what is signed, with what, and the
/// signature (RFC 5280 §4.1, §5.1).
///
/// @param body the signed bytes
/// @param algorithm of the signature
/// @param algorithmDer its identifier, which must stand inside the signed bytes too
/// @param signature as certificates carry it
record SignedDer(Bytes body, SignatureAlgorithm algorithm, Bytes algorithmDer, Bytes signature) {
    /// ECDSA with SHA-256; RSASSA-PSS with SHA-384, MGF1 with SHA-384 and 48 bytes of salt, each
    /// hash with and without its NULL, the trailer field with and without its default.
    private static final List<Identifier> KNOWN =
            List.of(
                    new Identifier(
                            SignatureAlgorithm.ECDSA_P256_SHA256, "300a06082a8648ce3d040302"),
                    new Identifier(
                            SignatureAlgorithm.RSA4096_PSS_SHA384,
                            "304606092a864886f70d01010a3039a00f300d06096086480165030402020500"
                                    + "a11c301a06092a864886f70d010108300d06096086480165030402020500"
                                    + "a203020130a303020101"),
                    new Identifier(
                            SignatureAlgorithm.RSA4096_PSS_SHA384,
                            "304106092a864886f70d01010a3034a00f300d06096086480165030402020500"
                                    + "a11c301a06092a864886f70d010108300d06096086480165030402020500"
                                    + "a203020130"),
                    new Identifier(
                            SignatureAlgorithm.RSA4096_PSS_SHA384,
                            "304206092a864886f70d01010a3035a00d300b0609608648016503040202"
                                    + "a11a301806092a864886f70d010108300b0609608648016503040202"
                                    + "a203020130a303020101"),
                    new Identifier(
                            SignatureAlgorithm.RSA4096_PSS_SHA384,
                            "303d06092a864886f70d01010a3030a00d300b0609608648016503040202"
                                    + "a11a301806092a864886f70d010108300b0609608648016503040202"
                                    + "a203020130"));

    static SignedDer read(Bytes der, String name) throws MalformedException {
        DerReader outer = DerReader.of(der, name);
        DerReader frame = outer.element("frame", DerReader.SEQUENCE);
        outer.end();
        Bytes body = frame.encoded("body", DerReader.SEQUENCE);
        Bytes algorithm = frame.encoded("algorithm", DerReader.SEQUENCE);
        Bytes bits = frame.content("signature", DerReader.BIT_STRING);
        frame.end();
        if (bits.length() < 2 || bits.at(0) != 0) {
            throw new MalformedException(name + ".signature", "whole bytes", bits.toString());
        }
        return new SignedDer(
                body, known(algorithm, name), algorithm, bits.slice(1, bits.length() - 1));
    }

    private static SignatureAlgorithm known(Bytes algorithm, String name)
            throws MalformedException {
        byte[] der = algorithm.toArray();
        return KNOWN.stream()
                .filter(identifier -> Arrays.equals(identifier.bytes(), der))
                .map(Identifier::algorithm)
                .findFirst()
                .orElseThrow(() ->
                        new MalformedException(
                                name + ".algorithm",
                                "ECDSA with SHA-256, or RSASSA-PSS with SHA-384, MGF1 with"
                                        + " SHA-384 and 48 bytes of salt",
                                algorithm.hex()));
    }

    private record Identifier(SignatureAlgorithm algorithm, String der) {
        byte[] bytes() {
            return HexFormat.of().parseHex(der);
        }
    }
}
