package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/// What the Owner proposes: who takes part, with which runtime, on which terms (spec/documents.md
/// §2).
///
/// @param computation chosen by the Owner's client
/// @param title for people, 1 to 120 characters, shown escaped
/// @param owner the Owner's e-mail
/// @param ownerKey the key that signs proposal and agreement
/// @param roster participants in order
/// @param runtime locked Python packages
/// @param measurements accepted enclave measurements as `kind:hex`, if narrowed; empty means each
///   participant's policy alone decides
/// @param terms what user code may do
/// @param issuedAt whole seconds, the Owner's clock
public record Proposal(
        ComputationId computation,
        String title,
        Email owner,
        PublicSigningKey ownerKey,
        Roster roster,
        RuntimeRef runtime,
        List<String> measurements,
        Terms terms,
        Instant issuedAt) {
    /// Longest title in UTF-16 units.
    public static final int MAX_TITLE = 120;

    /// The signed document.
    public static final DocumentType<Proposal> TYPE = new Type();

    private static final int MAX_MEASUREMENTS = 64;
    private static final Pattern MEASUREMENT = Pattern.compile("[a-z0-9-]{1,20}:[0-9a-f]{64,128}");

    public Proposal {
        measurements = List.copyOf(measurements);
        if (title.isEmpty() || title.length() > MAX_TITLE) {
            throw new IllegalArgumentException("a title has 1 to " + MAX_TITLE + " characters");
        }
        if (measurements.stream().anyMatch(one -> !MEASUREMENT.matcher(one).matches())) {
            throw new IllegalArgumentException("a measurement is kind:hex");
        }
        requireReadersTakePart(roster, terms);
    }

    private static void requireReadersTakePart(Roster roster, Terms terms) {
        if (!roster.people().containsAll(terms.outputReaders())
                || !roster.people().containsAll(terms.tracebackReaders())) {
            throw new IllegalArgumentException("readers of output and traceback are participants");
        }
    }

    private static final class Type implements DocumentType<Proposal> {
        @Override
        public String payloadType() {
            return Labels.PROPOSAL;
        }

        @Override
        public String name() {
            return "proposal";
        }

        @Override
        public Proposal read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            fields.constant("dialect", Dialect.CLOISTER.word());
            Roster roster = Roster.read(fields.any("participants"), fields.path("participants"));
            Terms terms = Terms.read(fields.any("terms"), fields.path("terms"));
            requireParticipants(roster, terms.outputReaders(), fields.path("terms.outputReaders"));
            requireParticipants(
                    roster, terms.tracebackReaders(), fields.path("terms.tracebackReaders"));
            var proposal =
                    new Proposal(
                            fields.text("computation", ComputationId::parse),
                            fields.string("title", 1, MAX_TITLE),
                            fields.text("owner", Email::parse),
                            fields.text("ownerKey", PublicSigningKey::parse),
                            roster,
                            RuntimeRef.read(fields.any("runtime"), fields.path("runtime")),
                            Lists.sortedUnique(
                                    fields.texts(
                                            "measurements",
                                            MAX_MEASUREMENTS,
                                            Proposal::measurement),
                                    fields.path("measurements")),
                            terms,
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return proposal;
        }

        @Override
        public Json write(Proposal proposal) {
            return Json.object()
                    .put("type", payloadType())
                    .put("dialect", Dialect.CLOISTER.word())
                    .put("computation", proposal.computation.toString())
                    .put("title", proposal.title)
                    .put("owner", proposal.owner.value())
                    .put("ownerKey", proposal.ownerKey.toString())
                    .put("participants", proposal.roster.toJson())
                    .put("runtime", proposal.runtime.toJson())
                    .put("measurements", Lists.texts(proposal.measurements))
                    .put("terms", proposal.terms.toJson())
                    .put("issuedAt", proposal.issuedAt.getEpochSecond())
                    .build();
        }
    }

    private static String measurement(String text, String path) throws MalformedException {
        if (!MEASUREMENT.matcher(text).matches()) {
            throw new MalformedException(path, "kind:hex", text);
        }
        return text;
    }

    private static void requireParticipants(Roster roster, List<Email> readers, String path)
            throws MalformedException {
        for (Email reader : readers) {
            if (!roster.people().contains(reader)) {
                throw new MalformedException(path, "a participant", reader.value());
            }
        }
    }
}
