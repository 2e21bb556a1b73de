package io.cloister.attestation.evidence;

import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.DerReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.util.Optional;

/// Whether report data are about the key of the certificate that carries Evidence (RA-TLS). No
/// standard says how they are; two conventions are known, each a SHA-256 with 32 zeros behind it:
/// over the key's uncompressed point (X9.62), as Cosmian's certificates have it, and over the DER
/// of its SubjectPublicKeyInfo, as others do. What follows neither may follow a third, so it is not
/// refused, but said not to be checked.
///
/// *Does not hold*: that whoever shows the certificate has its private key; that is for TLS.
public final class TlsKeyBinding {
    private static final int UNCOMPRESSED = 4;
    private static final Bytes REST = Bytes.copyOf(new byte[32]);

    private TlsKeyBinding() {}

    /// Compares report data with a key.
    ///
    /// @param tlsKey DER of its SubjectPublicKeyInfo
    /// @param reportData 64 bytes, of authentic Evidence
    /// @return `tls-key-bound`, met or not checked
    public static Finding check(Bytes tlsKey, Bytes reportData) {
        Bytes ofInfo = padded(tlsKey);
        Optional<Bytes> ofPoint = point(tlsKey).map(TlsKeyBinding::padded);
        if (reportData.equals(ofInfo)) {
            return bound("SubjectPublicKeyInfo", reportData);
        }
        if (ofPoint.equals(Optional.of(reportData))) {
            return bound("uncompressed point", reportData);
        }
        return new Finding(
                FindingCode.TLS_KEY_BOUND,
                Outcome.NOT_CHECKED,
                "the report data are about the certificate's key in no way that is known here, so"
                        + " whether they bind it could not be checked",
                ofPoint.map(one -> one.hex() + " or ").orElse("") + ofInfo.hex(),
                reportData.hex());
    }

    private static Finding bound(String what, Bytes reportData) {
        return new Finding(
                FindingCode.TLS_KEY_BOUND,
                Outcome.MET,
                "the report data bind the certificate's key: SHA-256 over its " + what,
                reportData.hex(),
                reportData.hex());
    }

    private static Bytes padded(Bytes hashed) {
        return Bytes.concat(Sha256.of(hashed).value(), REST);
    }

    /// What the BIT STRING of the key holds, if that is an uncompressed point (RFC 5480 §2.2).
    private static Optional<Bytes> point(Bytes tlsKey) {
        try {
            DerReader outer = DerReader.of(tlsKey, "subjectPublicKeyInfo");
            DerReader info = outer.element("info", DerReader.SEQUENCE);
            outer.end();
            info.element("algorithm", DerReader.SEQUENCE);
            Bytes bits = info.content("key", DerReader.BIT_STRING);
            info.end();
            return bits.length() > 1 && bits.at(0) == 0 && bits.at(1) == UNCOMPRESSED
                    ? Optional.of(bits.slice(1, bits.length() - 1))
                    : Optional.empty();
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }
}
