package io.cloister.agent;

import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.link.LinkStream;
import io.cloister.link.ResetCode;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.json.JsonObjectBuilder;

import org.junit.jupiter.api.Assertions;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// The control plane's end of a link, that does what a test says. Everything it hears is in a queue
/// of its kind.
final class ScriptedPlane implements AutoCloseable {
    private static final LinkSettings SETTINGS =
            new LinkSettings(
                    512 << 10,
                    LinkSettings.MAX_STREAMS,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(60));
    private static final JsonLimits BODY = new JsonLimits(16 << 20, 24, 200_000);

    final TestComputation computation;
    final Map<Sha256, Bytes> blobs = new HashMap<>();
    final BlockingQueue<EnclaveIdentity> identities = new LinkedBlockingQueue<>();
    final BlockingQueue<Told> verdicts = new LinkedBlockingQueue<>();
    final BlockingQueue<Long> started = new LinkedBlockingQueue<>();
    final BlockingQueue<Finish> finished = new LinkedBlockingQueue<>();
    final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    final Map<Place, Bytes> bodies = new HashMap<>();
    private final Map<Place, Long> arrived = new HashMap<>();
    private final List<Json> items = new ArrayList<>();
    private final List<Bytes> contents = new ArrayList<>();
    final BlockingQueue<CosmianIdentity> cosmianIdentities = new LinkedBlockingQueue<>();
    private Json.Obj job;
    private Optional<String> refuseState = Optional.empty();
    private boolean refuseOutputs;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean leftOpen;
    private volatile boolean tailsWithheld;
    private volatile CountDownLatch held = new CountDownLatch(0);
    private final Link far;
    private final Link near;

    /// What became of an item.
    record Told(long number, Optional<String> code) {}

    /// Where an output's body is.
    record Place(Email reader, Receipt.Kind kind, long position) {}

    /// How a run ended.
    record Finish(Envelope receipt, Map<Place, Bytes> headers) {}

    private ScriptedPlane(TestComputation computation, Link far, Link near) {
        this.computation = computation;
        this.far = far;
        this.near = near;
        this.job = signedJob(computation.agreement().envelope());
        blobs.putAll(computation.blobs);
    }

