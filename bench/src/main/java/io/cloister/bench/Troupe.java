package io.cloister.bench;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.Cloister;
import io.cloister.client.DataDesk;
import io.cloister.client.Draft;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.launcher.runtime.BuiltRuntime;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.server.Accounts;

import java.io.IOException;
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

/// One Owner, and for each computation one person who is everything else, at one server: as few
/// checks and messages as a computation can have, each of them real.
final class Troupe {
    /// Longer than anything here takes.
    static final Duration PATIENCE = Duration.ofMinutes(30);

    private static final Email OWNER = new Email("owner@example.org");

    /// So many that none of them follows more computations at once than a server lets them.
    private static final int PEOPLE = 8;

    private final ServerProcess server;
    private final Path root;
    private final Path folder;
    private final String ownerToken;
    private final String token;
    private final Cloister owner;
    private final List<Cloister> people;
    private final Map<String, BuiltRuntime> runtimes;
    private final Piece small;

    private Troupe(
            ServerProcess server,
            Path root,
            Path folder,
            String ownerToken,
            String token,
            Cloister owner,
            List<Cloister> people,
            Map<String, BuiltRuntime> runtimes,
            Piece small) {
        this.server = server;
        this.root = root;
        this.folder = folder;
        this.ownerToken = ownerToken;
        this.token = token;
        this.owner = owner;
        this.people = List.copyOf(people);
        this.runtimes = runtimes;
        this.small = small;
    }

    /// What is played.
    ///
    /// @param runtime name of the packages, one that the server has
    /// @param code folder of the Code Provider
    /// @param inputs files of the Data Provider
    /// @param reading what the last to approve does before handing over the last grant
    record Piece(String runtime, Path code, List<Path> inputs, Terms terms, Reading reading) {
        Piece {
            inputs = List.copyOf(inputs);
        }
    }

    /// What happens while the last to approve looks at what is to be approved.
    @FunctionalInterface
    interface Reading {
        /// Approved at once.
        Reading NONE = () -> {};

        void read() throws IOException, InterruptedException;
    }

    /// Gets everybody ready.
    ///
    /// @param root the repository
    /// @param folder for key stores, code and data
    static Troupe at(ServerProcess server, Path root, Path folder) throws Exception {
        Map<String, BuiltRuntime> runtimes = new LinkedHashMap<>();
        for (String name : server.runtimes()) {
            runtimes.put(name, runtime(root, name));
        }
        Path code = Files.createDirectories(folder.resolve("code"));
        Files.writeString(
                code.resolve("run.py"),
                """
                from cosmian_lib_sgx import Enclave


                def main() -> int:
                    with Enclave() as enclave:
                        import secret
                        enclave.write(secret.joined(enclave.read()))
                    return 0


                if __name__ == "__main__":
                    main()
                """);
        Files.writeString(
                code.resolve("secret.py"),
                """
                def joined(datas):
                    return b"".join(data.read() for data in datas)
                """);
        Path input = Files.writeString(folder.resolve("input.txt"), "small input\n");
        Cloister owner = client(folder.resolve("owner"));
        var people = new ArrayList<Cloister>();
        for (int i = 0; i < PEOPLE; i++) {
            people.add(client(folder.resolve("person-" + i)));
        }
        var quota = new Accounts.Quota(64L << 30, 10_000);
        String ownerToken = server.account(OWNER, quota);
        owner.login(server.endpoint(), ownerToken);
        return new Troupe(
                server,
                root,
                folder,
                ownerToken,
                server.account(email(0), quota),
                owner,
                people,
                runtimes,
                new Piece(
                        server.runtimes().getFirst(),
                        code,
                        List.of(input),
                        defaultTerms(),
                        Reading.NONE));
    }

    private static BuiltRuntime runtime(Path root, String name) throws Exception {
        return new RuntimeStore(
                        RuntimeStore.defaultCache(System.getenv()), System.getenv(), _ -> {})
                .prepare(
                        name,
                        root.resolve("runtimes").resolve(name).resolve("requirements.lock"),
                        new PythonFinder(System.getenv()).find());
    }

    private static Cloister client(Path home) throws Exception {
        return Cloister.open(home, PassphraseSource.none(), Clock.systemUTC(), new SecureRandom());
    }

    private static Email email(int number) {
        return new Email("person-" + number % PEOPLE + "@example.org");
    }

    private static Terms defaultTerms() {
        return Terms.defaults(Clock.systemUTC().instant());
    }

    /// An access token of the first person.
    String token() {
        return token;
    }

    /// The Owner's access token.
    String ownerToken() {
        return ownerToken;
    }

