package io.cloister.cli;

import io.cloister.attestation.finding.Finding;
import io.cloister.client.Approvable;
import io.cloister.client.Changes;
import io.cloister.client.Sentences;
import io.cloister.client.StandingApproval;
import io.cloister.client.StoredInput;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFinding;
import io.cloister.protocol.Email;
import io.cloister.protocol.Shown;

import java.io.IOException;

/// What a person sees before they approve. Everything on it was verified here.
final class ApprovalScreen {
    private final Screen screen;

    ApprovalScreen(Screen screen) {
        this.screen = screen;
    }

    void show(Approvable approved, StandingApproval standing, Email person) throws IOException {
        EvidenceNote.show(screen, approved.attestation().kind().word());
        AgreementCommand.sentences(screen, approved.agreement());
        for (CodeFinding finding :
                CodeCheck.unsafeCalls("run.py", approved.code().run().toArray())) {
            screen.line("  ! run.py:" + finding.line() + ": " + finding.sentence());
        }
        for (CodeFinding finding : approved.wheels()) {
            screen.line("  ! " + finding.file() + " " + finding.sentence());
        }
        screen.line("You take part as " + Sentences.place(approved.agreement(), person) + ".");
        for (int i = 0; i < approved.inputs().size(); i++) {
            StoredInput input = approved.inputs().get(i);
            screen.line(
                    "  You give "
                            + (i + 1)
                            + ". "
                            + input.name()
                            + " ("
                            + Sentences.size(input.bytes())
                            + ")");
        }
        enclave(approved);
        earlier(approved, standing);
        AgreementCommand.identify(screen, approved.agreement());
    }

    private void enclave(Approvable approved) throws IOException {
        AgreementCommand.doubt(screen, approved.agreement());
        screen.line("Verified here: the enclave");
        screen.field("  identity", approved.identity().digest());
        screen.field("  kind", approved.attestation().kind());
        screen.field("  measurement", approved.attestation().claims().measurementText());
        screen.field("  isolation", approved.identity().isolation());
        screen.field("  swap", SwapNote.of(approved.identity().swap()));
        screen.field("  policy", approved.attestation().policy());
        if (!approved.origins().isEmpty()) {
            screen.line("  verified with Endorsements that were");
            Origins.show(screen, approved.origins());
        }
        for (Finding relaxed : approved.attestation().relaxations()) {
            screen.line("  ! your policy relaxes: " + relaxed.sentence());
        }
    }

    /// What is asked before granting.
    static String question(StandingApproval standing) {
        return standing.left() == 1
                ? "Approve this? A grant can't be recalled."
                : "Approve this for "
                        + standing.left()
                        + " enclaves, "
                        + standing.possibleRuns()
                        + " run(s) in all? A grant can't be recalled.";
    }

    private void earlier(Approvable approved, StandingApproval standing) {
        if (standing.left() > 1) {
            screen.line(
                    "! You approve for "
                            + standing.left()
                            + " enclaves, one after the other, "
                            + approved.runs()
                            + " run(s) in each: "
                            + standing.possibleRuns()
                            + " run(s) could then happen in all.");
        }
        if (approved.earlier().isEmpty()) {
            return;
        }
        screen.line(
                "! You granted before in this computation, and that can't be taken back: "
                        + standing.possibleRuns()
                        + " run(s) could then happen in all.");
        approved.changes().ifPresent(this::changes);
    }

    private void changes(Changes changes) {
        if (changes.isEmpty()) {
            screen.line("  Nothing changed since your last grant but the enclave.");
            return;
        }
        screen.line("  Changed since your last grant:");
        changes.participants().forEach(line -> screen.line("    " + Shown.escaped(line, 400)));
        changes.terms().forEach(line -> screen.line("    terms: " + Shown.escaped(line, 400)));
        changes.other().forEach(line -> screen.line("    " + Shown.escaped(line, 400)));
        changes.run().forEach(line -> screen.line("    run.py " + Shown.escaped(line, 200)));
    }
}
