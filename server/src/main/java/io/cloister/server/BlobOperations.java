package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.util.List;

/// A provider's own ciphertexts.
final class BlobOperations {
    private final Control control;

    BlobOperations(Control control) {
        this.control = control;
    }

    void list(Call call) throws Problem {
        ComputationId computation = call.computation();
        List<Json> blobs =
                control
                        .database()
                        .read(handle -> BlobTable.of(handle, computation, call.email()))
                        .stream()
                        .map(BlobOperations::json)
                        .toList();
        call.answer(200, Json.object().put("blobs", blobs).build());
    }

    private static Json json(BlobTable.Blob blob) {
        return Json.object()
                .put("digest", blob.digest().toString())
                .put("size", blob.size())
                .put("storedAt", blob.storedAt().toString())
                .build();
    }

    private BlobTable.Blob own(Call call) throws Problem {
        ComputationId computation = call.computation();
        Sha256 digest = call.digest("sha256");
        return control.database()
                .read(handle -> BlobTable.find(handle, computation, call.email(), digest))
                .orElseThrow(Problem::notFound);
    }

    void get(Call call) throws Problem, IOException {
        BlobTable.Blob blob = own(call);
        Download.send(call, Bytes.utf8(""), control.blobs().file(call.computation(), blob));
    }

    void head(Call call) throws Problem {
        BlobTable.Blob blob = own(call);
        call.context().res().setContentType("application/octet-stream");
        call.context().res().setHeader("Accept-Ranges", "bytes");
        call.context().res().setContentLengthLong(blob.size());
    }

    void put(Call call) throws Problem, IOException {
        Sha256 digest = call.digest("sha256");
        BlobStore.Stored stored =
                control.blobs()
                        .put(
                                call.computation(),
                                call.email(),
                                digest,
                                call.octets(),
                                call.announcedLength());
        call.answer(stored.isNew() ? 201 : 200, json(stored.blob()));
    }

    void delete(Call call) throws Problem, IOException {
        if (!control.blobs().delete(call.computation(), call.email(), call.digest("sha256"))) {
            throw Problem.notFound();
        }
        call.done();
    }
}
