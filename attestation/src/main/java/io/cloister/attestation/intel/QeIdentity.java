package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;

/// Which quoting enclaves are Intel's: enclave identity of version 2 (PCS, "Get Quoting Enclave
/// Identity"). Read as strictly as [TcbInfo].
///
/// @param id whose
/// @param issueDate when it was issued
/// @param nextUpdate until when it counts
/// @param evaluationNumber which evaluation
/// @param miscSelect what MISCSELECT must be where the mask is set, 4 bytes
/// @param miscSelectMask the mask
/// @param attributes what ATTRIBUTES must be where the mask is set, 16 bytes
/// @param attributesMask the mask: it covers DEBUG
/// @param mrSigner its signer
/// @param isvProdId its product id, 0 to 65535
/// @param levels of its security versions, newest first, at least one
public record QeIdentity(
        Id id,
        Instant issueDate,
        Instant nextUpdate,
        int evaluationNumber,
        Bytes miscSelect,
        Bytes miscSelectMask,
        Bytes attributes,
        Bytes attributesMask,
        Bytes mrSigner,
        int isvProdId,
        List<IsvLevel> levels) {
    /// The format that is read.
    public static final int VERSION = 2;

    public QeIdentity {
        levels = List.copyOf(levels);
    }

    /// Which enclave.
    public enum Id {
        /// The quoting enclave of SGX.
        QE,
        /// The quoting enclave of TDX.
        TD_QE,
        /// The quote verification enclave, which signs no quotes.
        QVE
    }

    static QeIdentity read(Json json) throws MalformedException {
        Fields fields = Fields.of(json, SignedCollateral.ENCLAVE_IDENTITY);
        Id id = fields.text("id", QeIdentity::id);
        fields.integer("version", VERSION, VERSION);
        var identity =
                new QeIdentity(
                        id,
                        Pcs.instant(fields, "issueDate"),
                        Pcs.instant(fields, "nextUpdate"),
                        (int) fields.integer("tcbEvaluationDataNumber", 0, Integer.MAX_VALUE),
                        Pcs.hex(fields, "miscselect", 4),
                        Pcs.hex(fields, "miscselectMask", 4),
                        Pcs.hex(fields, "attributes", 16),
                        Pcs.hex(fields, "attributesMask", 16),
                        Pcs.hex(fields, "mrsigner", 32),
                        (int) fields.integer("isvprodid", 0, Pcs.MAX_U16),
                        Pcs.levels(fields, IsvLevel::read));
        fields.end();
        return identity;
    }

    private static Id id(String text, String path) throws MalformedException {
        for (Id id : Id.values()) {
            if (id.name().equals(text)) {
                return id;
            }
        }
        throw new MalformedException(path, "QE, TD_QE or QVE", text);
    }

    /// Whose quotes of `kind` are signed by.
    static Id of(TeeType kind) {
        return switch (kind) {
            case SGX -> Id.QE;
            case TDX -> Id.TD_QE;
        };
    }

    /// Whether `actual` is `expected` in every bit of `mask`.
    static boolean equalUnder(Bytes mask, Bytes expected, Bytes actual) {
        for (int i = 0; i < mask.length(); i++) {
            if ((actual.at(i) & mask.at(i)) != expected.at(i)) {
                return false;
            }
        }
        return true;
    }
}
