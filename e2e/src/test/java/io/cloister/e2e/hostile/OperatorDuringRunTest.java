package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.ApprovalDesk;
import io.cloister.client.ClientException;
import io.cloister.client.Finding;
import io.cloister.client.RefusedException;
import io.cloister.client.ResultDesk;
import io.cloister.client.StoredInput;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// What an operator may do to an enclave that is being granted to: the whole store is the
/// operator's, and so is every message on the way. In each test everybody approves; what was
/// altered decides whether user code ever starts.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorDuringRunTest {
    private static final String GRANT =
            "/api/v1/computations/[0-9a-f]{32}/enclaves/[0-9a-f]{64}/grant";

    private Path folder;
    private Site site;
    private int plays;

    @BeforeAll
    void stage(@TempDir Path root) throws Exception {
        folder = root;
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
    }

    @AfterEach
    void behaveAgain() {
        site.proxy().behave();
    }

    @AfterAll
    void close() {
        site.close();
    }

    /// Something the operator does when all but the last have approved.
    @FunctionalInterface
    private interface Attack {
        void on(Cast cast) throws Exception;
    }

    /// A play that was staged. However the test ends, it is archived, so that its enclave makes
    /// room for the next.
    private record Staged(Cast cast) implements AutoCloseable {
        @Override
        public void close() {
            try (cast) {
                cast.owner().owner().archive();
            } catch (ClientException | ServerException e) {
                throw new AssertionError("a computation can be archived in every state", e);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Staged staged() throws Exception {
        return staged(Play.joining(folder.resolve("play" + plays)));
    }

    private Staged staged(Play play) throws Exception {
        plays++;
        var staged = new Staged(Cast.proposing(site, play, folder.resolve("homes" + plays)));
        staged.cast().readyToApprove();
        return staged;
    }

    /// Stages a play, attacks, lets the last one approve, and gives the code of the enclave's
    /// refusal, or nothing if user code started.
    private Optional<String> refusalAfter(Attack attack) throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            approveAround(attack, cast);
            Optional<String> refusal = awaitRefusalOrRun(cast);
            assertEquals(refusal.isPresent(), cast.owner().runs().isEmpty());
            return refusal;
        }
    }

    private static void approveAround(Attack attack, Cast cast) throws Exception {
        Email last = cast.people().getLast();
        for (Email person : cast.people()) {
            if (!person.equals(last)) {
                cast.approve(person);
            }
        }
        attack.on(cast);
        cast.approve(last);
    }

    private static Optional<String> awaitRefusalOrRun(Cast cast) {
        return assertTimeoutPreemptively(
                Cast.PATIENCE,
                () -> {
                    try (var events = cast.owner().follow(0)) {
                        while (true) {
                            Said.Event event = events.next();
                            if (event.type().equals("refused")
                                    && event.data() instanceof Json.Obj(var members)) {
                                return Optional.of(
                                        ((Json.Str) Objects.requireNonNull(members.get("code")))
                                                .value());
                            }
                            if (event.type().equals("run-ended")) {
                                return Optional.empty();
                            }
                        }
                    }
                });
    }

    private Path stored(Sha256 digest) throws IOException {
        try (var files = Files.walk(site.folder())) {
            return files.filter(file -> file.getFileName().toString().contains(digest.hex()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Path input(Cast cast, int provider, int position) throws Exception {
        StoredInput input = cast.provider(provider).data().list().get(position);
        return stored(input.ciphertext());
    }

    @Test
    void unattackedUserCodeRuns() throws Exception {
        assertEquals(Optional.empty(), refusalAfter(_ -> {}));
    }

    @Test
    void refusesAnInputWithOneFlippedByte() throws Exception {
        assertEquals(
                Optional.of("inputs.digest"),
                refusalAfter(cast -> {
                    Path file = input(cast, 0, 0);
                    byte[] content = Files.readAllBytes(file);
                    content[content.length - 1] ^= 1;
                    overwrite(file, content);
                }));
    }

    /// What is left of a run on streamed inputs, by the receipt and in the operator's store.
    ///
    /// @param outputs reader and kind of each
    /// @param stored whether the operator has a byte of any
    private record Left(
            Outcome outcome, Optional<String> exception, List<String> outputs, boolean stored) {}

    private static Terms streamed(Terms terms) {
        return new Terms(
                terms.runs(),
                terms.notAfter(),
                terms.cores(),
                terms.cpuSeconds(),
                terms.memoryBytes(),
                terms.processes(),
                terms.wallSeconds(),
                terms.outputBytes(),
                terms.isolation(),
                InputMode.STREAMING,
                terms.dataMayChange(),
                List.of(new Email("alice@example.org")),
                List.of(new Email("coder@example.org")));
    }

    /// Plays code that writes what it reads first, prints it and raises it, long before the input
    /// has ended.
    private Left streamedUnder(Attack attack) throws Exception {
        Path files = folder.resolve("streams" + plays);
        Play play =
                Play.of(
                                files,
                                """
                                start = next(enclave.read()).read(1000)
                                enclave.write(start)
                                print(start, flush=True)
                                raise ValueError(start)
                                """)
                        .on(OperatorDuringRunTest::streamed);
        Files.writeString(files.resolve("first.txt"), "first-clear-data-marker-a1;".repeat(10_000));
        try (Staged staged = staged(play)) {
            Cast cast = staged.cast();
            approveAround(attack, cast);
            ResultDesk desk = cast.coder().results();
            ResultDesk.Run run = desk.await(Cast.PATIENCE);
            Receipt receipt =
                    Signed.readUnverified(desk.receipt(run.identity(), run.run()), Receipt.TYPE);
            Receipt.Report report = receipt.report();
            assertEquals(report.exception().isPresent(), report.line().isPresent());
            assertEquals(report.exception().isPresent(), report.peakMemoryBytes() > 1);
            return new Left(
                    report.outcome(),
                    report.exception(),
                    receipt.outputs().stream().map(one -> one.reader() + " " + one.kind()).toList(),
                    hasOutputs(cast));
        }
    }

    private boolean hasOutputs(Cast cast) throws IOException {
        String own = "/outputs/" + cast.owner().place().computation() + "/";
        var found = new AtomicBoolean();
        Files.walkFileTree(
                site.folder(),
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        found.compareAndSet(false, file.toString().contains(own));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE; // gone since, with the enclave
                    }
                });
        return found.get();
    }

    @Test
    void nothingLeavesOfARunThatStreamedAnInputWithOneFlippedByte() throws Exception {
        assertEquals(
                new Left(
                        Outcome.EXCEPTION,
                        Optional.of("ValueError"),
                        List.of(
                                "coder@example.org index",
                                "coder@example.org traceback",
                                "alice@example.org index",
                                "alice@example.org output"),
                        true),
                streamedUnder(_ -> {}));
        assertEquals(
                new Left(Outcome.INPUTS, Optional.empty(), List.of(), false),
                streamedUnder(cast -> {
                    Path file = input(cast, 0, 0);
                    byte[] content = Files.readAllBytes(file);
                    content[content.length - 1] ^= 1;
                    overwrite(file, content);
                }));
    }

    @Test
    void refusesATruncatedInput() throws Exception {
        assertEquals(
                Optional.of("inputs.digest"),
                refusalAfter(cast -> {
                    Path file = input(cast, 0, 0);
                    byte[] content = Files.readAllBytes(file);
                    overwrite(file, Arrays.copyOf(content, content.length - 1));
                }));
    }

    @Test
    void refusesInputsThatChangedPlaces() throws Exception {
        assertEquals(
                Optional.of("inputs.digest"),
                refusalAfter(cast -> {
                    Path first = input(cast, 0, 0);
                    Path second = input(cast, 0, 1);
                    byte[] content = Files.readAllBytes(first);
                    overwrite(first, Files.readAllBytes(second));
                    overwrite(second, content);
                }));
    }

    @Test
    void refusesAnInputGivenTwice() throws Exception {
        assertEquals(
                Optional.of("inputs.digest"),
                refusalAfter(cast ->
                        overwrite(input(cast, 0, 1), Files.readAllBytes(input(cast, 0, 0)))));
    }

    @Test
    void refusesAnInputOfAnotherProvider() throws Exception {
        assertEquals(
                Optional.of("inputs.digest"),
                refusalAfter(cast ->
                        overwrite(input(cast, 0, 0), Files.readAllBytes(input(cast, 1, 0)))));
    }

    @Test
    void refusesADroppedInput() throws Exception {
        assertEquals(
                Optional.of("inputs.missing"),
                refusalAfter(cast -> Files.delete(input(cast, 0, 1))));
    }

    @Test
    void theLastToApproveNoticesAlteredCode() {
        RefusedException refused =
                assertThrows(
                        RefusedException.class,
                        () ->
                                refusalAfter(cast -> {
                                    VerifiedAgreement agreement =
                                            cast.owner().approval().agreement();
                                    Path file = stored(agreement.code().bundle());
                                    byte[] content = Files.readAllBytes(file);
                                    int age =
                                            new String(content, StandardCharsets.ISO_8859_1)
                                                    .indexOf("age-encryption.org/v1");
                                    content[age + 300] ^= 1;
                                    overwrite(file, content);
                                }));
        assertEquals(
                List.of("code-bundle"), refused.findings().stream().map(Finding::code).toList());
    }

    @Test
    void refusesAGrantForgedInAParticipantsName() throws Exception {
        assertEquals(
                Optional.of("grant.signature"),
                refusalAfter(cast -> {
                    var said = cast.awaitEnclave();
                    VerifiedAgreement agreement = cast.owner().approval().agreement();
                    Email last = cast.people().getLast();
                    Recipient enclave = enclaveRecipient(cast);
                    var forged =
                            new Grant(
                                    agreement.digest(),
                                    said.enclave().orElseThrow(),
                                    last,
                                    agreement.terms().runs(),
                                    agreement.terms().notAfter(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    agreement.issuedAt());
                    var sealed =
                            SealedEnvelopes.seal(
                                    EnvelopeSigner.sign(
                                            SigningKey.generate(new SecureRandom()),
                                            Grant.TYPE,
                                            forged),
                                    enclave);
                    site.proxy().request(call -> call.is("PUT", GRANT), (_, _) -> sealed.toArray());
                }));
    }

    /// The very bytes that the same person's client sealed for the enclave of another computation.
    @Test
    void refusesThePersonsOwnGrantOfAnotherComputation() throws Exception {
        assertEquals(
                Optional.of("grant.sealed"),
                refusalAfter(cast -> {
                    try (Staged other = staged()) {
                        replay(recordedGrant(other.cast(), cast.people().getLast()));
                    }
                }));
    }

    /// The very bytes that the same person's client sealed for an enclave of the same agreement
    /// that is gone.
    @Test
    void refusesThePersonsOwnGrantToAnEnclaveBefore() throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            Email person = cast.people().getLast();
            byte[] before = recordedGrant(cast, person);
            restart(cast);
            replay(before);
            cast.approve(person, again(cast));
            assertEquals(Optional.of("grant.sealed"), awaitRefusalOrRun(cast));
            assertTrue(cast.owner().runs().isEmpty());
        }
    }

    /// Lets `person` approve, and gives what passed by.
    private byte[] recordedGrant(Cast cast, Email person) throws Exception {
        var seen = new AtomicReference<byte[]>(new byte[0]);
        site.proxy()
                .request(
                        call -> call.is("PUT", GRANT),
                        (_, sent) -> {
                            seen.set(sent);
                            return sent;
                        });
        cast.approve(person);
        site.proxy().behave();
        byte[] grant = Objects.requireNonNull(seen.get());
        assertTrue(grant.length > 0);
        return grant;
    }

    private void replay(byte[] grant) {
        site.proxy().request(call -> call.is("PUT", GRANT), (_, _) -> grant);
    }

    /// Kills the enclave and waits for the next one of the same agreement.
    private static void restart(Cast cast) throws Exception {
        Sha256 before = cast.awaitEnclave().enclave().orElseThrow();
        cast.killEnclave();
        cast.owner()
                .await(
                        said -> said.enclave().isPresent() && !said.enclave().get().equals(before),
                        Cast.PATIENCE);
    }

    private static ApprovalDesk.Request again(Cast cast) {
        return new ApprovalDesk.Request(cast.policy(), Optional.empty(), Optional.empty(), true);
    }

    @Test
    void refusesAGrantWithOneFlippedByte() throws Exception {
        assertEquals(
                Optional.of("grant.sealed"),
                refusalAfter(_ ->
                        site.proxy()
                                .request(
                                        call -> call.is("PUT", GRANT),
                                        (_, sent) -> {
                                            byte[] altered = sent.clone();
                                            altered[altered.length - 1] ^= 1;
                                            return altered;
                                        })));
    }

    @Test
    void aReplayedGrantOfOnePersonDoesNotCountForAnother() throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            List<Email> people = cast.people();
            byte[] first = recordedGrant(cast, people.getFirst());
            for (Email person : people.subList(1, people.size() - 2)) {
                cast.approve(person);
            }
            replay(first);
            cast.approve(people.get(people.size() - 2));
            site.proxy().behave();
            // The enclave decides in order: once it has refused the last one, it has seen the
            // replay.
            site.proxy().request(call -> call.is("PUT", GRANT), (_, _) -> new byte[] {1});
            cast.approve(people.getLast());
            assertEquals(Optional.of("grant.sealed"), awaitRefusalOrRun(cast));
            assertTrue(cast.owner().runs().isEmpty());
        }
    }

    @Test
    void aSecondEnclaveOfTheSameAgreementGetsNoGrantUnasked() throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            Email victim = cast.play().roster().dataProviders().getFirst();
            cast.approve(victim);
            restart(cast);
            RefusedException refused =
                    assertThrows(RefusedException.class, () -> cast.approve(victim));
            assertEquals(
                    List.of("granted-before"),
                    refused.findings().stream().map(Finding::code).toList());
            var again = cast.seat(victim).approval().prepare(again(cast)).orThrow();
            assertEquals(2, again.possibleRuns());
        }
    }

    @Test
    void anotherGrantThanTheOneMadeIsNeverShownAsIfItCouldBeGiven() throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            Email victim = cast.play().roster().dataProviders().getFirst();
            cast.approve(victim);
            ApprovalDesk desk = cast.seat(victim).approval();
            desk.prepare(ApprovalDesk.Request.under(cast.policy())).orThrow();
            var sooner =
                    new ApprovalDesk.Request(
                            cast.policy(),
                            Optional.empty(),
                            Optional.of(cast.play().terms().notAfter().minusSeconds(3_600)),
                            false);
            assertGrantedOtherwise(desk, sooner);
            cast.seat(victim).data().reset();
            cast.push(victim);
            assertGrantedOtherwise(desk, ApprovalDesk.Request.under(cast.policy()));
        }
    }

    private static void assertGrantedOtherwise(ApprovalDesk desk, ApprovalDesk.Request request) {
        RefusedException refused =
                assertThrows(RefusedException.class, () -> desk.prepare(request).orThrow());
        assertEquals(
                List.of("granted-otherwise"),
                refused.findings().stream().map(Finding::code).toList());
    }

    @Test
    void noSecondRunComesOfOneRunsGrants() throws Exception {
        try (Staged staged = staged()) {
            Cast cast = staged.cast();
            Email consumer = cast.play().roster().resultConsumers().getFirst();
            for (Email person : cast.people()) {
                cast.approve(person);
            }
            assertArrayEquals(
                    Play.JOINED.getBytes(StandardCharsets.UTF_8), cast.onlyResult(consumer));
            cast.owner().await(said -> said.state().equals("completed"), Cast.PATIENCE);
            assertThrows(ClientException.class, () -> cast.provider(0).data().submit(2));
            cast.owner().startEnclave();
            cast.awaitEnclave();
            assertEquals(1, cast.owner().runs().size());
            assertThrows(RefusedException.class, () -> cast.approve(consumer));
        }
    }

    private static Recipient enclaveRecipient(Cast cast) throws Exception {
        var approvable = cast.consumer(0).approval().prepare(again(cast)).orThrow();
        return Recipient.of(approvable.identity().recipient(), "recipient");
    }

    private static void overwrite(Path file, byte[] content) throws IOException {
        Path altered = Files.write(file.resolveSibling(file.getFileName() + ".altered"), content);
        Files.move(altered, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