    static ScriptedPlane serve(TestComputation computation, Path folder) throws Exception {
        Path socket = folder.resolve("link");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            SocketChannel near = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            SocketChannel far = listener.accept();
            Files.delete(socket);
            Link[] links = new Link[2];
            Thread accepting = Thread.ofVirtual().start(() -> links[0] = accept(far));
            links[1] =
                    Link.connect(
                            Channels.newInputStream(near),
                            Channels.newOutputStream(near),
                            new SecureRandom(),
                            SETTINGS);
            accepting.join();
            var plane = new ScriptedPlane(computation, links[0], links[1]);
            Thread.ofVirtual().start(plane::answerAll);
            return plane;
        }
    }

    /// The same over a channel that is there already.
    static ScriptedPlane over(TestComputation computation, SocketChannel channel) {
        return over(computation, channel, _ -> {});
    }

    /// The same, set up before it answers.
    static ScriptedPlane over(
            TestComputation computation, SocketChannel channel, Consumer<ScriptedPlane> setUp) {
        Link link = accept(channel);
        var plane = new ScriptedPlane(computation, link, link);
        setUp.accept(plane);
        Thread.ofVirtual().start(plane::answerAll);
        return plane;
    }

    private static Link accept(SocketChannel channel) {
        try {
            return Link.accept(
                    Channels.newInputStream(channel), Channels.newOutputStream(channel), SETTINGS);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    ControlPlane agentSide(ControlPlane.Patience patience) {
        return new ControlPlane(near, patience);
    }

    /// From now on the answer to a verdict never ends.
    void leaveVerdictsOpen() {
        leftOpen = true;
    }

    /// From now on the last byte of every blob, and its end, never come.
    void withholdTails() {
        tailsWithheld = true;
    }

    /// From now on no verdict is answered, until [#answerVerdicts].
    void holdVerdicts() {
        held = new CountDownLatch(1);
    }

    void answerVerdicts() {
        held.countDown();
    }

    /// How often the agent asked for an item.
    int asked() {
        return asked.get();
    }

    void serveAgreement(Envelope other) {
        serveJob(signedJob(other));
    }

    private static Json.Obj signedJob(Envelope agreement) {
        return Json.object().put("agreement", agreement.toJson()).build();
    }

    /// Answers `job` with this body from now on.
    synchronized void serveJob(Json.Obj body) {
        job = body;
    }

    synchronized void refuseState(String code) {
        refuseState = Optional.of(code);
    }

    synchronized void refuseOutputs() {
        refuseOutputs = true;
    }

    /// Puts a blob in the place of another, or takes it away.
    synchronized void swap(Sha256 digest, Optional<Bytes> other) {
        blobs.remove(digest);
        other.ifPresent(blob -> blobs.put(digest, blob));
    }

    /// Where bodies of outputs are stored.
    synchronized Set<Place> places() {
        return Set.copyOf(bodies.keySet());
    }

    synchronized void store(Map<Sha256, Bytes> more) {
        blobs.putAll(more);
    }

    /// Hands a sealed document to the agent.
    ///
    /// @return its number
    long hand(String kind, Bytes sealed) {
        return hand(kind, sealed, items.size() + 1L);
    }

    /// The same under a number of the test's choice.
    long hand(String kind, Bytes sealed, long number) {
        synchronized (items) {
            var header =
                    Json.object()
                            .put("status", "ok")
                            .put("kind", kind)
                            .put("number", number)
                            .put("signer", TestComputation.ANNA.value())
                            .put("size", sealed.length());
            if (kind.equals("inputs")) {
                header.put("run", 2);
            }
            items.add(header.build());
            contents.add(sealed);
            items.notifyAll();
            return items.size();
        }
    }

    /// Hands a key blob to the agent.
    ///
    /// @return its number
    long hand(Seat seat, Bytes blob) {
        return handOver(
                Json.object()
                        .put("kind", "key")
                        .put("signer", seat.person().value())
                        .put("role", seat.role().word()),
                blob);
    }

    /// Hands a list of inputs of the Cosmian dialect to the agent.
    ///
    /// @return its number
    long handInputs(long run, Bytes content) {
        return handOver(Json.object().put("kind", "cosmian-inputs").put("run", run), content);
    }

    private long handOver(JsonObjectBuilder header, Bytes content) {
        synchronized (items) {
            long number = items.size() + 1L;
            items.add(
                    header.put("status", "ok")
                            .put("number", number)
                            .put("size", content.length())
                            .build());
            contents.add(content);
            items.notifyAll();
            return number;
        }
    }

    void stop() {
        synchronized (items) {
            items.add(
                    Json.object()
                            .put("status", "ok")
                            .put("kind", "stop")
                            .put("reason", "the test is over")
                            .build());
            contents.add(Bytes.utf8(""));
            items.notifyAll();
        }
    }

    private void answerAll() {
        try {
            for (var next = far.next(); next.isPresent(); next = far.next()) {
                LinkStream stream = next.get();
                Thread.ofVirtual().start(() -> answer(stream));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(LinkStream stream) {
        try {
            Fields request = Fields.of(stream.request(), "request");
            switch (request.string("op", 1, 20)) {
                case "job" -> job(stream);
                case "blob" -> blob(request, stream);
                case "identity" -> identity(stream);
                case "next" -> next(request, stream);
                case "verdict" -> verdict(request, stream);
                case "state" -> state(request, stream);
                case "output" -> output(request, stream);
                case "finish" -> finish(stream);
                case "end" -> end(request, stream);
                default -> throw new AssertionError("an operation that is not there");
            }
        } catch (IOException | MalformedException | InterruptedException e) {
            stream.reset(ResetCode.INTERNAL);
        }
    }

    private void job(LinkStream stream) throws IOException {
        Json.Obj served;
        synchronized (this) {
            served = job;
        }
        stream.answer(
                Json.object()
                        .put("status", "ok")
                        .put("computation", computation.computation.toString())
                        .put("enclave", 1)
                        .build());
        send(stream, served.canonical());
    }

    private void blob(Fields request, LinkStream stream)
            throws IOException, MalformedException, InterruptedException {
        Bytes blob;
        synchronized (this) {
            blob = blobs.get(request.sha256("digest"));
        }
        if (blob == null) {
            refuse(stream, "not-found");
            return;
        }
        stream.answer(Json.object().put("status", "ok").put("size", blob.length()).build());
        if (tailsWithheld) {
            stream.output().write(blob.toArray(), 0, blob.length() - 1);
            stream.output().flush();
            new CountDownLatch(1).await();
        }
        send(stream, blob.toArray());
    }

    private void identity(LinkStream stream) throws IOException, MalformedException {
        Fields body = body(stream);
        Identity identity = Identity.parse(body.base64("identity", 1, 16 << 10));
        body.base64("evidence", 1, 1 << 20);
        body.end();
        ok(stream);
        switch (identity) {
            case EnclaveIdentity ours -> identities.add(ours);
            case CosmianIdentity old -> cosmianIdentities.add(old);
        }
    }

    private void next(Fields request, LinkStream stream)
            throws IOException, MalformedException, InterruptedException {
        int after = (int) request.integer("after", 0, Json.MAX_INTEGER);
        asked.incrementAndGet();
        long deadline =
                System.nanoTime() + TimeUnit.SECONDS.toNanos(request.integer("wait", 0, 60));
        Json item = Json.object().put("status", "ok").put("kind", "nothing").build();
        Bytes content = Bytes.utf8("");
        synchronized (items) {
            while (items.size() <= after && System.nanoTime() < deadline) {
                items.wait(100);
            }
            if (items.size() > after) {
                item = items.get(after);
                content = contents.get(after);
            }
        }
        stream.answer((Json.Obj) item);
        send(stream, content.toArray());
    }

    private void verdict(Fields request, LinkStream stream)
            throws IOException, MalformedException, InterruptedException {
        long number = request.integer("number", 1, Json.MAX_INTEGER);
        boolean accepted = request.bool("accepted");
        Optional<String> code =
                accepted ? Optional.empty() : Optional.of(request.string("code", 1, 80));
        verdicts.add(new Told(number, code));
        held.await();
        if (leftOpen) {
            stream.answer(Json.object().put("status", "ok").build());
            held = new CountDownLatch(1);
            held.await();
        }
        ok(stream);
    }

    private void state(Fields request, LinkStream stream) throws IOException, MalformedException {
        Optional<String> refused;
        synchronized (this) {
            refused = refuseState;
        }
        if (refused.isPresent()) {
            refuse(stream, refused.get());
            return;
        }
        started.add(request.integer("run", 1, 1_000_000));
        ok(stream);
    }

    private void output(Fields request, LinkStream stream) throws IOException, MalformedException {
        var place =
                new Place(
                        request.text("reader", Email::parse),
                        request.text("kind", Receipt.Kind::parse),
                        request.integer("position", 0, 5_000));
        boolean refused;
        synchronized (this) {
            refused = refuseOutputs;
        }
        if (refused && place.kind() == Receipt.Kind.RESULT) {
            refuse(stream, "no-space");
            return;
        }
        Bytes body = arriving(place, stream.input());
        synchronized (this) {
            if (bodies.putIfAbsent(place, body) != null) {
                throw new AssertionError("one place, two outputs: " + place);
            }
        }
        stream.answer(
                Json.object()
                        .put("status", "ok")
                        .put("size", body.length())
                        .put("digest", Sha256.of(body).toString())
                        .build());
        stream.output().close();
    }

    private Bytes arriving(Place place, InputStream body) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] buffer = new byte[64 << 10];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            all.write(buffer, 0, count);
            synchronized (this) {
                arrived.merge(place, (long) count, Long::sum);
                notifyAll();
            }
        }
        return Bytes.copyOf(all.toByteArray());
    }

    /// Waits until so many bytes of a body are here, whether it has ended or not.
    synchronized void awaitArrival(Place place, long bytes) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (arrived.getOrDefault(place, 0L) < bytes) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                Assertions.fail("of " + place + " only " + arrived.get(place) + " bytes came");
            }
            wait(left);
        }
    }

    synchronized Optional<Bytes> body(Place place) {
        return Optional.ofNullable(bodies.get(place));
    }

    synchronized void forgetBodies() {
        bodies.clear();
    }

    private void finish(LinkStream stream) throws IOException, MalformedException {
        Fields body = body(stream);
        Envelope receipt = Envelope.read(body.any("receipt"), "receipt");
        Map<Place, Bytes> headers = new HashMap<>();
        body.list(
                "headers",
                5_000,
                (value, path) -> {
                    Fields header = Fields.of(value, path);
                    var place =
                            new Place(
                                    header.text("reader", Email::parse),
                                    header.text("kind", Receipt.Kind::parse),
                                    header.integer("position", 0, 5_000));
                    return headers.put(place, header.base64("header", 1, 64 << 10)) == null;
                });
        body.end();
        ok(stream);
        finished.add(new Finish(receipt, headers));
    }

    private void end(Fields request, LinkStream stream) throws IOException, MalformedException {
        String reason = request.string("reason", 1, 20) + ": " + request.string("detail", 0, 500);
        ok(stream);
        ended.add(reason);
    }

    private static Fields body(LinkStream stream) throws IOException, MalformedException {
        return Fields.of(Json.parse(stream.input().readAllBytes(), BODY, "body"), "body");
    }

    private static void ok(LinkStream stream) throws IOException {
        stream.answer(Json.object().put("status", "ok").build());
        stream.output().close();
    }

    private static void refuse(LinkStream stream, String code) throws IOException {
        stream.answer(
                Json.object()
                        .put("status", "refused")
                        .put("code", code)
                        .put("detail", "as the test says")
                        .build());
        stream.output().close();
    }

    private static void send(LinkStream stream, byte[] content) throws IOException {
        stream.output().write(content);
        stream.output().close();
    }

    /// The next of a kind, which must come soon.
    static <T> T soon(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            return Assertions.fail("nothing came");
        }
        return next;
    }

    /// Breaks the link.
    void breakLink() {
        far.close();
    }

    @Override
    public void close() {
        near.close();
        far.close();
    }
}
