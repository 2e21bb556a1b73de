package io.cloister.server;

import io.cloister.link.LinkStream;
import io.cloister.link.ResetCode;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.StopReason;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/// The control plane's side of one agent's link: the operations of `spec/agent-link.md` §4. What
/// the agent says is as untrusted as anything else here; what makes it durable is the same as for
/// participants. Safe for use by several threads.
final class AgentSession {
    private static final Set<String> WITH_BODY = Set.of("identity", "output", "finish");
    private static final int MAX_VERDICTS = 8;
    private static final int MAX_IDENTITY_BODY = 1 << 20;
    private static final int MAX_IDENTITY = 64 << 10;
    private static final int MAX_HEADER = 64 << 10;
    private static final int MAX_WAIT_SECONDS = 60;
    private static final JsonLimits FINISH = new JsonLimits(16 << 20, 24, 400_000);
    private static final Pattern CODE = Pattern.compile("[a-z0-9.-]{1,80}");

    /// How long keys of the Cosmian dialect keep an enclave that waits for others.
    private static final Duration LONGEST_HELD = Duration.ofDays(7);

    /// How often the clock is looked at, which may jump.
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    /// Padding, index and age's own bytes on top of the agreed clear bytes of a reader.
    private static final long OUTPUT_SLACK = 64L << 20;

    private final Control control;
    private final ComputationId computation;
    private final long enclave;
    private final ServedAgreement agreement;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by `lock`.
    private boolean hasJob;
    private Optional<PublicSigningKey> signingKey = Optional.empty();
    private Optional<Sha256> identity = Optional.empty();
    private Optional<Ending> ending = Optional.empty();
    private Optional<String> stopAsked = Optional.empty();
    private final Map<Email, Instant> accepted = new HashMap<>();
    private final Map<Long, Integer> verdicts = new HashMap<>();
    private final Map<Long, Verdict> lastVerdicts = new HashMap<>();
    private final Set<Long> acceptedItems = new HashSet<>();
    private long offers;
    private Instant activeAt;
    private long run;
    private @Nullable Instant runStartedAt;
    private boolean released;
    private final StagedOutputs staged = new StagedOutputs();

    AgentSession(
            Control control, ComputationId computation, long enclave, ServedAgreement agreement) {
        this.control = control;
        this.computation = computation;
        this.enclave = enclave;
        this.agreement = agreement;
        this.activeAt = control.clock().instant();
    }

    /// What the agent said last of an item.
    ///
    /// @param accepted whether it took it
    /// @param code why not, if it did not
    /// @param detail the same for people
    record Verdict(boolean accepted, String code, String detail) {}

    /// How the agent said it ends.
    record Ending(StopReason reason, String detail) {}

    /// An operation can't be done; told to the agent.
    private static final class Declined extends Exception {
        private static final long serialVersionUID = 1L;

        private final String code;

        Declined(String code, String detail) {
            super(detail, null, false, false);
            this.code = code;
        }
    }

