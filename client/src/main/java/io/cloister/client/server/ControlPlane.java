package io.cloister.client.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The control plane's API (spec/openapi.yaml), one method per operation. What it returns is what
/// the server says; nothing is checked here but form and size. Safe for use by several threads.
public final class ControlPlane implements AutoCloseable {
    private final Http http;

    /// Access to one server with one token, or none.
    ///
    /// @param endpoint where
    /// @param token the caller's access token, or none for the few operations that need none
    public ControlPlane(Endpoint endpoint, Optional<String> token) {
        this.http = new Http(endpoint, token);
    }

    @FunctionalInterface
    private interface AnswerReader<T> {
        T read(Json json) throws MalformedException;
    }

    private static <T> T read(String what, Json json, AnswerReader<T> reader)
            throws BadAnswerException {
        try {
            return reader.read(json);
        } catch (MalformedException e) {
            throw new BadAnswerException(what, e);
        }
    }

    private Json get(String path) throws ServerException, InterruptedException {
        return http.get(path, JsonLimits.DOCUMENT);
    }

    private static String computation(ComputationId id) {
        return "/computations/" + id;
    }

    private static String email(Email email) {
        return URLEncoder.encode(email.value(), StandardCharsets.UTF_8);
    }

    private static String run(ComputationId id, Sha256 identity, long run) {
        return computation(id) + "/runs/" + identity.hex() + "/" + run;
    }

    /// What the server offers.
    public Said.Info info() throws ServerException, InterruptedException {
        return read("info", get("/info"), Said.Info::read);
    }

    /// Whose token this is.
    public Said.Me me() throws ServerException, InterruptedException {
        return read("me", get("/me"), Said.Me::read);
    }

    /// Redeems an enrolment token; asking again with the same values is answered the same.
    ///
    /// @return when the access token ends, by the server's clock
    public Instant enrol(ComputationId id, Email email, String token, Sha256 accessTokenHash)
            throws ServerException, InterruptedException {
        Json body =
                Json.object()
                        .put("computation", id.toString())
                        .put("email", email.value())
                        .put("token", token)
                        .put("accessTokenHash", accessTokenHash.toString())
                        .build();
        return read(
                "enrolments",
                http.send("POST", "/enrolments", body, JsonLimits.MESSAGE),
                json -> {
                    Fields fields = Fields.of(json, "enrolment");
                    fields.constant("computation", id.toString());
                    fields.constant("email", email.value());
                    Instant expires = fields.text("expires", Said::time);
                    fields.end();
                    return expires;
                });
    }

    /// A page of the caller's computations.
    public Said.Page computations(boolean archived, Optional<String> cursor)
            throws ServerException, InterruptedException {
        String next =
                cursor.map(it -> "&cursor=" + URLEncoder.encode(it, StandardCharsets.UTF_8))
                        .orElse("");
        return read(
                "computations", get("/computations?archived=" + archived + next), Said.Page::read);
    }

