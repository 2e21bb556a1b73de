package io.cloister.cli;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.client.Approvable;
import io.cloister.client.ApprovalDesk;
import io.cloister.client.ClientException;
import io.cloister.client.Cloister;
import io.cloister.client.DataDesk;
import io.cloister.client.Draft;
import io.cloister.client.GrantRecord;
import io.cloister.client.OpenedFile;
import io.cloister.client.OwnerDesk;
import io.cloister.client.ReceiptCheck;
import io.cloister.client.RefusedException;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.Sentences;
import io.cloister.client.VerifiedReceipt;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFolder;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.json.Json;
import io.cloister.server.Accounts;
import io.cloister.server.SetupException;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The demonstration: two hospitals, a coder, two readers and an owner, who share nothing but
/// invitations and a server. Each step says what that person does and sees.
final class Demo {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Email OWNER = new Email("owner@example.org");
    private static final Email CODER = new Email("coder@example.org");
    private static final Email CLINIC = new Email("clinic@example.org");
    private static final Email LABORATORY = new Email("laboratory@example.org");
    private static final Email INSTITUTE = new Email("institute@example.org");
    private static final Email SPONSOR = new Email("sponsor@example.org");

    private final Path example;
    private final Path folder;
    private final Path serverData;
    private final ServerUrl url;
    private final World world;
    private final Screen screen;
    private int step;

    /// @param root of the checkout
    /// @param folder for everyone's key stores and results
    /// @param serverData the server's folder
    Demo(Path root, Path folder, Path serverData, URI server, World world, Screen screen)
            throws MalformedException {
        this.example = root.resolve("examples/join");
        this.folder = folder;
        this.serverData = serverData;
        this.url = ServerUrl.parse(server.toString(), "server");
        this.world = world;
        this.screen = screen;
    }

    void play()
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    SetupException,
                    IOException,
                    CommandException,
                    InterruptedException {
        say(
                "Two hospitals want one table out of their patients' data. Neither shows its half"
                    + " to anyone, the coder keeps the method secret, and only the institute and"
                    + " the sponsor may see the table.");
        Map<Email, String> invitations = propose();
        Map<Email, Seat> seats = join(invitations);
        try {
            bringCode(of(CODER, seats));
            bringData(seats);
            VerifiedAgreement agreement = sign();
            approve(seats, agreement);
            Map<Email, ResultDesk.Result> results = results(seats);
            prove(results, agreement);
        } finally {
            seats.values().forEach(Seat::close);
        }
    }

    /// A person's own client: nothing in it is anyone else's.
    private Cloister client(Email person) throws ClientException {
        return Cloister.open(
                folder.resolve(person.value()),
                PassphraseSource.none(),
                world.clock(),
                world.random());
    }

    private static <T> T of(Email person, Map<Email, T> all) {
        return Objects.requireNonNull(all.get(person));
    }

    private void title(Email person, String what) {
        step++;
        screen.line("");
        screen.line(step + ". " + person + " " + what);
    }

    private void say(String text) {
        screen.line("   " + text);
    }

    private Map<Email, String> propose()
            throws ClientException, ServerException, SetupException, InterruptedException {
        title(OWNER, "proposes a computation.");
        String token;
        try (Accounts accounts = Accounts.open(serverData, world.random(), world.clock())) {
            accounts.add(OWNER, Accounts.Quota.DEFAULT);
            token = accounts.newToken(OWNER, Duration.ofDays(1));
        }
        Cloister owner = client(OWNER);
        owner.login(Endpoint.of(url), token);
        Said.OfferedRuntime runtime = owner.info(url).runtimes().getFirst();
        var draft =
                new Draft(
                        "Two hospitals join their halves of the same patients",
                        new Roster(CODER, List.of(CLINIC, LABORATORY), List.of(INSTITUTE, SPONSOR)),
                        new RuntimeRef(runtime.name(), runtime.digest()),
                        List.of(),
                        Terms.defaults(world.clock().instant()));
        Map<Email, String> invitations = new LinkedHashMap<>();
        try (Seat seat = owner.create(url, draft)) {
            say("Chose the id " + seat.place().computation() + " and signed the proposal.");
            for (OwnerDesk.Kept kept : seat.owner().invitations()) {
                invitations.put(kept.invitation().email(), kept.invitation().text());
            }
        }
        say(
                "Made "
                        + invitations.size()
                        + " invitations. They travel between people, never to the server:");
        say(of(CLINIC, invitations).substring(0, 60) + "...");
        return invitations;
    }

