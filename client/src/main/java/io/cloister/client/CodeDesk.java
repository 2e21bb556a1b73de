package io.cloister.client;

import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFolder;
import io.cloister.client.server.Progress;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleReader;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.crypto.bundle.BundleWriter;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a Code Provider does, and the reading of code by everyone.
public final class CodeDesk {
    private final Seat seat;

    CodeDesk(Seat seat) {
        this.seat = seat;
    }

    /// Bundles, encrypts, uploads and states a project. What `run.py`, `requirements.txt`, its lock
    /// and the wheels say stays readable for everyone of the computation; everything else can be
    /// opened with this person's key only.
    ///
    /// @param report of the check; it must be without errors
    /// @return digest of the code statement
    public Sha256 push(CodeCheck.Report report, Progress progress)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Signed<Proposal> proposal = seat.proposal();
        seat.requireRole(proposal.document(), Role.CODE_PROVIDER);
        if (report.hasErrors()) {
            throw new ClientException(
                    ClientException.Kind.USAGE,
                    "the project has errors that would make it fail",
                    "see them with: cloister code check " + report.folder().folder());
        }
        Recipient recipient = seat.keys().sealing().recipient();
        try (StagingFile bundle =
                StagingFile.of(
                        seat.cloister().vault(), out -> bundle(report.folder(), recipient, out))) {
            Envelope statement = statement(proposal, bundle);
            seat.server()
                    .putBlob(
                            seat.place().computation(),
                            bundle.digest(),
                            bundle.file(),
                            "upload code",
                            progress);
            register(statement);
            return statement.digest();
        }
    }

    private void bundle(CodeFolder folder, Recipient recipient, OutputStream out)
            throws IOException, ClientException {
        var buffered = new BufferedOutputStream(out, 1 << 16);
        var writer = new BundleWriter(buffered);
        try {
            for (CodeFolder.Entry entry : folder.files()) {
                add(writer, entry, recipient);
            }
            writer.finish();
        } catch (MalformedException e) {
            throw new ClientException(
                    ClientException.Kind.USAGE, "the project can't be bundled: " + e.getMessage());
        }
        buffered.flush();
    }

    private void add(BundleWriter writer, CodeFolder.Entry entry, Recipient recipient)
            throws IOException, MalformedException, ClientException {
        if (entry.isClear()) {
            try (InputStream in = Files.newInputStream(entry.file(), LinkOption.NOFOLLOW_LINKS)) {
                writer.add(entry.path(), Files.size(entry.file()), in);
            }
            return;
        }
        try (StagingFile.Sealed sealed =
                        StagingFile.sealed(
                                seat.cloister().vault(),
                                recipient,
                                entry.file(),
                                entry.relative(),
                                Progress.NONE);
                InputStream in = Files.newInputStream(sealed.file().file())) {
            writer.add(entry.path(), sealed.file().bytes(), in);
        }
    }

    private Envelope statement(Signed<Proposal> proposal, StagingFile bundle)
            throws ClientException {
        BundleSummary summary = summary(bundle);
        var statement =
                new CodeStatement(
                        seat.place().computation(),
                        proposal.digest(),
                        seat.email(),
                        summary.digest(),
                        summary.bytes(),
                        Sha256.of(summary.run()),
                        summary.requirements().map(Sha256::of),
                        summary.lock().map(Sha256::of),
                        seat.now());
        return EnvelopeSigner.sign(seat.keys().signing(), CodeStatement.TYPE, statement);
    }

    private static BundleSummary summary(StagingFile bundle) throws ClientException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(bundle.file()))) {
            return BundleSummary.read(in);
        } catch (IOException | MalformedException e) {
            throw ClientException.local("can't read back the bundle", e);
        }
    }

    /// Recorded before it is sent: only code this client remembers passes its approval later.
    private void register(Envelope statement)
            throws ClientException, ServerException, InterruptedException {
        Optional<Sha256> before = seat.membership().history().code();
        remember(Optional.of(statement.digest()));
        try {
            seat.server().putCode(seat.place().computation(), statement);
        } catch (ServerProblemException e) {
            remember(before);
            throw e;
        }
    }

    private void remember(Optional<Sha256> statement) throws ClientException {
        seat.change(membership -> membership.with(membership.history().withCode(statement)));
    }

    /// Takes the code back, with whatever was agreed on it.
    public void reset() throws ClientException, ServerException, InterruptedException {
        seat.server().resetCode(seat.place().computation());
        remember(Optional.empty());
    }

    /// The Code Provider's statement, checked against their card in an agreement, or nothing
    /// checked at all but form where there is none yet.
    ///
    /// @param folder is created and must not exist
    /// @return relative paths that were written; encrypted files are opened if they are this
    ///   person's own, and left out if not
    public List<String> pull(Path folder)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Optional<Identity> key = ownCode();
        Optional<VerifiedAgreement> agreement = agreed();
        try (InputStream in = seat.server().bundle(seat.place().computation());
                StagingFile bundle = StagingFile.of(seat.cloister().vault(), in::transferTo)) {
            // What is checked and what is written are the same bytes: they are fetched once.
            if (agreement.isPresent()) {
                requireAgreed(bundle, agreement.get());
            }
            Files.createDirectory(folder);
            try (InputStream staged =
                    new BufferedInputStream(Files.newInputStream(bundle.file()))) {
                return write(new BundleReader(staged), folder, key);
            }
        } catch (MalformedException e) {
            throw Seat.refused(
                    Finding.Kind.MALFORMED, "code-bundle-form", String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw ClientException.local("can't fetch the code into " + folder, e);
        }
    }

    /// The agreement to hold the code against. That there is none yet is the server's word, and not
    /// taken from it once this client has seen one.
    private Optional<VerifiedAgreement> agreed()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        if (seat.said().agreement().isPresent()) {
            return Optional.of(seat.approval().agreement());
        }
        if (!seat.grants().isEmpty()) {
            throw Seat.refused(
                    Finding.Kind.COULD_NOT_CHECK,
                    "agreement-hidden",
                    "this client granted under an agreement, and the server shows none");
        }
        return Optional.empty();
    }

    private static void requireAgreed(StagingFile bundle, VerifiedAgreement agreement)
            throws IOException, MalformedException, RefusedException {
        var findings = new Findings();
        try (InputStream staged = new BufferedInputStream(Files.newInputStream(bundle.file()))) {
            ApprovalDesk.requireAgreed(BundleSummary.read(staged), agreement, findings);
        }
        findings.verdict(agreement).orThrow();
    }

    private Optional<Identity> ownCode()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        boolean own = seat.proposal().document().roster().has(seat.email(), Role.CODE_PROVIDER);
        return own ? Optional.of(seat.keys().sealing()) : Optional.empty();
    }

    private static List<String> write(BundleReader bundle, Path folder, Optional<Identity> key)
            throws IOException, MalformedException {
        List<String> written = new ArrayList<>();
        for (var entry = bundle.next(); entry.isPresent(); entry = bundle.next()) {
            BundlePath path = entry.get().path();
            if (!path.isClear() && key.isEmpty()) {
                continue;
            }
            Path target = folder.resolve(path.clearPath());
            Files.createDirectories(target.getParent());
            try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
                if (path.isClear()) {
                    entry.get().content().transferTo(out);
                } else {
                    Opening.with(key.orElseThrow()).open(entry.get().content(), out, 1);
                }
            }
            written.add(path.clearPath());
        }
        return written;
    }
}
