package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// A Reference Value (RFC 9334 §8.3) of a hardware kind: an enclave or virtual machine its author
/// accepts, by what it consists of or by who signed it.
///
/// What the host may set when it starts one, and nothing measures, must be zero where the value
/// doesn't name it.
public sealed interface HardwareValue permits SgxValue, TdxValue, SnpValue {
    /// What people call it, 1 to 60 characters.
    String name();

    /// Of which kind of Evidence it is.
    EvidenceKind kind();

    /// What it accepts, for people.
    String sentence();

    /// As JSON.
    Json toJson();

    /// Reads one of any kind.
    ///
    /// @throws MalformedException if it is none, naming `path`
    static HardwareValue read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String kind = fields.string("kind", 1, 40);
        HardwareValue value =
                switch (kind) {
                    case "sgx" ->
                            fields.has("mrEnclave")
                                    ? SgxEnclaveValue.readFields(fields)
                                    : SgxSignerValue.readFields(fields);
                    case "tdx" -> TdxValue.readFields(fields);
                    case "snp" ->
                            fields.has("measurement")
                                    ? SnpGuestValue.readFields(fields)
                                    : SnpSignerValue.readFields(fields);
                    default ->
                            throw new MalformedException(
                                    fields.path("kind"), "sgx, tdx or snp", kind);
                };
        fields.end();
        return value;
    }
}
