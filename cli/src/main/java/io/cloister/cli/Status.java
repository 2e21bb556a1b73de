package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.GrantRecord;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Where a computation stands: what was verified here, and apart from it what the server says.
final class Status {
    private final Screen screen;

    Status(Screen screen) {
        this.screen = screen;
    }

    void show(Seat seat, Said.Computation said)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Signed<Proposal> proposal = seat.proposal();
        List<GrantRecord> grants = seat.grants();
        Optional<String> kind =
                said.enclave().isPresent()
                        ? Optional.of(EvidenceNote.kind(seat, said.enclave().get()))
                        : Optional.empty();
        EvidenceNote.show(
                screen,
                Stream.concat(grants.stream().map(EvidenceNote::kind), kind.stream()).toList());
        screen.line("Verified here:");
        screen.field("  computation", seat.place().computation());
        screen.field("  title", Shown.bounded(proposal.document().title()));
        screen.field("  you", seat.email() + (seat.isOwner() ? " (owner)" : ""));
        screen.field(
                "  proposal", proposal.digest() + ", signed by the owner's key of your invitation");
        for (GrantRecord grant : grants) {
            screen.field(
                    "  you granted",
                    grant.runs()
                            + " run(s) to enclave "
                            + grant.identity()
                            + " at "
                            + grant.issuedAt());
        }
        screen.line("The server says:");
        screen.field("  state", Shown.bounded(said.state()));
        said.reason().ifPresent(reason -> screen.field("  reason", Shown.bounded(reason)));
        for (Said.Participant participant : said.participants()) {
            screen.field(
                    "  participant",
                    participant.email()
                            + ": "
                            + Shown.bounded(String.join(", ", participant.roles()))
                            + ", "
                            + (participant.card().isPresent()
                                    ? "joined"
                                    : "invitation " + Shown.bounded(participant.invitation())));
        }
        said.agreement().ifPresent(digest -> screen.field("  agreement", digest));
        said.enclave().ifPresent(identity -> screen.field("  enclave", identity));
        for (Said.Pending pending : said.pending()) {
            screen.field(
                    "  waits for",
                    pending.email().map(Object::toString).orElse("the server")
                            + ": "
                            + Shown.bounded(pending.action())
                            + pending.detail()
                                    .map(text -> " (" + Shown.bounded(text) + ")")
                                    .orElse(""));
        }
        screen.json(
                Json.object()
                        .put(
                                "verifiedHere",
                                Json.object()
                                        .put("computation", seat.place().computation().toString())
                                        .put("title", proposal.document().title())
                                        .put("email", seat.email().value())
                                        .put("owner", seat.isOwner())
                                        .put("proposal", proposal.digest().toString())
                                        .put("grants", grants.stream().map(Status::json).toList())
                                        .build())
                        .put("serverSays", json(said))
                        .putIfPresent(EvidenceNote.MEMBER, kind)
                        .build());
    }

    static Json json(GrantRecord grant) {
        return Json.object()
                .put("agreement", grant.agreement().toString())
                .put("identity", grant.identity().toString())
                .put("runs", grant.runs())
                .put("notAfter", grant.notAfter().toString())
                .put("issuedAt", grant.issuedAt().toString())
                .put(EvidenceNote.MEMBER, EvidenceNote.kind(grant))
                .put("measurement", grant.measurement())
                .put("sent", grant.sent())
                .build();
    }

    static Json json(Said.Computation said) {
        var json =
                Json.object()
                        .put("computation", said.id().toString())
                        .put("state", said.state())
                        .putIfPresent("reason", said.reason())
                        .put("archived", said.archived())
                        .put("dialect", said.dialect().word())
                        .putIfPresent("proposal", said.proposal())
                        .putIfPresent("code", said.code())
                        .putIfPresent("agreement", said.agreement())
                        .putIfPresent("enclave", said.enclave());
        json.put(
                "participants",
                said.participants().stream()
                        .map(one ->
                                Json.object()
                                        .put("email", one.email().value())
                                        .put("roles", one.roles().stream().map(Json::of).toList())
                                        .put("invitation", one.invitation())
                                        .put("joined", one.card().isPresent())
                                        .build())
                        .toList());
        json.put(
                "pending",
                said.pending().stream()
                        .map(one ->
                                Json.object()
                                        .putIfPresent("email", one.email())
                                        .put("action", one.action())
                                        .putIfPresent("detail", one.detail())
                                        .build())
                        .toList());
        return json.build();
    }
}
