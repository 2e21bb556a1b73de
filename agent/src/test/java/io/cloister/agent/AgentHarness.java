package io.cloister.agent;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An agent at work in this process, with a scripted control plane, Evidence of a fake vendor and
/// cells of the test's choice.
final class AgentHarness implements AutoCloseable {
    final TestComputation computation;
    final ScriptedPlane plane;
    final TestTime time = new TestTime(TestComputation.NOW);
    final BlockingQueue<End> ends = new LinkedBlockingQueue<>();
    final BlockingQueue<String> log = new LinkedBlockingQueue<>();
    private final Preparation.CellStarter cells;
    private final RuntimeFolder runtime;
    private Optional<Sha256> expected = Optional.empty();
    private Dialect dialect = Dialect.CLOISTER;
    private ControlPlane.Patience patience =
            new ControlPlane.Patience(
                    Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(60));

    /// How the agent ended.
    record End(Optional<AgentStop> stop, Optional<Throwable> failure) {
        String said() {
            return stop.map(one -> one.reason().word() + ": " + one.detail())
                    .or(() -> failure.map(Throwable::toString))
                    .orElse("stopped");
        }
    }

    AgentHarness(TestComputation computation, Path folder, Preparation.CellStarter cells)
            throws Exception {
        this.computation = computation;
        this.cells = cells;
        this.runtime = new RuntimeFolder(folder.resolve("runtime"));
        Files.createDirectories(runtime.wheels());
        Files.createDirectories(runtime.sitePackages());
        Files.write(runtime.lock(), TestComputation.LOCK.toArray());
        this.plane = ScriptedPlane.serve(computation, folder);
    }

    /// With a file in its packages that no lock names.
    AgentHarness withStrangePackage() throws IOException {
        Files.writeString(runtime.sitePackages().resolve("strange.py"), "", StandardCharsets.UTF_8);
        return this;
    }

    /// With an agent that waits no longer than this for the rest of an answer.
    AgentHarness patientFor(Duration body) {
        patience = new ControlPlane.Patience(patience.answer(), body, patience.silence());
        return this;
    }

    /// With an agent that waits no longer than this for the next piece of a ciphertext.
    AgentHarness hearingSilenceFor(Duration silence) {
        patience = new ControlPlane.Patience(patience.answer(), patience.body(), silence);
        return this;
    }

    AgentHarness startedFor(Sha256 agreement) {
        expected = Optional.of(agreement);
        return this;
    }

    /// Started for a computation of the Cosmian dialect.
    AgentHarness startedFor(CosmianComputation cosmian) {
        plane.serveJob(cosmian.job());
        plane.store(cosmian.blobs);
        dialect = Dialect.COSMIAN;
        return startedFor(cosmian.agreement().digest());
    }

    /// Starts the agent and waits until its identity is published.
    EnclaveIdentity identity() throws InterruptedException {
        return published(plane.identities);
    }

    /// The same in the Cosmian dialect.
    CosmianIdentity cosmianIdentity() throws InterruptedException {
        return published(plane.cosmianIdentities);
    }

    private <T> T published(BlockingQueue<T> identities) throws InterruptedException {
        start();
        for (int i = 0; i < 300; i++) {
            T identity = identities.poll(100, TimeUnit.MILLISECONDS);
            if (identity != null) {
                return identity;
            }
            if (!ends.isEmpty()) {
                throw new AssertionError(ends.take().said());
            }
        }
        throw new AssertionError("no identity came");
    }

    void start() {
        Thread.ofPlatform().daemon().start(() -> ends.add(work()));
    }

    private End work() {
        try {
            ControlPlane side = plane.agentSide(patience);
            var measurement =
                    new Measurement(
                            Sha256.of(Bytes.utf8("agent")),
                            Sha256.of(Bytes.utf8("python")),
                            Sha256.of(Bytes.utf8("lock")));
            var vendor = new SimulatedVendor("test");
            var preparation =
                    new Preparation(
                            side,
                            reportData ->
                                    vendor.bundle(measurement, reportData, TestComputation.NOW)
                                            .canonical(),
                            agreed -> RuntimeVerifier.verify(runtime, agreed),
                            cells,
                            new SecureRandom());
            EnclaveClock clock = time.enclaveClock();
            Preparation.Prepared prepared =
                    preparation.prepare(
                            dialect,
                            expected.orElseGet(() -> computation.agreement().digest()),
                            clock.now());
            Optional<AgentStop> stop = new Agent(side, prepared, clock, log::add).serve();
            if (stop.isPresent()) {
                side.end(stop.get());
            }
            return new End(stop, Optional.empty());
        } catch (AgentStop stop) {
            return new End(Optional.of(stop), Optional.empty());
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            return new End(Optional.empty(), Optional.of(e));
        }
    }

    End end() throws InterruptedException {
        return ScriptedPlane.soon(ends);
    }

    /// Seals and hands over a document, and waits for its verdict.
    Optional<String> hand(EnclaveIdentity identity, String kind, Envelope envelope)
            throws Exception {
        plane.store(computation.blobs);
        long number =
                plane.hand(
                        kind,
                        SealedEnvelopes.seal(
                                envelope, Recipient.of(identity.recipient(), "recipient")));
        ScriptedPlane.Told told = ScriptedPlane.soon(plane.verdicts);
        if (told.number() != number) {
            throw new AssertionError("a verdict on another item: " + told);
        }
        return told.code();
    }

    void grantAll(EnclaveIdentity identity) throws Exception {
        for (Email person : computation.roster.people()) {
            hand(
                            identity,
                            "grant",
                            computation.signed(computation.grant(person, identity.digest())))
                    .ifPresent(code -> {
                        throw new AssertionError(code);
                    });
        }
    }

    Signed<Receipt> receipt(EnclaveIdentity identity, ScriptedPlane.Finish finish)
            throws Exception {
        return Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey());
    }

    /// Opens one output as its reader does: header and body together, with the reader's own key.
    Bytes open(ScriptedPlane.Finish finish, Receipt.Output output) throws Exception {
        var place = new ScriptedPlane.Place(output.reader(), output.kind(), output.position());
        Bytes file =
                Bytes.concat(
                        Objects.requireNonNull(finish.headers().get(place)),
                        plane.body(place).orElseThrow());
        if (!Sha256.of(file).equals(output.ciphertext())
                || file.length() != output.ciphertextBytes()) {
            throw new AssertionError("another file than the receipt names");
        }
        return Bytes.copyOf(
                Opening.with(computation.receiving(output.reader()))
                        .open(file, 16 << 20)
                        .expose(SecretExposure.acknowledged()));
    }

    OutputIndex index(ScriptedPlane.Finish finish, Receipt receipt, Email reader) throws Exception {
        Receipt.Output index =
                receipt.outputs().stream()
                        .filter(output ->
                                output.reader().equals(reader)
                                        && output.kind() == Receipt.Kind.INDEX)
                        .findFirst()
                        .orElseThrow();
        return OutputIndex.parse(open(finish, index));
    }

    static String text(Bytes padded, OutputIndex.Entry entry) {
        byte[] all = padded.toArray();
        return new String(all, 0, (int) entry.bytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        plane.close();
    }
}
