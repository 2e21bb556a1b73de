package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.OwnerDesk;
import io.cloister.client.RefusedException;
import io.cloister.client.Seat;
import io.cloister.client.Sentences;
import io.cloister.client.SignedAgreement;
import io.cloister.client.server.ServerException;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/// `agreement`.
@CommandLine.Command(
        name = "agreement",
        description = "The agreement that everyone approves.",
        subcommands = {
            AgreementCommand.Sign.class,
            AgreementCommand.Show.class,
            AgreementCommand.Phrase.class
        })
final class AgreementCommand extends Group {
    /// The member of `--json` with what there is to doubt of the runtime's name, if anything.
    static final String RUNTIME_DOUBT = "runtimeDoubt";

    /// `agreement sign`.
    @CommandLine.Command(
            name = "sign",
            description =
                    "Owner: check every card and the code, put the agreement together and sign it.")
    static final class Sign extends SeatCommand {
        @Option(
                names = "--allow-two-versions",
                description =
                        "Sign even if you signed another agreement of this computation before: the"
                                + " operator can then show some people one and others the other.")
        private boolean allowTwoVersions;

        Sign(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        IOException,
                        InterruptedException {
            OwnerDesk desk = seat.owner();
            signed(
                    screen(),
                    allowTwoVersions
                            ? desk.signAgreementAllowingTwoVersions()
                            : desk.signAgreement());
            return Exit.OK;
        }
    }

    static void signed(Screen screen, SignedAgreement signed) throws IOException {
        screen.line(
                switch (signed.how()) {
                    case NOW -> "Signed; every card was made with its own invitation.";
                    case SENT_AGAIN ->
                            "Signed before, of the same cards and code; nothing was signed now, and"
                                    + " the same was sent again.";
                    case BEFORE -> "Signed before, and the server has it; nothing was signed now.";
                });
        Optional<String> doubt = doubt(screen, signed.agreement());
        identify(screen, signed.agreement());
        var members = Json.object();
        json(signed.agreement()).members().forEach(members::put);
        screen.json(
                members.put("signed", signed.how().word())
                        .putIfPresent(RUNTIME_DOUBT, doubt)
                        .build());
    }

    /// That the runtime's name is somebody's word only, where it is.
    static Optional<String> doubt(Screen screen, VerifiedAgreement agreement) throws IOException {
        Optional<String> doubt = KnownRuntimes.here().doubt(agreement.proposal().runtime());
        doubt.ifPresent(sentence -> screen.line("! " + sentence));
        return doubt;
    }

    /// `agreement show`.
    @CommandLine.Command(
            name = "show",
            description = "Show the agreement in plain sentences, unusual terms first.")
    static final class Show extends SeatCommand {
        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "Keep it here as signed; must not exist.")
        private String output = "";

        Show(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException,
                        ServerException,
                        RefusedException,
                        IOException,
                        InterruptedException {
            VerifiedAgreement agreement = seat.approval().agreement();
            if (!output.isEmpty()) {
                Files.write(
                        world().path(output),
                        agreement.envelope().toJson().canonical(),
                        StandardOpenOption.CREATE_NEW);
            }
            sentences(screen(), agreement);
            identify(screen(), agreement);
            screen().json(json(agreement));
            return Exit.OK;
        }
    }

    /// `agreement phrase`.
    @CommandLine.Command(
            name = "phrase",
            description =
                    "Print the twelve words to compare by voice: if everyone has the same, nobody"
                            + " was shown another agreement.")
    static final class Phrase extends SeatCommand {
        Phrase(World world) {
            super(world);
        }

        @Override
        Exit run(Seat seat)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            VerifiedAgreement agreement = seat.approval().agreement();
            screen().line(String.join(" ", agreement.phrase()));
            screen().json(
                            Json.object()
                                    .put("phrase", String.join(" ", agreement.phrase()))
                                    .put("agreement", agreement.digest().toString())
                                    .build());
            return Exit.OK;
        }
    }

    static void sentences(Screen screen, VerifiedAgreement agreement) {
        screen.line("Verified here: the agreement \"" + Sentences.title(agreement) + "\"");
        for (String deviation : Sentences.deviations(agreement)) {
            screen.line("  ! " + deviation);
        }
        for (String sentence : Sentences.of(agreement)) {
            screen.line("  - " + sentence);
        }
    }

    static void identify(Screen screen, VerifiedAgreement agreement) {
        screen.field("agreement", agreement.digest());
        screen.field("phrase", String.join(" ", agreement.phrase()));
    }

    static Json.Obj json(VerifiedAgreement agreement) {
        List<Json> deviations = Sentences.deviations(agreement).stream().map(Json::of).toList();
        return Json.object()
                .put("agreement", agreement.digest().toString())
                .put("phrase", String.join(" ", agreement.phrase()))
                .put("title", agreement.proposal().title())
                .put("ownerKey", agreement.ownerKey().toString())
                .put("deviations", deviations)
                .put("sentences", Sentences.of(agreement).stream().map(Json::of).toList())
                .put("terms", agreement.terms().toJson())
                .build();
    }
}