    /// Registers a new computation.
    ///
    /// @param tokenHashes SHA-256 of each invitation's enrolment token
    public Said.Computation create(Envelope proposal, Map<Email, Sha256> tokenHashes)
            throws ServerException, InterruptedException {
        List<Json.Obj> enrolments =
                tokenHashes.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry ->
                                Json.object()
                                        .put("email", entry.getKey().value())
                                        .put("tokenHash", entry.getValue().toString())
                                        .build())
                        .toList();
        Json body =
                Json.object()
                        .put("proposal", proposal.toJson())
                        .put("enrolments", enrolments)
                        .build();
        return read(
                "computations",
                http.send("POST", "/computations", body, JsonLimits.DOCUMENT),
                Said.Computation::read);
    }

    /// An answer about another computation than was asked for is none.
    private static Said.Computation of(ComputationId id, String what, Json json)
            throws BadAnswerException {
        return read(
                what,
                json,
                answer -> {
                    Said.Computation said = Said.Computation.read(answer);
                    if (!said.id().equals(id)) {
                        throw new MalformedException(
                                what + ".id", id.toString(), said.id().toString());
                    }
                    return said;
                });
    }

    /// Where a computation stands.
    public Said.Computation computationOf(ComputationId id)
            throws ServerException, InterruptedException {
        return of(id, "computation", get(computation(id)));
    }

    /// Ends a computation.
    public Said.Computation archive(ComputationId id) throws ServerException, InterruptedException {
        return of(id, "archive", http.post(computation(id) + "/archive", JsonLimits.DOCUMENT));
    }

    /// Says that the caller won't take part.
    public Said.Computation decline(ComputationId id, String reason)
            throws ServerException, InterruptedException {
        return leave(id, "decline", reason);
    }

    /// Leaves a computation.
    public Said.Computation withdraw(ComputationId id, String reason)
            throws ServerException, InterruptedException {
        return leave(id, "withdraw", reason);
    }

    private Said.Computation leave(ComputationId id, String how, String reason)
            throws ServerException, InterruptedException {
        Json body = Json.object().put("reason", reason).build();
        return of(
                id, how, http.send("POST", computation(id) + "/" + how, body, JsonLimits.DOCUMENT));
    }

    /// Lets a participant in with another enrolment token.
    public void replaceInvitation(ComputationId id, Email email, Sha256 tokenHash)
            throws ServerException, InterruptedException {
        http.done(
                "PUT",
                computation(id) + "/invitations/" + email(email),
                Optional.of(Json.object().put("tokenHash", tokenHash.toString()).build()));
    }

    /// Ends an invitation and what was redeemed with it.
    public void revokeInvitation(ComputationId id, Email email)
            throws ServerException, InterruptedException {
        http.done(
                "POST",
                computation(id) + "/invitations/" + email(email) + "/revoke",
                Optional.empty());
    }

    /// The proposal, unchecked.
    public Envelope proposal(ComputationId id) throws ServerException, InterruptedException {
        return envelope(computation(id) + "/proposal", "proposal");
    }

    /// The code statement, unchecked.
    public Envelope code(ComputationId id) throws ServerException, InterruptedException {
        return envelope(computation(id) + "/code", "code statement");
    }

    /// The agreement, unchecked.
    public Envelope agreement(ComputationId id) throws ServerException, InterruptedException {
        return envelope(computation(id) + "/agreement", "agreement");
    }

    /// A receipt, unchecked.
    public Envelope receipt(ComputationId id, Sha256 identity, long run)
            throws ServerException, InterruptedException {
        return envelope(run(id, identity, run) + "/receipt", "receipt");
    }

    private Envelope envelope(String path, String name)
            throws ServerException, InterruptedException {
        return read(name, get(path), json -> Envelope.read(json, name));
    }

    /// The cards registered so far, unchecked.
    public List<RegisteredCard> cards(ComputationId id)
            throws ServerException, InterruptedException {
        return list(computation(id) + "/cards", "cards", 256, RegisteredCard::read);
    }

    private <T> List<T> list(String path, String name, int max, Fields.Reader<Json, T> reader)
            throws ServerException, InterruptedException {
        return list(get(path), name, max, reader);
    }

    private static <T> List<T> list(
            Json answer, String name, int max, Fields.Reader<Json, T> reader)
            throws ServerException {
        return read(
                name,
                answer,
                json -> {
                    Fields fields = Fields.of(json, "answer");
                    List<T> elements = fields.list(name, max, reader);
                    fields.end();
                    return elements;
                });
    }

    /// Registers the caller's card.
    public void registerCard(ComputationId id, Envelope card, Bytes tag)
            throws ServerException, InterruptedException {
        Json body = Json.object().put("card", card.toJson()).put("tag", tag.hex()).build();
        http.send("POST", computation(id) + "/cards", body, JsonLimits.MESSAGE);
    }

    /// Registers the code statement.
    public void putCode(ComputationId id, Envelope statement)
            throws ServerException, InterruptedException {
        http.send("PUT", computation(id) + "/code", statement.toJson(), JsonLimits.MESSAGE);
    }

    /// Takes the code back.
    public void resetCode(ComputationId id) throws ServerException, InterruptedException {
        http.done("DELETE", computation(id) + "/code", Optional.empty());
    }

    /// The code bundle as a stream; the caller bounds, checks and closes it.
    public InputStream bundle(ComputationId id) throws ServerException, InterruptedException {
        return http.download(computation(id) + "/code/bundle", 0);
    }

    /// Registers the agreement.
    public void putAgreement(ComputationId id, Envelope agreement)
            throws ServerException, InterruptedException {
        http.send("PUT", computation(id) + "/agreement", agreement.toJson(), JsonLimits.MESSAGE);
    }

    /// The caller's own ciphertexts.
    public List<Said.Blob> blobs(ComputationId id) throws ServerException, InterruptedException {
        return list(computation(id) + "/blobs", "blobs", 20_000, Said.Blob::read);
    }

    /// Uploads a ciphertext; once more is the same as once.
    public void putBlob(ComputationId id, Sha256 digest, Path file, String what, Progress progress)
            throws ServerException, InterruptedException {
        http.upload(blob(id, digest), file, what, progress);
    }

    /// Deletes one of the caller's own ciphertexts.
    public void deleteBlob(ComputationId id, Sha256 digest)
            throws ServerException, InterruptedException {
        http.done("DELETE", blob(id, digest), Optional.empty());
    }

    private static String blob(ComputationId id, Sha256 digest) {
        return computation(id) + "/blobs/" + digest.hex();
    }

    /// The enclaves started for a computation, newest first.
    public List<Said.Enclave> enclaves(ComputationId id)
            throws ServerException, InterruptedException {
        return list(computation(id) + "/enclaves", "enclaves", 10_000, Said.Enclave::read);
    }

    /// Asks for an enclave.
    public List<Said.Enclave> startEnclave(ComputationId id)
            throws ServerException, InterruptedException {
        return list(
                http.post(computation(id) + "/enclaves", JsonLimits.DOCUMENT),
                "enclaves",
                10_000,
                Said.Enclave::read);
    }

    /// An enclave's identity and Evidence, unchecked.
    public Published published(ComputationId id, Sha256 identity)
            throws ServerException, InterruptedException {
        return read(
                "enclave", get(computation(id) + "/enclaves/" + identity.hex()), Published::read);
    }

    /// Hands over the caller's sealed grant.
    public void putGrant(ComputationId id, Sha256 identity, Bytes sealed)
            throws ServerException, InterruptedException {
        http.sendBytes(
                computation(id) + "/enclaves/" + identity.hex() + "/grant", sealed.toArray());
    }

    /// Hands over the caller's sealed input list for a further run.
    public void putInputs(ComputationId id, Sha256 identity, long run, Bytes sealed)
            throws ServerException, InterruptedException {
        http.sendBytes(
                computation(id) + "/enclaves/" + identity.hex() + "/inputs/" + run,
                sealed.toArray());
    }

    /// The runs, oldest first.
    public List<Said.Run> runs(ComputationId id) throws ServerException, InterruptedException {
        return list(computation(id) + "/runs", "runs", 100_000, Said.Run::read);
    }

    /// The caller's outputs of a run.
    public List<Said.Output> outputs(ComputationId id, Sha256 identity, long run)
            throws ServerException, InterruptedException {
        return list(run(id, identity, run) + "/outputs", "outputs", 20_000, Said.Output::read);
    }

    /// One of the caller's outputs as a stream; the caller bounds, checks and closes it.
    public InputStream output(ComputationId id, Sha256 identity, long run, long k)
            throws ServerException, InterruptedException {
        return http.download(run(id, identity, run) + "/outputs/" + k, 0);
    }

    /// Events after number `after`, at most 500, oldest first.
    public List<Said.Event> events(ComputationId id, long after)
            throws ServerException, InterruptedException {
        return list(computation(id) + "/events?after=" + after, "events", 500, Said.Event::read);
    }

    /// Follows a computation's events after number `after`, across lost connections.
    public EventStream follow(ComputationId id, long after) {
        return new EventStream(last -> http.events(computation(id) + "/events", last), after);
    }

    @Override
    public void close() {
        http.close();
    }
}
