package io.cloister.client;

import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.dsse.Envelope;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a Data Provider does. Files are encrypted with a key that only this client has until a
/// grant hands it to an enclave; their names travel only inside grants.
public final class DataDesk {
    private static final int NOT_FOUND = 404;

    private final Seat seat;

    DataDesk(Seat seat) {
        this.seat = seat;
    }

    /// A file to upload.
    ///
    /// @param file where it is
    /// @param name what user code will see
    public record Upload(Path file, FileName name) {
        /// Under the file's own name.
        ///
        /// @throws MalformedException if that is no acceptable name
        public static Upload of(Path file) throws MalformedException {
            Path name = file.getFileName();
            String text =
                    name == null ? "" : Normalizer.normalize(name.toString(), Normalizer.Form.NFC);
            return new Upload(file, FileName.parse(text, "file name"));
        }
    }

    /// Encrypts and uploads files; they follow those pushed before, in the order given. What the
    /// server has acknowledged is kept even if a later one fails. Pushing the same files again goes
    /// on from there: one that was pushed under that name, and that the server says it has, is left
    /// as it is.
    ///
    /// @return all inputs, in order
    /// @throws ClientException if another file was pushed under one of the names; nothing is
    ///   uploaded then
    public List<StoredInput> push(List<Upload> uploads, Progress progress)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        seat.requireRole(seat.proposal().document(), Role.DATA_PROVIDER);
        Recipient recipient = seat.keys().sealing().recipient();
        requireDistinct(uploads);
        for (Upload upload : uploads) {
            requireReadable(upload.file());
        }
        for (Upload upload : missing(uploads)) {
            push(upload, recipient, progress);
        }
        return list();
    }

    private static void requireDistinct(List<Upload> uploads) throws ClientException {
        Set<FileName> names = new HashSet<>();
        for (Upload upload : uploads) {
            if (!names.add(upload.name())) {
                throw new ClientException(
                        ClientException.Kind.USAGE,
                        "two inputs named " + upload.name(),
                        "give one another name with NAME=FILE");
            }
        }
    }

    /// Those the server has not got yet.
    private List<Upload> missing(List<Upload> uploads)
            throws ClientException, ServerException, InterruptedException {
        List<Upload> missing = new ArrayList<>();
        Set<Sha256> stored = new HashSet<>();
        for (Upload upload : uploads) {
            Optional<StoredInput> before = pushed(list(), upload.name());
            if (before.isEmpty()) {
                missing.add(upload);
                continue;
            }
            if (!before.get().clear().equals(Optional.of(digest(upload.file())))) {
                throw new ClientException(
                        ClientException.Kind.USAGE,
                        "another file was pushed as "
                                + upload.name()
                                + " before, and "
                                + upload.file()
                                + " differs from it",
                        "give it another name with NAME=FILE, or start over with: cloister data"
                                + " reset");
            }
            if (stored.isEmpty()) {
                stored().stream().map(Said.Blob::digest).forEach(stored::add);
            }
            if (!stored.contains(before.get().ciphertext())) {
                missing.add(upload);
            }
        }
        return missing;
    }

    private static Optional<StoredInput> pushed(List<StoredInput> inputs, FileName name) {
        return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
    }

    private static Sha256 digest(Path file) throws ClientException {
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw ClientException.local("can't read " + file, e);
        }
        return Sha256.finish(digest);
    }

    private static void requireReadable(Path file) throws ClientException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new ClientException(
                    ClientException.Kind.NOT_FOUND,
                    "no readable file " + Shown.bounded(file.toString()));
        }
    }

    private void push(Upload upload, Recipient recipient, Progress progress)
            throws ClientException, ServerException, InterruptedException {
        String what = upload.name().value();
        try (StagingFile.Sealed sealed =
                StagingFile.sealed(
                        seat.cloister().vault(),
                        recipient,
                        upload.file(),
                        "encrypt " + what,
                        progress)) {
            StagingFile file = sealed.file();
            seat.server()
                    .putBlob(
                            seat.place().computation(),
                            file.digest(),
                            file.file(),
                            "upload " + what,
                            progress);
            var input =
                    new StoredInput(
                            upload.name(),
                            file.digest(),
                            file.bytes(),
                            sealed.bytes(),
                            Optional.of(sealed.clear()));
            seat.change(membership -> {
                List<StoredInput> inputs = new ArrayList<>(membership.history().inputs());
                pushed(inputs, input.name())
                        .ifPresentOrElse(
                                before -> inputs.set(inputs.indexOf(before), input),
                                () -> inputs.add(input));
                return membership.with(membership.history().withInputs(inputs));
            });
        }
    }

    /// The inputs that the next grant or input list will name, in order.
    public List<StoredInput> list() throws ClientException {
        return seat.membership().history().inputs();
    }

    /// The ciphertexts the server says it has of this person's.
    public List<Said.Blob> stored() throws ServerException, InterruptedException {
        return seat.server().blobs(seat.place().computation());
    }

    /// Takes all inputs back: deletes them at the server and forgets them. Grants that were made
    /// stay as they are.
    public void reset() throws ClientException, ServerException, InterruptedException {
        for (StoredInput input : list()) {
            delete(input);
        }
        seat.change(membership -> membership.with(membership.history().withInputs(List.of())));
    }

    /// What the server does not have, because it was deleted before or the server lost it, is gone.
    private void delete(StoredInput input) throws ServerException, InterruptedException {
        try {
            seat.server().deleteBlob(seat.place().computation(), input.ciphertext());
        } catch (ServerProblemException e) {
            if (e.problem().status() != NOT_FOUND) {
                throw e;
            }
        }
    }

    /// Hands a further input list, of the inputs as they are now, to the enclave that this client
    /// granted to. Submitting the same inputs again sends the same bytes.
    ///
    /// @param run 2 or more; the list of run 1 travels with the grant
    /// @throws ClientException if there is no grant, or the run is beyond it, or further ahead than
    ///   the enclave keeps lists for, or this client made a list of other inputs for it before;
    ///   nothing is signed or sent then
    public SubmittedInputs submit(long run)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Membership membership = seat.membership();
        Sha256 enclave =
                seat.said()
                        .enclave()
                        .orElseThrow(() ->
                                new ClientException(
                                        ClientException.Kind.STATE,
                                        "no enclave waits for inputs now"));
        GrantRecord grant =
                membership
                        .history()
                        .grantTo(enclave)
                        .orElseThrow(() ->
                                new ClientException(
                                        ClientException.Kind.STATE,
                                        "this client has not granted anything to the enclave that"
                                                + " runs now",
                                        "approve it with: cloister approve"));
        if (run < 2 || run > grant.runs()) {
            throw new ClientException(
                    ClientException.Kind.USAGE,
                    "input lists are submitted for runs 2 to "
                            + grant.runs()
                            + " of this grant, not for "
                            + run);
        }
        requireNotTooEarly(enclave, run);
        SubmittedInputs list = record(grant, run);
        seat.server().putInputs(seat.place().computation(), enclave, run, list.sealed());
        seat.change(before -> before.with(before.history().with(list.acknowledged())));
        return list.acknowledged();
    }

    /// How many runs have started is what the server says. If it says too many, the enclave refuses
    /// the list; if too few, nothing was signed.
    private void requireNotTooEarly(Sha256 enclave, long run)
            throws ClientException, ServerException, InterruptedException {
        long started =
                seat.runs().stream()
                        .filter(one -> one.identity().equals(enclave))
                        .mapToLong(Said.Run::run)
                        .max()
                        .orElse(0);
        if (run - started > InputList.MOST_RUNS_AHEAD) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "the enclave keeps input lists for the next "
                            + InputList.MOST_RUNS_AHEAD
                            + " runs only: now for runs up to "
                            + (started + InputList.MOST_RUNS_AHEAD)
                            + ", not for "
                            + run,
                    "submit it again when a further run has started");
        }
    }

    /// The list of that run as it was signed before, or a new one, which is durable on return. All
    /// under the lock: two lists for one run would be two promises, and the enclave keeps the one
    /// the operator hands it first.
    private SubmittedInputs record(GrantRecord grant, long run) throws ClientException {
        try (var _ = seat.cloister().vault().lock()) {
            Membership membership = seat.membership();
            Optional<SubmittedInputs> before =
                    membership.history().submitted().stream()
                            .filter(one ->
                                    one.identity().equals(grant.identity()) && one.run() == run)
                            .findFirst();
            if (before.isPresent()) {
                requireSame(before.get(), membership.history().inputs());
                return before.get();
            }
            requireInputs(membership);
            SubmittedInputs submitted = sign(membership, grant, run);
            seat.cloister().save(membership.with(membership.history().with(submitted)));
            return submitted;
        }
    }

    /// A list that was made can't be made otherwise, so what is submitted now must be in that one.
    private static void requireSame(SubmittedInputs before, List<StoredInput> inputs)
            throws ClientException {
        if (!before.shown().equals(GrantRecord.digestOf(inputs))) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "this client made a list of other inputs for run "
                            + before.run()
                            + " before, "
                            + before.files()
                            + " file(s) in list "
                            + before.list()
                            + ", and that can't be changed",
                    "give the inputs as they are now to a later run, or to another enclave");
        }
    }

    private SubmittedInputs sign(Membership membership, GrantRecord grant, long run)
            throws ClientException {
        EnclaveIdentity identity = identity(grant);
        List<StoredInput> inputs = membership.history().inputs();
        Envelope list =
                sign(
                        seat.keys(),
                        membership.email(),
                        identity,
                        run,
                        inputs,
                        seat.cloister().random(),
                        seat.now());
        return new SubmittedInputs(
                grant.identity(),
                run,
                list.digest(),
                inputs.size(),
                GrantRecord.digestOf(inputs),
                SealedEnvelopes.seal(list, ApprovalDesk.recipient(identity)),
                false);
    }

    private static void requireInputs(Membership membership) throws ClientException {
        if (membership.history().inputs().isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "you have not pushed any data yet",
                    "push with: cloister data push");
        }
    }

    private static EnclaveIdentity identity(GrantRecord grant) throws ClientException {
        try {
            return EnclaveIdentity.parse(grant.identityBytes());
        } catch (MalformedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }

    /// The signed list of `inputs` for one run of one enclave.
    static Envelope sign(
            Keys keys,
            Email signer,
            EnclaveIdentity identity,
            long run,
            List<StoredInput> inputs,
            SecureRandom random,
            Instant now) {
        byte[] salt = new byte[InputList.SALT_LENGTH];
        random.nextBytes(salt);
        var list =
                new InputList(
                        identity.agreement(),
                        identity.digest(),
                        signer,
                        run,
                        Bytes.copyOf(salt),
                        inputs.stream()
                                .map(input ->
                                        new InputList.InputFile(
                                                input.name(),
                                                input.ciphertext(),
                                                input.ciphertextBytes()))
                                .toList(),
                        now);
        return EnvelopeSigner.sign(keys.signing(), InputList.TYPE, list);
    }
}
