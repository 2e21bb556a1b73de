package io.cloister.bench;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.Cloister;
import io.cloister.client.DataDesk;
import io.cloister.client.Draft;
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
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.server.Accounts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One Owner, and for each computation one person who is everything else, at one server: as few
/// checks and messages as a computation can have, each of them real.
final class Troupe {
    /// Longer than anything here takes.
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Email OWNER = new Email("owner@example.org");

    /// So many that none of them follows more computations at once than a server lets them.
    private static final int PEOPLE = 8;

    private final ServerProcess server;
    private final String ownerToken;
    private final String token;
    private final Cloister owner;
    private final List<Cloister> people;
    private final BuiltRuntime runtime;
    private final AppraisalPolicy policy;
    private final Path code;
    private final Path input;

    private Troupe(
            ServerProcess server,
            String ownerToken,
            String token,
            Cloister owner,
            List<Cloister> people,
            BuiltRuntime runtime,
            AppraisalPolicy policy,
            Path code,
            Path input) {
        this.server = server;
        this.ownerToken = ownerToken;
        this.token = token;
        this.owner = owner;
        this.people = List.copyOf(people);
        this.runtime = runtime;
        this.policy = policy;
        this.code = code;
        this.input = input;
    }

    /// Gets everybody ready.
    ///
    /// @param root the repository
    /// @param folder for key stores, code and data
    static Troupe at(ServerProcess server, Path root, Path folder) throws Exception {
        BuiltRuntime runtime =
                new RuntimeStore(
                                RuntimeStore.defaultCache(System.getenv()),
                                System.getenv(),
                                _ -> {})
                        .prepare(
                                "bare",
                                root.resolve("runtimes/bare/requirements.lock"),
                                new PythonFinder(System.getenv()).find());
        var image =
                new EnclaveImage(root.resolve("agent/target/app"), root.resolve("agent/python"));
        AppraisalPolicy policy =
                SimulatedPolicy.anyRoot(
                        List.of(
                                new ReferenceValue(
                                        "own build", image.measure(runtime.ref().digest()))),
                        "benchmarks run their own installation");
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
                ownerToken,
                server.account(email(0), quota),
                owner,
                people,
                runtime,
                policy,
                code,
                input);
    }

    private static Cloister client(Path home) throws Exception {
        return Cloister.open(home, PassphraseSource.none(), Clock.systemUTC(), new SecureRandom());
    }

    private static Email email(int number) {
        return new Email("person-" + number % PEOPLE + "@example.org");
    }

    /// An access token of the first person.
    String token() {
        return token;
    }

    /// The Owner's access token.
    String ownerToken() {
        return ownerToken;
    }

    /// A computation with the first person, proposed and nothing more.
    Seat propose(String title) throws Exception {
        return propose(title, 0);
    }

    private Seat propose(String title, int number) throws Exception {
        Email person = email(number);
        return owner.create(
                server.endpoint().url(),
                new Draft(
                        title,
                        new Roster(person, List.of(person), List.of(person)),
                        runtime.ref(),
                        List.of(),
                        Terms.defaults(Clock.systemUTC().instant())));
    }

    /// Lets the first person into `seat`'s computation.
    Seat join(Seat seat) throws Exception {
        return join(seat, 0);
    }

    private Seat join(Seat seat, int number) throws Exception {
        return people.get(number % PEOPLE)
                .join(Invitation.parse(seat.owner().invitation(email(number)).invitation().text()));
    }

    /// A whole computation, with the `number`-th person.
    Took play(int number) throws Exception {
        try (Seat proposed = propose("computation " + number, number);
                Seat joined = join(proposed, number)) {
            joined.code().push(CodeCheck.check(code), Progress.NONE);
            joined.data().push(List.of(DataDesk.Upload.of(input)), Progress.NONE);
            proposed.owner().signAgreement();
            long signed = System.nanoTime();
            joined.await(said -> said.enclave().isPresent(), PATIENCE);
            long published = System.nanoTime();
            ApprovalDesk desk = joined.approval();
            var approvable = desk.prepare(ApprovalDesk.Request.under(policy)).orThrow();
            long granting = System.nanoTime();
            desk.grant(approvable);
            joined.await(_ -> succeeded(joined), PATIENCE);
            long stored = System.nanoTime();
            return new Took((published - signed) / 1e9, (stored - granting) / 1e9);
        }
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
    /// @param toIdentity from the signed agreement to the enclave's published identity
    /// @param toResult from handing over the last grant to the stored result
    record Took(double toIdentity, double toResult) {}
}
