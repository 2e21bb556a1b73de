package io.cloister.e2e.stage;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.Cloister;
import io.cloister.client.DataDesk;
import io.cloister.client.Draft;
import io.cloister.client.GrantRecord;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.VerifiedAgreement;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Everyone who takes part, each with a key store, a client and a policy of their own; what one
/// knows of another went through the server or through an invitation's text.
public final class Cast implements AutoCloseable {
    /// Longer than anything here takes; reached only when something hangs.
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Site site;
    private final Play play;
    private final Path homes;
    private final AppraisalPolicy policy;
    private final BuiltRuntime runtime;
    private final Seat owner;
    private final Map<Email, Seat> seats = new LinkedHashMap<>();
    private final Set<String> secrets = ConcurrentHashMap.newKeySet();

    private Cast(
            Site site,
            Play play,
            Path homes,
            AppraisalPolicy policy,
            BuiltRuntime runtime,
            Seat owner) {
        this.site = site;
        this.play = play;
        this.homes = homes;
        this.policy = policy;
        this.runtime = runtime;
        this.owner = owner;
    }

    /// The Owner proposes `play` at `site`; nobody has joined yet. Everyone's key store is a folder
    /// in `homes`.
    public static Cast proposing(Site site, Play play, Path homes) throws Exception {
        BuiltRuntime runtime = Checkout.runtime(play.runtime());
        Email email = new Email("owner@example.org");
        Cloister client = client(homes, email);
        client.login(site.endpoint(), site.account(email));
        Seat owner =
                client.create(
                        site.endpoint().url(),
                        new Draft(
                                play.title(),
                                play.roster(),
                                runtime.ref(),
                                List.of(),
                                play.terms()));
        Cast cast = new Cast(site, play, homes, policy(runtime), runtime, owner);
        cast.secrets.addAll(Secrets.of(play));
        site.keepsSecret(cast);
        return cast;
    }

    /// Everything of this cast that an operator must not have in clear, what was in key stores that
    /// are gone by now included.
    Set<String> secrets() throws Exception {
        if (Files.isDirectory(homes)) {
            try (Stream<Path> stores = Files.list(homes)) {
                for (Path store : stores.filter(KeyStore::exists).toList()) {
                    secrets.addAll(Secrets.of(store));
                }
            }
        }
        return Set.copyOf(secrets);
    }

    /// A policy of someone who built the agent themselves and measured it.
    public static AppraisalPolicy policy(BuiltRuntime runtime) throws Exception {
        return SimulatedPolicy.anyRoot(
                List.of(
                        new ReferenceValue(
                                "own build", Checkout.image().measure(runtime.ref().digest()))),
                "tests run their own installation");
    }

    private static Cloister client(Path homes, Email email) throws Exception {
        return Cloister.open(
                homes.resolve(email.value()),
                PassphraseSource.none(),
                Clock.systemUTC(),
                new SecureRandom());
    }

    /// What is played.
    public Play play() {
        return play;
    }

    /// Everyone's policy.
    public AppraisalPolicy policy() {
        return policy;
    }

    /// The runtime in use.
    public BuiltRuntime runtime() {
        return runtime;
    }

    /// The Owner's seat.
    public Seat owner() {
        return owner;
    }

    /// The seat of somebody who has joined.
    public Seat seat(Email person) {
        return Objects.requireNonNull(seats.get(person), () -> person + " has not joined");
    }

    /// The seat of the `n`-th Data Provider.
    public Seat provider(int n) {
        return seat(play.roster().dataProviders().get(n));
    }

    /// The seat of the `n`-th Result Consumer.
    public Seat consumer(int n) {
        return seat(play.roster().resultConsumers().get(n));
    }

    /// The Code Provider's seat.
    public Seat coder() {
        return seat(play.roster().codeProvider());
    }

    /// Everyone but a pure Owner.
    public List<Email> people() {
        return play.roster().people();
    }

    /// Somebody takes the invitation's text and joins.
    public Seat join(Email person) throws Exception {
        String text = owner.owner().invitation(person).invitation().text();
        Seat seat = client(homes, person).join(Invitation.parse(text));
        seats.put(person, seat);
        return seat;
    }

    /// Everyone joins.
    public Cast joined() throws Exception {
        for (Email person : people()) {
            join(person);
        }
        return this;
    }

    /// The Code Provider brings the code.
    public Cast codePushed() throws Exception {
        coder().code().push(CodeCheck.check(play.code()), Progress.NONE);
        return this;
    }

    /// Every Data Provider uploads.
    public Cast dataPushed() throws Exception {
        for (Email person : play.roster().dataProviders()) {
            push(person);
        }
        return this;
    }

    /// One Data Provider uploads.
    public void push(Email person) throws Exception {
        List<DataDesk.Upload> uploads = new ArrayList<>();
        for (Path file : Objects.requireNonNull(play.data().get(person))) {
            uploads.add(new DataDesk.Upload(file, new FileName(file.getFileName().toString())));
        }
        seat(person).data().push(uploads, Progress.NONE);
    }

    /// The Owner signs.
    public VerifiedAgreement signed() throws Exception {
        return owner.owner().signAgreement().agreement();
    }

    /// Everything up to a published enclave.
    public Cast readyToApprove() throws Exception {
        joined().codePushed().dataPushed().signed();
        awaitEnclave();
        return this;
    }

    /// Kills the process of this computation's enclave, as a crash would.
    public void killEnclave() {
        Enclaves.running().forEach(ProcessHandle::destroyForcibly);
    }

    /// Waits until an enclave takes grants, as the server says.
    public Said.Computation awaitEnclave() throws Exception {
        return owner.await(said -> said.enclave().isPresent(), PATIENCE);
    }

    /// One person checks everything and approves.
    public GrantRecord approve(Email person) throws Exception {
        return approve(person, ApprovalDesk.Request.under(policy));
    }

    /// One person checks everything and approves as asked.
    public GrantRecord approve(Email person, ApprovalDesk.Request request) throws Exception {
        ApprovalDesk desk = seat(person).approval();
        return desk.grant(desk.prepare(request).orThrow());
    }

    /// Everyone approves.
    public Cast approved() throws Exception {
        for (Email person : people()) {
            approve(person);
        }
        return this;
    }

    /// The whole flow up to a run's end.
    public Cast played() throws Exception {
        return readyToApprove().approved();
    }

    /// One consumer waits for the newest run, accepts it and opens the result.
    public ResultDesk.Result result(Email person) throws Exception {
        ResultDesk desk = seat(person).results();
        ResultDesk.Run run = desk.await(PATIENCE);
        return desk.get(
                run.identity(),
                run.run(),
                new ResultDesk.Delivery(results(person), Optional.empty(), false, false),
                Progress.NONE);
    }

    /// Where a person's results are written.
    public Path results(Email person) {
        return homes.resolve(person.value() + "-results");
    }

    /// The bytes of one consumer's only result.
    public byte[] onlyResult(Email person) throws Exception {
        List<OpenedFile> files = result(person).files();
        if (files.size() != 1) {
            throw new AssertionError("one result was expected, not " + files);
        }
        return Files.readAllBytes(files.getFirst().path());
    }

    /// The site.
    public Site site() {
        return site;
    }

    @Override
    public void close() {
        try {
            secrets();
        } catch (Exception e) {
            throw new AssertionError("the key stores can't be read", e);
        }
        owner.close();
        seats.values().forEach(Seat::close);
    }
}
