package io.cloister.client;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// An input list for a further run that this client made; it was recorded before it was sent.
///
/// @param identity digest of the enclave's identity
/// @param run which run
/// @param list digest of the input list
/// @param files how many it names
/// @param shown digest of the inputs it names, see [GrantRecord#digestOf]
/// @param sealed what is sent
/// @param sent whether the server acknowledged it
public record SubmittedInputs(
        Sha256 identity,
        long run,
        Sha256 list,
        long files,
        Sha256 shown,
        Bytes sealed,
        boolean sent) {
    private static final int MAX_SEALED = 4 << 20;

    SubmittedInputs acknowledged() {
        return new SubmittedInputs(identity, run, list, files, shown, sealed, true);
    }

    static SubmittedInputs read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var submitted =
                new SubmittedInputs(
                        fields.sha256("identity"),
                        fields.integer("run", 1, 1_000_000),
                        fields.sha256("list"),
                        fields.integer("files", 1, InputList.MAX_FILES),
                        fields.sha256("shown"),
                        fields.base64("sealed", 1, MAX_SEALED),
                        fields.bool("sent"));
        fields.end();
        return submitted;
    }

    Json toJson() {
        return Json.object()
                .put("identity", identity.toString())
                .put("run", run)
                .put("list", list.toString())
                .put("files", files)
                .put("shown", shown.toString())
                .put("sealed", sealed.base64())
                .put("sent", sent)
                .build();
    }
}