    private Map<Email, Seat> join(Map<Email, String> invitations)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    InterruptedException {
        Map<Email, Seat> seats = new LinkedHashMap<>();
        for (Map.Entry<Email, String> entry : invitations.entrySet()) {
            Email person = entry.getKey();
            title(person, "joins.");
            Invitation invitation = Invitation.parse(entry.getValue());
            Seat seat = client(person).join(invitation);
            seats.put(person, seat);
            say("Checked the proposal's signature against the owner's key in the invitation.");
            say(
                    "Made keys for this computation alone, and registered them as "
                            + seat.proposal().document().roster().roles(person).getFirst()
                            + ".");
        }
        return seats;
    }

    private void bringCode(Seat coder)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    IOException,
                    InterruptedException {
        title(CODER, "brings the code.");
        CodeCheck.Report report = CodeCheck.check(example.resolve("code"));
        for (CodeFolder.Entry entry : report.folder().files()) {
            say(
                    entry.relative()
                            + (entry.isClear()
                                    ? ": everyone can read it"
                                    : ": encrypted before it leaves"));
        }
        coder.code().push(report, Progress.NONE);
    }

    private void bringData(Map<Email, Seat> seats)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    IOException,
                    InterruptedException {
        Map<Email, String> files = new LinkedHashMap<>();
        files.put(CLINIC, "measurements.csv");
        files.put(LABORATORY, "pathology.csv");
        for (Map.Entry<Email, String> entry : files.entrySet()) {
            title(entry.getKey(), "brings data.");
            Path file = example.resolve("data").resolve(entry.getValue());
            say(
                    entry.getValue()
                            + ", "
                            + Sentences.size(Files.size(file))
                            + ", as only its owner sees it: "
                            + Files.readAllLines(file).get(1));
            of(entry.getKey(), seats).data().push(List.of(DataDesk.Upload.of(file)), Progress.NONE);
            say("Encrypted and uploaded. The server knows a digest and a size, not even the name.");
        }
    }