    /// Serves one request to its end.
    void serve(LinkStream stream) {
        try (stream) {
            String op = "?";
            try {
                Fields request = Fields.of(stream.request(), "request");
                op = request.string("op", 1, 32);
                dispatch(op, request, stream);
            } catch (MalformedException e) {
                refuse(stream, "malformed", message(e));
            } catch (Refusal e) {
                refuse(
                        stream,
                        e.code().equals("wrong-state") ? "wrong-state" : "malformed",
                        message(e));
            } catch (Declined e) {
                refuse(stream, e.code, message(e));
            } catch (Problem e) {
                refuse(
                        stream,
                        e.code().equals("body-too-large") ? "too-large" : "no-space",
                        message(e));
            } catch (RuntimeException | IOException e) {
                if (Storage.isFull(e)) {
                    refuse(stream, "no-space", "the server has no room left");
                } else {
                    control.log()
                            .warning("agent-operation-failed")
                            .with("computation", computation)
                            .with("enclave", enclave)
                            .with("op", op)
                            .because(e)
                            .write();
                    stream.reset(ResetCode.INTERNAL);
                }
            }
        } catch (IOException e) {
            control.log()
                    .info("agent-gone")
                    .with("computation", computation)
                    .with("enclave", enclave)
                    .because(e)
                    .write();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void dispatch(String op, Fields request, LinkStream stream)
            throws MalformedException,
                    Refusal,
                    Declined,
                    Problem,
                    IOException,
                    InterruptedException {
        if (!op.equals("job")) {
            requireJob();
        }
        if (!WITH_BODY.contains(op)) {
            requireNoBody(stream);
        }
        switch (op) {
            case "job" -> job(request, stream);
            case "blob" -> blob(request, stream);
            case "identity" -> identity(request, stream);
            case "next" -> next(request, stream);
            case "verdict" -> verdict(request, stream);
            case "state" -> state(request, stream);
            case "output" -> output(request, stream);
            case "finish" -> finish(request, stream);
            case "end" -> end(request, stream);
            default -> throw new MalformedException("request.op", "an operation", op);
        }
    }

    /// Waits for the request's end, so that an answer never overtakes it: the stream is over then,
    /// and nothing has to be reset.
    private static void requireNoBody(LinkStream stream) throws MalformedException, IOException {
        if (stream.input().read() >= 0) {
            throw new MalformedException("request.body", "no bytes", "some");
        }
    }

    private void requireJob() throws Declined {
        lock.lock();
        try {
            if (!hasJob) {
                throw new Declined("no-job", "ask for the job first");
            }
        } finally {
            lock.unlock();
        }
    }

    private void job(Fields request, LinkStream stream) throws MalformedException, IOException {
        request.end();
        Json body =
                switch (agreement) {
                    case VerifiedAgreement signed ->
                            Json.object().put("agreement", signed.envelope().toJson()).build();
                    case CosmianAgreement asserted ->
                            Json.object().put("cosmianAgreement", asserted.toJson()).build();
                };
        lock.lock();
        try {
            hasJob = true;
        } finally {
            lock.unlock();
        }
        stream.answer(
                Json.object()
                        .put("status", "ok")
                        .put("computation", computation.toString())
                        .put("enclave", enclave)
                        .build());
        try (OutputStream out = stream.output()) {
            out.write(body.canonical());
        }
    }

    private void blob(Fields request, LinkStream stream)
            throws MalformedException, Declined, IOException {
        Sha256 digest = request.sha256("digest");
        request.end();
        Optional<BlobTable.Blob> blob =
                control.database().read(handle -> BlobTable.findAny(handle, computation, digest));
        if (blob.isEmpty()) {
            throw new Declined("not-found", "there is no " + digest);
        }
        try (InputStream in = Files.newInputStream(control.blobs().file(computation, blob.get()))) {
            stream.answer(Json.object().put("status", "ok").put("size", blob.get().size()).build());
            try (OutputStream out = stream.output()) {
                byte[] buffer = new byte[64 << 10];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    out.write(buffer, 0, read);
                }
            }
        }
    }

    private void identity(Fields request, LinkStream stream)
            throws MalformedException, Refusal, IOException {
        request.end();
        Fields body = body(stream, new JsonLimits(MAX_IDENTITY_BODY, 4, 16), "identity");
        Bytes canonical = body.base64("identity", 1, MAX_IDENTITY);
        Bytes evidence = body.base64("evidence", 1, MAX_IDENTITY_BODY);
        body.end();
        Identity claimed = Identity.parse(canonical);
        if (claimed.dialect() != agreement.dialect()
                || !claimed.computation().equals(computation)
                || !claimed.agreement().equals(agreement.digest())) {
            throw new MalformedException(
                    "identity.agreement",
                    agreement.digest().toString(),
                    claimed.agreement().toString());
        }
        var published = new EnclaveTable.Published(enclave, canonical, evidence);
        control.registry()
                .append(
                        computation,
                        new Event.IdentityPublished(enclave, claimed.digest()),
                        (handle, _) ->
                                EnclaveTable.publish(
                                        handle, computation, claimed.digest(), published));
        lock.lock();
        try {
            signingKey = Optional.of(claimed.signingKey());
            identity = Optional.of(claimed.digest());
            touch();
        } finally {
            lock.unlock();
        }
        control.log()
                .info("identity-published")
                .with("computation", computation)
                .with("enclave", enclave)
                .with("identity", claimed.digest())
                .of(control.launcher())
                .write();
        ok(stream);
    }

    private void next(Fields request, LinkStream stream)
            throws MalformedException, IOException, InterruptedException {
        long after = request.integer("after", 0, Json.MAX_INTEGER);
        long left = Duration.ofSeconds(request.integer("wait", 0, MAX_WAIT_SECONDS)).toNanos();
        request.end();
        Optional<EnclaveTable.Sealed> item = Optional.empty();
        Optional<String> stop = Optional.empty();
        boolean waiting = true;
        while (waiting) {
            long seen = offersSoFar();
            offerInputs();
            lock.lock();
            try {
                stop = stopAsked;
                if (stop.isEmpty()) {
                    item =
                            control.database()
                                    .read(handle ->
                                            EnclaveTable.nextSealed(
                                                    handle, computation, enclave, after));
                }
                waiting = stop.isEmpty() && item.isEmpty() && left > 0;
                // What was offered meanwhile is looked at before anybody waits.
                if (waiting && offers == seen) {
                    left = changed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }
        // Outside the lock: an agent that does not read must not keep the watch from ending it.
        if (item.isPresent()) {
            hand(item.get(), stream);
            return;
        }
        var answer =
                Json.object()
                        .put("status", "ok")
                        .put("kind", stop.isPresent() ? "stop" : "nothing");
        stop.ifPresent(reason -> answer.put("reason", reason));
        stream.answer(answer.build());
        stream.output().close();
    }

    private long offersSoFar() {
        lock.lock();
        try {
            return offers;
        } finally {
            lock.unlock();
        }
    }

    /// In the Cosmian dialect nobody signs which inputs a run has: the server says it, once the
    /// enclave has taken every seat's key and every Data Provider has closed the own data. From
    /// then on, until the run starts, the enclave is told whenever that changes: it starts with the
    /// last list it was told, as soon as that has a file of every Data Provider.
    private void offerInputs() {
        if (agreement.dialect() != Dialect.COSMIAN) {
            return;
        }
        // Before the other lock, which somebody may wait for who holds this one.
        Set<Long> taken = acceptedItems();
        control.registry()
                .locked(
                        computation,
                        () -> {
                            offerInputs(taken);
                            return true;
                        });
    }

    /// How long what was accepted keeps an enclave from being idle. In the Cosmian dialect nobody
    /// chose the agreement's end, which is far off: a few that wait for somebody must not hold
    /// every place for so long.
    private Instant heldUntil(Instant expires) {
        Instant longest = control.clock().instant().plus(LONGEST_HELD);
        return agreement.dialect() == Dialect.COSMIAN && expires.isAfter(longest)
                ? longest
                : expires;
    }

    private Set<Long> acceptedItems() {
        lock.lock();
        try {
            return Set.copyOf(acceptedItems);
        } finally {
            lock.unlock();
        }
    }

    private void offerInputs(Set<Long> taken) {
        if (!(control.registry().get(computation).state()
                        instanceof Computation.Granting(var dossier, var _, var current))
                || current.number() != enclave
                || !(dossier.papers() instanceof CosmianPapers papers)) {
            return;
        }
        long next = 1 + dossier.runs().stream().filter(one -> one.enclave() == enclave).count();
        boolean first = lastInputs(next).isEmpty();
        if (first && !(papers.inputsReady() && holdsEveryKey(papers, current, taken))) {
            return;
        }
        offer(inputs(papers, next));
    }

    private Optional<EnclaveTable.Told> lastInputs(long next) {
        return control.database()
                .read(handle -> EnclaveTable.lastInputs(handle, computation, enclave, next));
    }

    /// Whether the enclave has taken the last key blob of every seat: of one that it has not judged
    /// yet nobody knows.
    private boolean holdsEveryKey(CosmianPapers papers, EnclaveRecord current, Set<Long> taken) {
        return CosmianAgreement.seats(papers.roster()).stream()
                .allMatch(seat ->
                        Optional.ofNullable(current.keys().get(seat))
                                .flatMap(blob ->
                                        control.database()
                                                .read(handle ->
                                                        EnclaveTable.keyItem(
                                                                handle,
                                                                computation,
                                                                enclave,
                                                                seat,
                                                                blob)))
                                .filter(taken::contains)
                                .isPresent());
    }

    /// The inputs of run `next` as things are: of a Data Provider who has not closed the own data,
    /// none, so that the run can't start.
    private CosmianInputs inputs(CosmianPapers papers, long next) {
        return new CosmianInputs(
                computation,
                agreement.digest(),
                next,
                papers.data().stream()
                        .filter(file -> papers.closed().containsKey(file.provider()))
                        .toList());
    }

    private void offer(CosmianInputs inputs) {
        Bytes content = inputs.canonical();
        Sha256 digest = Sha256.of(content);
        control.database()
                .change(handle -> {
                    Optional<Sha256> before =
                            EnclaveTable.lastInputs(handle, computation, enclave, inputs.run())
                                    .map(EnclaveTable.Told::digest);
                    if (!before.equals(Optional.of(digest))) {
                        EnclaveTable.insertSealed(
                                handle,
                                computation,
                                enclave,
                                agreement.owner(),
                                Optional.empty(),
                                inputs.run(),
                                digest,
                                content);
                    }
                });
    }

    private void hand(EnclaveTable.Sealed item, LinkStream stream) throws IOException {
        var header =
                Json.object()
                        .put("status", "ok")
                        .put("number", item.number())
                        .put("size", item.content().length());
        switch (agreement.dialect()) {
            case CLOISTER ->
                    header.put("kind", item.run() == 0 ? "grant" : "inputs")
                            .put("signer", item.signer().value());
            case COSMIAN -> {
                header.put("kind", item.run() == 0 ? "key" : "cosmian-inputs");
                item.role()
                        .ifPresent(role ->
                                header.put("signer", item.signer().value())
                                        .put("role", role.word()));
            }
        }
        if (item.run() != 0) {
            header.put("run", item.run());
        }
        stream.answer(header.build());
        try (OutputStream out = stream.output()) {
            out.write(item.content().toArray());
        }
    }

    private void verdict(Fields request, LinkStream stream)
            throws MalformedException, Refusal, Declined, IOException {
        long number = request.integer("number", 1, Json.MAX_INTEGER);
        Optional<EnclaveTable.Sealed> item =
                control.database()
                        .read(handle ->
                                EnclaveTable.nextSealed(handle, computation, enclave, number - 1))
                        .filter(found -> found.number() == number);
        if (item.isEmpty()) {
            throw new Declined("not-found", "there is no item " + number);
        }
        boolean accepts = request.bool("accepted");
        countVerdict(number, accepts);
        Email signer = item.get().signer();
        boolean saidByServer =
                agreement.dialect() == Dialect.COSMIAN && item.get().role().isEmpty();
        if (accepts) {
            Instant expires = request.text("expires", AgentSession::instant);
            request.end();
            lock.lock();
            try {
                accepted.put(signer, heldUntil(expires));
                lastVerdicts.put(number, new Verdict(true, "", ""));
                // For good: that a run found something missing later is about that run.
                acceptedItems.add(number);
                // It may have been the last key that inputs wait for.
                offers++;
                touch();
            } finally {
                lock.unlock();
            }
        } else {
            String code = request.string("code", 1, 80);
            String detail = request.string("detail", 0, Event.MAX_REASON);
            request.end();
            if (!CODE.matcher(code).matches()) {
                throw new MalformedException("request.code", "1 to 80 of a-z 0-9 - .", code);
            }
            control.registry()
                    .append(
                            computation,
                            new Event.Refused(
                                    enclave,
                                    saidByServer ? Optional.empty() : Optional.of(signer),
                                    Optional.of(item.get().digest()),
                                    code,
                                    detail));
            lock.lock();
            try {
                lastVerdicts.put(number, new Verdict(false, code, detail));
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
        ok(stream);
    }

    /// One acceptance an item, and few verdicts in all: what was accepted may still be refused when
    /// a run needs it, but an agent can't fill the log.
    private void countVerdict(long number, boolean accepts) throws Declined {
        lock.lock();
        try {
            int before = verdicts.getOrDefault(number, 0);
            if (before >= MAX_VERDICTS || (accepts && before > 0)) {
                throw new Declined("duplicate", "there was a verdict on item " + number);
            }
            verdicts.put(number, before + 1);
        } finally {
            lock.unlock();
        }
    }

    private void state(Fields request, LinkStream stream)
            throws MalformedException, Refusal, IOException {
        long number = request.integer("run", 1, 1_000_000);
        request.end();
        Set<Long> taken = acceptedItems();
        control.registry()
                .appendPrepared(
                        computation,
                        new Event.RunStarted(enclave, number),
                        before -> {
                            requireInputsAsTheyAre(before, number, taken);
                            return (handle, now) ->
                                    EnclaveTable.runStarted(
                                            handle, computation, enclave, number, now);
                        });
        lock.lock();
        try {
            run = number;
            runStartedAt = control.clock().instant();
            touch();
        } finally {
            lock.unlock();
        }
        ok(stream);
    }

    /// In the Cosmian dialect somebody may have taken data back while the enclave loaded it: such a
    /// run must not start, for it would be said to have had the data that is there now.
    private void requireInputsAsTheyAre(Computation state, long number, Set<Long> taken)
            throws Refusal {
        if (!(state.dossier().papers() instanceof CosmianPapers papers)) {
            return;
        }
        Sha256 now = Sha256.of(inputs(papers, number).canonical());
        boolean same =
                papers.inputsReady()
                        && lastInputs(number)
                                .filter(told ->
                                        told.digest().equals(now) && taken.contains(told.number()))
                                .isPresent();
        if (!same) {
            throw new Refusal("wrong-state", "the inputs of run " + number + " have changed");
        }
    }

    private void output(Fields request, LinkStream stream)
            throws MalformedException, Declined, Problem, IOException {
        long number = request.integer("run", 1, 1_000_000);
        var name =
                new StagedOutputs.Name(
                        request.text("reader", Email::parse),
                        request.text("kind", Receipt.Kind::parse),
                        request.integer("position", 0, Receipt.MAX_OUTPUTS - 1));
        request.end();
        if (!agreement.roster().people().contains(name.reader())) {
            throw new Declined("not-a-participant", name.reader() + " does not take part");
        }
        long mayTake = requireStageable(number, name);
        Path temporary = control.folder().temporary();
        Quotas.Room room = control.quotas().room(computation);
        boolean kept = false;
        try {
            BlobStore.Received received =
                    BlobStore.receive(stream.input(), temporary, mayTake, room);
            String file = computation + "/" + enclave + "-" + number + "-" + UUID.randomUUID();
            Path path = control.folder().outputs().resolve(file);
            control.folder().publish(temporary, path);
            lock.lock();
            try {
                if (staged.refuses(name).isPresent() || run != number) {
                    Files.deleteIfExists(path);
                    throw new Declined("duplicate", "this output is there already");
                }
                staged.add(
                        name,
                        new StagedOutputs.Payload(
                                path, file, received.size(), received.digest(), room));
                kept = true;
            } finally {
                lock.unlock();
            }
            stream.answer(
                    Json.object()
                            .put("status", "ok")
                            .put("size", received.size())
                            .put("digest", received.digest().toString())
                            .build());
            stream.output().close();
        } finally {
            Files.deleteIfExists(temporary);
            if (!kept) {
                room.close();
            }
        }
    }

    /// How many bytes `name` may have.
    private long requireStageable(long number, StagedOutputs.Name name) throws Declined {
        lock.lock();
        try {
            if (runStartedAt == null || run != number) {
                throw new Declined("wrong-state", "run " + number + " is not going on");
            }
            Optional<String> refused = staged.refuses(name);
            if (refused.isPresent()) {
                throw new Declined(refused.get(), "this output can't be taken");
            }
            long agreed = agreement.terms().outputBytes();
            return Math.max(0, agreed + agreed / 4 + OUTPUT_SLACK - staged.bytesOf(name.reader()));
        } finally {
            lock.unlock();
        }
    }

    private void finish(Fields request, LinkStream stream)
            throws MalformedException, Refusal, Declined, IOException {
        long number = request.integer("run", 1, 1_000_000);
        request.end();
        Fields body = body(stream, FINISH, "finish");
        Envelope envelope = Envelope.read(body.any("receipt"), "finish.receipt");
        Map<StagedOutputs.Name, Bytes> headers = new LinkedHashMap<>();
        body.list("headers", Receipt.MAX_OUTPUTS, AgentSession::header)
                .forEach(header -> headers.put(header.name(), header.value()));
        body.end();
        Receipt receipt = verified(envelope);
        if (receipt.run() != number
                || !Optional.of(receipt.identityDigest()).equals(publishedIdentity())) {
            throw new MalformedException(
                    "finish.receipt", "of run " + number + " of this enclave", "of another");
        }
        boolean success = receipt.report().outcome() == Outcome.SUCCESS;
        if (!success
                && receipt.outputs().stream()
                        .anyMatch(output -> output.kind() == Receipt.Kind.RESULT)) {
            throw new MalformedException("finish.receipt", "no result of a run that failed", "one");
        }
        lock.lock();
        try {
            Optional<List<EnclaveTable.Output>> rows = staged.complete(receipt.outputs(), headers);
            if (rows.isEmpty()) {
                throw new Declined(
                        "output-missing", "an output of the receipt was not staged as it says");
            }
            control.registry()
                    .append(
                            computation,
                            new Event.RunEnded(
                                    enclave, number, receipt.report().outcome(), envelope.digest()),
                            (handle, now) -> {
                                EnclaveTable.runEnded(
                                        handle,
                                        computation,
                                        enclave,
                                        number,
                                        envelope.toJson().text(),
                                        now);
                                rows.get()
                                        .forEach(row ->
                                                EnclaveTable.insertOutput(
                                                        handle, computation, enclave, number, row));
                            });
            staged.clear(rows.get());
            runStartedAt = null;
            if (agreement.dialect() == Dialect.COSMIAN) {
                // Its keys are good for as long as the computation: from now on it is idle unless
                // somebody brings new data.
                accepted.clear();
            }
            touch();
        } finally {
            lock.unlock();
        }
        ok(stream);
    }

    private Optional<Sha256> publishedIdentity() {
        lock.lock();
        try {
            return identity;
        } finally {
            lock.unlock();
        }
    }

    private Receipt verified(Envelope envelope) throws MalformedException, Declined {
        Optional<PublicSigningKey> key;
        lock.lock();
        try {
            key = signingKey;
        } finally {
            lock.unlock();
        }
        if (key.isEmpty()) {
            throw new Declined("wrong-state", "no identity was published");
        }
        try {
            return Signed.verify(envelope, Receipt.TYPE, key.get()).document();
        } catch (NotAuthenticException e) {
            throw new MalformedException(
                    "finish.receipt", "signed by this enclave's key", message(e));
        }
    }

    private record Header(StagedOutputs.Name name, Bytes value) {}

    private static Header header(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        var header =
                new Header(
                        new StagedOutputs.Name(
                                fields.text("reader", Email::parse),
                                fields.text("kind", Receipt.Kind::parse),
                                fields.integer("position", 0, Receipt.MAX_OUTPUTS - 1)),
                        fields.base64("header", 1, MAX_HEADER));
        fields.end();
        return header;
    }

    private void end(Fields request, LinkStream stream) throws MalformedException, IOException {
        StopReason reason = request.text("reason", StopReason::parse);
        String detail = request.string("detail", 0, Event.MAX_REASON);
        request.end();
        if (reason != StopReason.EXHAUSTED
                && reason != StopReason.EXPIRED
                && reason != StopReason.REFUSED) {
            throw new MalformedException(
                    "request.reason", "exhausted, expired or refused", reason.toString());
        }
        if (reason == StopReason.EXPIRED
                && !control.clock().instant().isAfter(agreement.terms().notAfter())) {
            reason = StopReason.GRANT_EXPIRED;
        }
        lock.lock();
        try {
            ending = Optional.of(new Ending(reason, detail));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        ok(stream);
    }

    private static Fields body(LinkStream stream, JsonLimits limits, String path)
            throws MalformedException, IOException {
        byte[] bytes = stream.input().readNBytes(limits.maxBytes() + 1);
        if (bytes.length > limits.maxBytes()) {
            throw new MalformedException(path, "at most " + limits.maxBytes() + " bytes", "more");
        }
        return Fields.of(Json.parse(bytes, limits, path), path);
    }

    private static void ok(LinkStream stream) throws IOException {
        stream.answer(Json.object().put("status", "ok").build());
        stream.output().close();
    }

    private static void refuse(LinkStream stream, String code, String detail) throws IOException {
        stream.answer(
                Json.object()
                        .put("status", "refused")
                        .put("code", code)
                        .put("detail", detail)
                        .build());
        stream.output().close();
    }

    private static Instant instant(String text, String path) throws MalformedException {
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            throw new MalformedException(path, "a time such as 2030-01-01T00:00:00Z", text);
        }
    }

    private static String message(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse("");
    }

    private void touch() {
        activeAt = control.clock().instant();
        changed.signalAll();
    }

    // What the supervisor asks and says.

    /// Waits until the agent has said what it thinks of item `number`; empty if it has not in time,
    /// or the enclave ends.
    Optional<Verdict> awaitVerdict(long number, Duration time) throws InterruptedException {
        long left = time.toNanos();
        lock.lock();
        try {
            while (!lastVerdicts.containsKey(number) && !released && left > 0) {
                left = changed.awaitNanos(left);
            }
            return Optional.ofNullable(lastVerdicts.get(number));
        } finally {
            lock.unlock();
        }
    }

    /// Says that something new was sealed for this enclave.
    void offered() {
        lock.lock();
        try {
            offers++;
            touch();
        } finally {
            lock.unlock();
        }
    }

    /// Tells the agent to stop, in answer to its next `next`.
    void askToStop(String reason) {
        lock.lock();
        try {
            stopAsked = Optional.of(reason);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    Optional<Ending> ending() {
        lock.lock();
        try {
            return ending;
        } finally {
            lock.unlock();
        }
    }

    /// Drops what waits for headers.
    void discardStaged() throws IOException {
        lock.lock();
        try {
            staged.clear(List.of());
        } finally {
            lock.unlock();
        }
    }

    /// Waits until this enclave has waited or worked too long, and says so; empty when interrupted
    /// through [#release].
    Optional<Ending> awaitOverdue(Instant startedAt) throws InterruptedException {
        lock.lock();
        try {
            while (!released) {
                Instant now = control.clock().instant();
                Overdue overdue = overdue(startedAt);
                if (!now.isBefore(overdue.at())) {
                    return Optional.of(overdue.ending());
                }
                Duration left = Duration.between(now, overdue.at());
                // An agent may say a year that is further off than nanoseconds can count.
                changed.awaitNanos((left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN).toNanos());
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /// Ends [#awaitOverdue].
    void release() {
        lock.lock();
        try {
            released = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private record Overdue(Instant at, Ending ending) {}

    private Overdue overdue(Instant startedAt) {
        if (identity.isEmpty()) {
            return new Overdue(
                    startedAt.plus(control.limits().startLimit()),
                    new Ending(StopReason.LOST, "it published no identity in time"));
        }
        if (runStartedAt != null) {
            Duration allowed =
                    Duration.ofSeconds(agreement.terms().wallSeconds())
                            .plus(control.limits().overrunGrace());
            return new Overdue(
                    runStartedAt.plus(allowed),
                    new Ending(StopReason.LOST, "run " + run + " overran its agreed time"));
        }
        Instant idle = activeAt.plus(control.limits().idleLimit());
        Instant held = accepted.values().stream().max(Instant::compareTo).orElse(Instant.MIN);
        return new Overdue(
                held.isAfter(idle) ? held : idle,
                new Ending(StopReason.IDLE, "nobody granted or ran for a set time"));
    }
}
