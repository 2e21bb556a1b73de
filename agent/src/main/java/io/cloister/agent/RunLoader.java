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
import io.cloister.protocol.dsse.Signed;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// Fills a cell with what a run needs. Each ciphertext is streamed once: it is opened and digested
/// in the same pass, into memory the cell holds, and only when all digests are right may user code
/// start.
final class RunLoader {
    /// Most files and inputs in one cell.
    private static final int MOST_FILES = 10_000;

    private static final String NOT_FOUND = "not-found";

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

    /// Which refusal each way to fail becomes.
    private record Codes(RefusalCode missing, RefusalCode digest, RefusalCode open, String what) {
        static final Codes CODE =
                new Codes(
                        RefusalCode.CODE_MISSING,
                        RefusalCode.CODE_DIGEST,
                        RefusalCode.CODE_OPEN,
                        "the code bundle");
        static final Codes INPUT =
                new Codes(
                        RefusalCode.INPUTS_MISSING,
                        RefusalCode.INPUTS_DIGEST,
                        RefusalCode.INPUTS_OPEN,
                        "an input");
    }

    /// Consumes a ciphertext as it comes.
    @FunctionalInterface
    private interface Consumer {
        void accept(CheckedSource source) throws IOException, MalformedException, SandboxException;
    }

    /// Loads code and inputs.
    ///
    /// @throws RunRefusedException if something is not there, is not what was signed, or does not
    ///   open
    /// @throws IOException if the link or the cell fails
    void load() throws RunRefusedException, IOException, SandboxException {
        try {
            requireFewEnough();
            loadAll();
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

    private void loadAll() throws RunRefusedException, IOException, SandboxException {
        Identity codeKey = key(code.signer());
        stream(
                code.bundle(),
                code.bundleBytes(),
                code.signer(),
                Codes.CODE,
                source -> bundle(source, codeKey));
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
                        Codes.INPUT,
                        source -> {
                            try (OutputStream into = cell.addInput(description)) {
                                opening.open(source, into, Sealing.allCores());
                            }
                        });
            }
            provider++;
        }
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

    private void stream(Sha256 digest, long size, Email whose, Codes codes, Consumer consumer)
            throws RunRefusedException, IOException, SandboxException {
        try (var blob = plane.blob(digest).stream()) {
            var source = new CheckedSource(blob.input(), size, digest);
            boolean opened = opens(consumer, source);
            if (!source.endsAsPromised()) {
                throw new RunRefusedException(
                        codes.digest,
                        whose,
                        codes.what + " is not, byte for byte, what its provider signed");
            }
            if (!opened) {
                throw new RunRefusedException(
                        codes.open,
                        whose,
                        codes.what
                                + " is what its provider signed, but the granted key does not open"
                                + " it");
            }
        } catch (ControlPlaneRefusal e) {
            if (e.code().equals(NOT_FOUND)) {
                throw missing(whose, codes);
            }
            throw e;
        } catch (StreamResetException e) {
            throw missing(whose, codes);
        }
    }

    private static RunRefusedException missing(Email whose, Codes codes) {
        return new RunRefusedException(codes.missing, whose, codes.what + " is not served");
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
