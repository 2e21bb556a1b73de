package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Intel's rating of one kind of platform: TCB info of version 2 or 3 (PCS, "Get TCB Info"). Read
/// strictly: members of other names, types or lengths are refused, since a rule that is not
/// understood cannot be followed.
///
/// @param kind for SGX quotes or for TDX quotes; version 2 is for SGX
/// @param version 2 or 3
/// @param issueDate when it was issued
/// @param nextUpdate until when it counts
/// @param fmspc which platforms, 6 bytes
/// @param pceId whose provisioning certification enclave, 2 bytes
/// @param evaluationNumber which evaluation: a larger number is of a later date
/// @param module TDX module of major version 0, for TDX only
/// @param moduleIdentities TDX modules of later major versions
/// @param levels newest first, at least one
public record TcbInfo(
        TeeType kind,
        int version,
        Instant issueDate,
        Instant nextUpdate,
        Bytes fmspc,
        Bytes pceId,
        int evaluationNumber,
        Optional<TdxModule> module,
        List<TdxModule> moduleIdentities,
        List<TcbLevel> levels) {
    private static final int MAX_MODULES = 64;
    private static final int MAX_EVALUATION = Integer.MAX_VALUE;

    public TcbInfo {
        moduleIdentities = List.copyOf(moduleIdentities);
        levels = List.copyOf(levels);
    }

    /// Reads the signed part of an answer.
    ///
    /// @throws MalformedException if it is anything else, naming the member
    static TcbInfo read(Json json) throws MalformedException {
        Fields fields = Fields.of(json, SignedCollateral.TCB_INFO);
        int version = (int) fields.integer("version", 2, 3);
        TeeType kind = kind(fields, version);
        Instant issueDate = Pcs.instant(fields, "issueDate");
        Instant nextUpdate = Pcs.instant(fields, "nextUpdate");
        Bytes fmspc = Pcs.hex(fields, "fmspc", 6);
        Bytes pceId = Pcs.hex(fields, "pceId", 2);
        fields.integer("tcbType", 0, 0);
        int number = (int) fields.integer("tcbEvaluationDataNumber", 0, MAX_EVALUATION);
        Optional<TdxModule> module = Optional.empty();
        List<TdxModule> identities = List.of();
        if (kind == TeeType.TDX) {
            module =
                    Optional.of(
                            TdxModule.readUnversioned(
                                    fields.any("tdxModule"), fields.path("tdxModule")));
            identities = identities(fields);
        }
        List<TcbLevel> levels =
                Pcs.levels(fields, (level, path) -> TcbLevel.read(level, path, version, kind));
        fields.end();
        return new TcbInfo(
                kind,
                version,
                issueDate,
                nextUpdate,
                fmspc,
                pceId,
                number,
                module,
                identities,
                levels);
    }

    private static TeeType kind(Fields fields, int version) throws MalformedException {
        if (version == 2) {
            return TeeType.SGX;
        }
        String id = fields.string("id", 1, 20);
        return switch (id) {
            case "SGX" -> TeeType.SGX;
            case "TDX" -> TeeType.TDX;
            default -> throw new MalformedException(fields.path("id"), "SGX or TDX", id);
        };
    }

    private static List<TdxModule> identities(Fields fields) throws MalformedException {
        if (!fields.has("tdxModuleIdentities")) {
            return List.of();
        }
        List<TdxModule> identities =
                fields.list("tdxModuleIdentities", MAX_MODULES, TdxModule::readIdentity);
        var ids = new HashSet<String>();
        for (TdxModule identity : identities) {
            if (!ids.add(identity.id().toUpperCase(Locale.ROOT))) {
                throw new MalformedException(
                        fields.path("tdxModuleIdentities"), "each id once", identity.id());
            }
        }
        return identities;
    }

    /// The TDX module of a major version.
    Optional<TdxModule> module(int majorVersion) {
        if (majorVersion == 0) {
            return module;
        }
        String id = String.format(Locale.ROOT, "TDX_%02X", majorVersion);
        return moduleIdentities.stream()
                .filter(identity -> identity.id().toUpperCase(Locale.ROOT).equals(id))
                .findFirst();
    }
}
