package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.List;

/// A TDX module that Intel vouches for (PCS, "TCB Info V3").
///
/// @param id `TDX_` and its major version in two hexadecimal digits; empty for major version 0
/// @param mrSigner its signer, 48 bytes
/// @param attributes its attributes, 8 bytes
/// @param attributesMask which of them count, 8 bytes
/// @param levels of its minor versions, newest first; empty for major version 0, whose minor
///   version the platform's levels rate
public record TdxModule(
        String id, Bytes mrSigner, Bytes attributes, Bytes attributesMask, List<IsvLevel> levels) {
    private static final int MAX_ID = 20;

    public TdxModule {
        levels = List.copyOf(levels);
    }

    static TdxModule readUnversioned(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        TdxModule module = read(fields, "", List.of());
        fields.end();
        return module;
    }

    static TdxModule readIdentity(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String id = fields.string("id", 1, MAX_ID);
        TdxModule module = read(fields, id, Pcs.levels(fields, IsvLevel::read));
        fields.end();
        return module;
    }

    private static TdxModule read(Fields fields, String id, List<IsvLevel> levels)
            throws MalformedException {
        return new TdxModule(
                id,
                Pcs.hex(fields, "mrsigner", 48),
                Pcs.hex(fields, "attributes", 8),
                Pcs.hex(fields, "attributesMask", 8),
                levels);
    }
}