    private VerifiedAgreement sign()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        title(OWNER, "checks everyone's card and signs the agreement.");
        Cloister owner = client(OWNER);
        try (Seat seat = owner.seat(owner.places().getFirst())) {
            VerifiedAgreement agreement = seat.owner().signAgreement().agreement();
            say("Each card was made with the very invitation its owner got.");
            say("To compare by voice: " + String.join(" ", agreement.phrase()));
            return agreement;
        }
    }

    private void approve(Map<Email, Seat> seats, VerifiedAgreement signed)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    IOException,
                    InterruptedException {
        AppraisalPolicy policy = new Policies(folder, world).simulated();
        boolean first = true;
        for (Map.Entry<Email, Seat> entry : seats.entrySet()) {
            title(entry.getKey(), "verifies agreement and enclave, and approves.");
            Seat seat = entry.getValue();
            seat.await(said -> said.enclave().isPresent(), PATIENCE);
            Approvable approved =
                    seat.approval().prepare(ApprovalDesk.Request.under(policy)).orThrow();
            if (first) {
                explain(approved);
                first = false;
            }
            say(
                    "Same phrase: "
                            + approved.agreement().phrase().equals(signed.phrase())
                            + ". Enclave: measured as this client's own build.");
            EvidenceNote.show(screen, approved.attestation().kind().word());
            GrantRecord grant = seat.approval().grant(approved);
            say(
                    "Sealed a grant for "
                            + grant.runs()
                            + " run to the key in the enclave's Evidence.");
        }
    }

    private void explain(Approvable approved) {
        for (String sentence : Sentences.deviations(approved.agreement())) {
            say("! " + sentence);
        }
        for (String sentence : Sentences.of(approved.agreement())) {
            say("- " + sentence);
        }
    }

    private Map<Email, ResultDesk.Result> results(Map<Email, Seat> seats)
            throws ClientException,
                    ServerException,
                    RefusedException,
                    IOException,
                    InterruptedException {
        Map<Email, ResultDesk.Result> results = new LinkedHashMap<>();
        for (Email consumer : List.of(INSTITUTE, SPONSOR)) {
            title(consumer, "gets the result.");
            ResultDesk desk = of(consumer, seats).results();
            ResultDesk.Run run = desk.await(PATIENCE);
            var delivery =
                    new ResultDesk.Delivery(
                            folder.resolve(consumer + "-result"),
                            Optional.of("table.csv"),
                            false,
                            false);
            EvidenceNote.show(screen, EvidenceNote.ofMeasurement(run.measurement()));
            ResultDesk.Result result = desk.get(run.identity(), run.run(), delivery, Progress.NONE);
            say(
                    "The receipt is by the enclave this client granted to; opened with this"
                            + " client's key:");
            for (OpenedFile file : result.files()) {
                Files.readAllLines(file.path()).stream().limit(6).forEach(line -> say("  " + line));
            }
            results.put(consumer, result);
        }
        return results;
    }

    private void prove(Map<Email, ResultDesk.Result> results, VerifiedAgreement agreement)
            throws RefusedException, IOException, CommandException {
        title(SPONSOR, "keeps the receipt, and verifies it offline.");
        ResultDesk.Result result = of(SPONSOR, results);
        VerifiedReceipt receipt =
                ReceiptCheck.verifyAgainst(
                                result.receipt().envelope(),
                                new Policies(folder, world).simulated(),
                                Optional.empty(),
                                agreement)
                        .orThrow();
        say(
                "Verified: run "
                        + receipt.receipt().run()
                        + ", "
                        + receipt.receipt().report().outcome()
                        + ", "
                        + receipt.receipt().inputs().size()
                        + " inputs, "
                        + receipt.receipt().grants().size()
                        + " grants, as agreed, signed by the enclave, receipt "
                        + receipt.digest()
                        + ".");
        EvidenceNote.show(screen, receipt.attestation().kind().word());
        screen.line("");
        screen.line("Meanwhile the operator, who has all of the server's files:");
        List<String> secrets =
                List.of("P0013,17.99", "P0013,malignant", "SMALLEST_GROUP", "measurements.csv");
        int found = found(secrets);
        say("Searched them for patients, the method and file names: " + found + " found.");
        if (found > 0) {
            throw new CommandException(
                    Exit.BUG, "the server's folder has something in clear that it must not have");
        }
        screen.json(
                Json.object()
                        .put("receipt", receipt.digest().toString())
                        .put(EvidenceNote.MEMBER, receipt.attestation().kind().word())
                        .put("outcome", receipt.receipt().report().outcome().word())
                        .put("results", digests(results))
                        .put("clearTextsFoundAtServer", found)
                        .build());
    }

    private static List<Json> digests(Map<Email, ResultDesk.Result> results) throws IOException {
        List<Json> digests = new ArrayList<>();
        for (Map.Entry<Email, ResultDesk.Result> entry : results.entrySet()) {
            for (OpenedFile file : entry.getValue().files()) {
                digests.add(
                        Json.object()
                                .put("consumer", entry.getKey().value())
                                .put(
                                        "digest",
                                        Sha256.of(Files.readAllBytes(file.path())).toString())
                                .build());
            }
        }
        return digests;
    }

    private int found(List<String> secrets) throws IOException {
        int found = 0;
        try (var files = Files.walk(serverData)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                for (String secret : secrets) {
                    found += content.contains(secret) ? 1 : 0;
                }
            }
        }
        return found;
    }
}
