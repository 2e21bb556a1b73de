package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// How a computation of the Cosmian dialect was set up: the server's word throughout, where a
/// proposal has an Owner's signature (spec/cosmian.md §2).
///
/// @param computation chosen by the server
/// @param title for people, 1 to 120 characters, shown escaped
/// @param owner who set it up
/// @param roster participants in order
/// @param runtime Python packages, chosen by the operator
/// @param terms what user code may do, chosen by the operator
/// @param createdAt whole seconds, the server's clock
public record CosmianSetup(
        ComputationId computation,
        String title,
        Email owner,
        Roster roster,
        RuntimeRef runtime,
        Terms terms,
        Instant createdAt) {
    public CosmianSetup {
        if (title.isEmpty() || title.length() > Proposal.MAX_TITLE) {
            throw new IllegalArgumentException(
                    "a title has 1 to " + Proposal.MAX_TITLE + " characters");
        }
        if (!createdAt.equals(createdAt.truncatedTo(ChronoUnit.SECONDS))) {
            throw new IllegalArgumentException("createdAt counts whole seconds");
        }
    }

    /// Reads a setup.
    ///
    /// @throws MalformedException naming the member that is missing, unknown or out of bounds
    public static CosmianSetup read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        var setup =
                new CosmianSetup(
                        fields.text("computation", ComputationId::parse),
                        fields.string("title", 1, Proposal.MAX_TITLE),
                        fields.text("owner", Email::parse),
                        Roster.read(fields.any("roster"), fields.path("roster")),
                        RuntimeRef.read(fields.any("runtime"), fields.path("runtime")),
                        Terms.read(fields.any("terms"), fields.path("terms")),
                        Instant.ofEpochSecond(fields.integer("createdAt", 0, Terms.MAX_INSTANT)));
        fields.end();
        return setup;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("computation", computation.toString())
                .put("title", title)
                .put("owner", owner.value())
                .put("roster", roster.toJson())
                .put("runtime", runtime.toJson())
                .put("terms", terms.toJson())
                .put("createdAt", createdAt.getEpochSecond())
                .build();
    }
}
