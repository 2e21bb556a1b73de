package io.cloister.agent;

import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.MemoryExceededException;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.cosmian.RefusedException;
import io.cloister.link.StreamResetException;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.ServedAgreement;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// Fills a cell with what a run needs. Each ciphertext is streamed once: it is opened and digested
/// in the same pass, into memory the cell holds, and only when all digests are right may user code
/// start. Where the terms stream inputs, they follow when user code asks ([StreamedInputs]).
final class RunLoader {
    /// Most files and inputs in one cell.
    private static final int MOST_FILES = 10_000;

    private final ControlPlane plane;
    private final ServedAgreement agreement;
    private final CodeLoader code;
    private final RunPlan plan;
    private final Cell cell;

    /// @param code puts the agreement's code into a cell
    RunLoader(
            ControlPlane plane,
            ServedAgreement agreement,
            CodeLoader code,
            RunPlan plan,
            Cell cell) {
        this.plane = plane;
        this.agreement = agreement;
        this.code = code;
        this.plan = plan;
        this.cell = cell;
    }

    /// Consumes a ciphertext as it comes.
    @FunctionalInterface
    private interface Consumer {
        void accept(CheckedSource source) throws IOException, MalformedException, SandboxException;
    }

    /// Loads code and inputs; inputs that are streamed are only announced.
    ///
    /// @return the inputs that are streamed, in their order; none where the terms don't stream
    /// @throws RunRefusedException if something is not there, is not what was signed, or does not
    ///   open
    /// @throws IOException if the link or the cell fails
    List<StreamedInputs.Input> load() throws RunRefusedException, IOException, SandboxException {
        try {
            requireFewEnough();
            loadCode();
            return plan.terms().inputMode() == InputMode.STREAMING ? announce() : loadInputs();
        } catch (MemoryExceededException _) {
            throw tooMuch();
        }
    }

    private void requireFewEnough() throws RunRefusedException {
        if (code.files() + plan.inputs().size() > MOST_FILES) {
            throw tooMuch();
        }
    }

    private RunRefusedException tooMuch() {
        return new RunRefusedException(
                RefusalCode.INPUTS_MEMORY,
                agreement.roster().codeProvider(),
                "code and inputs are more than the agreed memory holds, or more than 10,000 files");
    }

    private void loadCode() throws RunRefusedException, IOException, SandboxException {
        stream(
                agreement.codeDigests().bundle(),
                agreement.codeDigests().bundleBytes(),
                agreement.roster().codeProvider(),
                BlobKind.CODE,
                source -> code.load(source, plan.code(), cell));
    }

    private List<StreamedInputs.Input> announce() throws IOException, SandboxException {
        List<StreamedInputs.Input> announced = new ArrayList<>();
        for (PlannedInput input : plan.inputs()) {
            switch (input.unsealing()) {
                case Unsealing.Age age -> {
                    cell.addStream(description(input));
                    announced.add(new StreamedInputs.Input(input, age.opening()));
                }
                case Unsealing.Secretbox _ ->
                        throw new CloisterBugException("no such agreement is served");
            }
        }
        return announced;
    }

    private List<StreamedInputs.Input> loadInputs()
            throws RunRefusedException, IOException, SandboxException {
        for (PlannedInput input : plan.inputs()) {
            stream(
                    input.ciphertext(),
                    input.ciphertextBytes(),
                    input.whose(),
                    BlobKind.INPUT,
                    source -> {
                        try (OutputStream into = cell.addInput(description(input))) {
                            input.unsealing().open(source, into, Sealing.allCores());
                        }
                    });
        }
        return List.of();
    }

    private static InputDescription description(PlannedInput input) {
        return new InputDescription(input.provider(), input.name().value());
    }

    private void stream(Sha256 digest, long size, Email whose, BlobKind kind, Consumer consumer)
            throws RunRefusedException, IOException, SandboxException {
        try (var blob = plane.blob(digest).stream()) {
            var source = new CheckedSource(blob.input(), size, digest);
            boolean opened = opens(consumer, source);
            if (!source.endsAsPromised()) {
                throw kind.changed(whose);
            }
            if (!opened) {
                throw kind.unopened(whose);
            }
        } catch (ControlPlaneRefusal e) {
            throw kind.missing(whose, e);
        } catch (StreamResetException _) {
            throw kind.missing(whose);
        }
    }

    private static boolean opens(Consumer consumer, CheckedSource source)
            throws IOException, SandboxException {
        try {
            consumer.accept(source);
            return true;
        } catch (AgeException | RefusedException | MalformedException _) {
            return false;
        }
    }
}
