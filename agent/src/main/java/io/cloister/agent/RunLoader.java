package io.cloister.agent;

import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.MemoryExceededException;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.bundle.BundleReader;
import io.cloister.crypto.grant.Grant;
import io.cloister.link.StreamResetException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.dsse.Signed;

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
    private final CodeStatement code;
    private final int codeFiles;
    private final RunPlan plan;
    private final Cell cell;

    /// @param codeFiles how many files the bundle has
    RunLoader(ControlPlane plane, CodeStatement code, int codeFiles, RunPlan plan, Cell cell) {
        this.plane = plane;
        this.code = code;
        this.codeFiles = codeFiles;
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
        int files = codeFiles;
        for (Signed<InputList> list : plan.inputs().values()) {
            files += list.document().files().size();
        }
        if (files > MOST_FILES) {
            throw tooMuch();
        }
    }

    private RunRefusedException tooMuch() {
        return new RunRefusedException(
                RefusalCode.INPUTS_MEMORY,
                code.signer(),
                "code and inputs are more than the agreed memory holds, or more than 10,000 files");
    }

    private void loadCode() throws RunRefusedException, IOException, SandboxException {
        Identity codeKey = key(code.signer());
        stream(
                code.bundle(),
                code.bundleBytes(),
                code.signer(),
                BlobKind.CODE,
                source -> bundle(source, codeKey));
    }

    private List<StreamedInputs.Input> announce() throws IOException, SandboxException {
        List<StreamedInputs.Input> announced = new ArrayList<>();
        int provider = 0;
        for (Signed<InputList> list : plan.inputs().values()) {
            Email signer = list.document().signer();
            Opening opening = Opening.with(key(signer));
            for (InputList.InputFile file : list.document().files()) {
                cell.addStream(new InputDescription(provider, file.name().value()));
                announced.add(new StreamedInputs.Input(signer, file, opening));
            }
            provider++;
        }
        return announced;
    }

    private List<StreamedInputs.Input> loadInputs()
            throws RunRefusedException, IOException, SandboxException {
        int provider = 0;
        for (Signed<InputList> list : plan.inputs().values()) {
            Email signer = list.document().signer();
            Opening opening = Opening.with(key(signer));
            for (InputList.InputFile file : list.document().files()) {
                var description = new InputDescription(provider, file.name().value());
                stream(
                        file.ciphertext(),
                        file.ciphertextBytes(),
                        signer,
                        BlobKind.INPUT,
                        source -> {
                            try (OutputStream into = cell.addInput(description)) {
                                opening.open(source, into, Sealing.allCores());
                            }
                        });
            }
            provider++;
        }
        return List.of();
    }

    private Identity key(Email signer) {
        Signed<Grant> grant = plan.grants().get(signer);
        if (grant == null) {
            throw new IllegalStateException("a plan has everyone's grant");
        }
        return grant.document().decryptionKey().orElseThrow();
    }

    private void bundle(CheckedSource source, Identity key)
            throws IOException, MalformedException, SandboxException {
        Opening opening = Opening.with(key);
        List<AgeException> unopened = new ArrayList<>();
        var reader = new BundleReader(source);
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            BundleReader.Entry file = entry.get();
            if (file.path().isWheel()) {
                // The cell has installed it.
                continue;
            }
            try (OutputStream into =
                    cell.addFile(file.path().clearPath(), !file.path().isClear())) {
                if (file.path().isClear()) {
                    file.content().transferTo(into);
                } else {
                    opening.open(file.content(), into, 1);
                }
            } catch (AgeException e) {
                unopened.add(e);
            }
        }
        if (!unopened.isEmpty()) {
            throw unopened.getFirst();
        }
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
        } catch (AgeException | MalformedException _) {
            return false;
        }
    }
}