    /// The runtime `name`, built.
    BuiltRuntime runtime(String name) {
        return Objects.requireNonNull(runtimes.get(name), name);
    }

    /// A computation with the first person, proposed and nothing more.
    Seat propose(String title) throws Exception {
        return propose(title, 0, small);
    }

    private Seat propose(String title, int number, Piece piece) throws Exception {
        Email person = email(number);
        return owner.create(
                server.endpoint().url(),
                new Draft(
                        title,
                        new Roster(person, List.of(person), List.of(person)),
                        runtime(piece.runtime()).ref(),
                        List.of(),
                        piece.terms()));
    }

    /// Lets the first person into `seat`'s computation.
    Seat join(Seat seat) throws Exception {
        return join(seat, 0);
    }

    private Seat join(Seat seat, int number) throws Exception {
        return people.get(number % PEOPLE)
                .join(Invitation.parse(seat.owner().invitation(email(number)).invitation().text()));
    }

    /// A whole computation of a small input without packages, with the `number`-th person.
    Took play(int number) throws Exception {
        return play(number, small);
    }

    /// A whole computation, with the `number`-th person.
    Took play(int number, Piece piece) throws Exception {
        try (Seat proposed = propose("computation " + number, number, piece);
                Seat joined = join(proposed, number)) {
            joined.code().push(CodeCheck.check(piece.code()), Progress.NONE);
            long pushing = System.nanoTime();
            joined.data().push(uploads(piece), Progress.NONE);
            double push = secondsSince(pushing);
            proposed.owner().signAgreement();
            long signed = System.nanoTime();
            joined.await(said -> said.enclave().isPresent(), PATIENCE);
            double toIdentity = secondsSince(signed);
            ApprovalDesk desk = joined.approval();
            long approving = System.nanoTime();
            var approvable = desk.prepare(ApprovalDesk.Request.under(policy(piece))).orThrow();
            double approve = secondsSince(approving);
            piece.reading().read();
            long granting = System.nanoTime();
            desk.grant(approvable);
            joined.await(_ -> !joined.runs().isEmpty(), PATIENCE);
            double toStart = secondsSince(granting);
            joined.await(_ -> succeeded(joined), PATIENCE);
            double toResult = secondsSince(granting);
            long fetching = System.nanoTime();
            byte[] result = result(joined);
            double fetch = secondsSince(fetching);
            return new Took(
                    push, toIdentity, approve, toStart, toResult, fetch, Bytes.copyOf(result));
        }
    }

    private static List<DataDesk.Upload> uploads(Piece piece) throws Exception {
        List<DataDesk.Upload> uploads = new ArrayList<>();
        for (Path input : piece.inputs()) {
            uploads.add(DataDesk.Upload.of(input));
        }
        return uploads;
    }

    private AppraisalPolicy policy(Piece piece) throws Exception {
        var image =
                new EnclaveImage(root.resolve("agent/target/app"), root.resolve("agent/python"));
        return SimulatedPolicy.anyRoot(
                List.of(
                        new ReferenceValue(
                                "own build",
                                image.measure(runtime(piece.runtime()).ref().digest()))),
                "benchmarks run their own installation");
    }

    /// Accepted, opened and read back.
    private byte[] result(Seat seat) throws Exception {
        ResultDesk desk = seat.results();
        ResultDesk.Run run = desk.await(PATIENCE);
        Path into = Files.createTempDirectory(folder, "result-");
        List<OpenedFile> files =
                desk.get(
                                run.identity(),
                                run.run(),
                                new ResultDesk.Delivery(into, Optional.empty(), false, false),
                                Progress.NONE)
                        .files();
        return Files.readAllBytes(files.getFirst().path());
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static boolean succeeded(Seat seat) throws ServerException, InterruptedException {
        List<Said.Run> runs = seat.runs();
        if (runs.stream().anyMatch(run -> run.state().equals("failed"))) {
            throw new IllegalStateException("a run failed: " + runs);
        }
        return runs.stream().anyMatch(run -> run.state().equals("succeeded"));
    }

    /// What a computation took, in seconds, as its participants see it.
    ///
    /// @param push encrypting and uploading the inputs
    /// @param toIdentity from the signed agreement to the enclave's published identity
    /// @param approve checking everything before the grant
    /// @param toStart from handing over the last grant to the start of user code
    /// @param toResult from handing over the last grant to the stored result
    /// @param fetch accepting, fetching and opening the result
    /// @param result of the code, opened
    record Took(
            double push,
            double toIdentity,
            double approve,
            double toStart,
            double toResult,
            double fetch,
            Bytes result) {}
}
