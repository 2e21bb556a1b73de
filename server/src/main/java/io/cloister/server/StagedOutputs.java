package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Payloads of one run's outputs that wait for their headers. Not safe for use by several threads.
final class StagedOutputs {
    private final Map<Name, Payload> payloads = new LinkedHashMap<>();

    /// Which output of a run.
    record Name(Email reader, Receipt.Kind kind, long position) {}

    /// A stored payload: where, its size, its digest, and the room it takes until it is recorded.
    record Payload(Path path, String file, long size, Sha256 digest, Quotas.Room room) {}

    /// Why an output can't be staged, if it can't: no receipt names more than
    /// [Receipt#MAX_OUTPUTS].
    Optional<String> refuses(Name name) {
        if (payloads.containsKey(name)) {
            return Optional.of("duplicate");
        }
        return payloads.size() >= Receipt.MAX_OUTPUTS ? Optional.of("too-many") : Optional.empty();
    }

    void add(Name name, Payload payload) {
        payloads.put(name, payload);
    }

    /// Bytes staged for one reader.
    long bytesOf(Email reader) {
        return payloads.entrySet().stream()
                .filter(entry -> entry.getKey().reader().equals(reader))
                .mapToLong(entry -> entry.getValue().size())
                .sum();
    }

    /// What the receipt's outputs are made of: a row for each; empty if one was not staged, has no
    /// header, or has another size.
    Optional<List<EnclaveTable.Output>> complete(
            List<Receipt.Output> outputs, Map<Name, Bytes> headers) {
        List<EnclaveTable.Output> rows = new ArrayList<>();
        for (Receipt.Output output : outputs) {
            var name = new Name(output.reader(), output.kind(), output.position());
            Payload payload = payloads.get(name);
            Bytes header = headers.get(name);
            if (payload == null
                    || header == null
                    || header.length() + payload.size() != output.ciphertextBytes()) {
                return Optional.empty();
            }
            rows.add(
                    new EnclaveTable.Output(
                            output.reader(),
                            output.kind().word(),
                            output.position(),
                            header,
                            output.ciphertextBytes(),
                            output.ciphertext(),
                            payload.file()));
        }
        return Optional.of(rows);
    }

    /// Forgets everything; deletes the payloads that are not among `recorded`.
    void clear(List<EnclaveTable.Output> recorded) throws IOException {
        Set<String> kept =
                recorded.stream().map(EnclaveTable.Output::file).collect(Collectors.toSet());
        List<Payload> all = List.copyOf(payloads.values());
        payloads.clear();
        for (Payload payload : all) {
            payload.room().close();
            if (!kept.contains(payload.file())) {
                Files.deleteIfExists(payload.path());
            }
        }
    }
}
