package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.RunRecord;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// Code, data and results of the Cosmian dialect.
final class CosmianFileOperations {
    /// What a message of the dialect has besides its clear text: nonce and tag.
    private static final int OVERHEAD = 40;

    private static final String ENCRYPTED = ".enc";

    /// With a character set, because the client would guess one for a long time otherwise.
    private static final String RESULT_TYPE = "application/octet-stream;charset=iso-8859-1";

    private final Control control;
    private final EnclaveSupervisor supervisor;
    private final CosmianOperations computations;

    CosmianFileOperations(
            Control control, EnclaveSupervisor supervisor, CosmianOperations computations) {
        this.control = control;
        this.supervisor = supervisor;
        this.computations = computations;
    }

    private static Instant seconds(Control control) {
        return control.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    }

    void putCode(Call call) throws Problem, Refusal, MalformedException, IOException {
        keepCode(control, call, call.form().content());
        CosmianOperations.done(call);
    }

    /// Keeps a tar of code that the caller brings, and says so.
    static void keepCode(Control control, Call call, InputStream content)
            throws Problem, Refusal, MalformedException, IOException {
        control.blobs()
                .putBecause(
                        call.computation(),
                        call.email(),
                        content,
                        CodeStatement.MAX_BUNDLE_BYTES,
                        (received, file) -> {
                            try (InputStream tar =
                                    new BufferedInputStream(Files.newInputStream(file))) {
                                return new Event.CodeBrought(
                                        CodeTar.digests(tar, received.digest(), received.size()),
                                        seconds(control));
                            }
                        });
    }

    void getCode(Call call) throws Problem, IOException {
        ComputationId computation = call.computation();
        CosmianPapers papers = computations.standing(computation).papers();
        CodeDigests code =
                papers.codeDigests()
                        .orElseThrow(() -> Problem.of(404, "not-found", "there is no code yet"));
        BlobTable.Blob blob =
                control.database()
                        .read(handle ->
                                BlobTable.find(
                                        handle,
                                        computation,
                                        papers.roster().codeProvider(),
                                        code.bundle()))
                        .orElseThrow(Problem::notFound);
        Download.send(call, CosmianOperations.NO_HEADER, control.blobs().file(computation, blob));
    }

    /// The client sends this for a Data Provider's reset, too; so the caller's role decides. For
    /// somebody who is both, the code is meant.
    void reset(Call call) throws Problem, Refusal, IOException {
        if (call.is(Access.CODE_PROVIDER)) {
            resetCode(call);
        } else {
            resetData(call);
        }
    }

    private void resetCode(Call call) throws Problem, Refusal, IOException {
        ComputationId computation = call.computation();
        Email person = call.email();
        control.blobs()
                .deleteBecause(
                        computation,
                        person,
                        state -> unusedWithoutCode(state, person),
                        new Event.CodeReset());
        supervisor.forgive(computation);
        CosmianOperations.done(call);
    }

    private static Set<Sha256> unusedWithoutCode(Computation state, Email person) {
        CosmianPapers papers = CosmianOperations.papers(state);
        Set<Sha256> unused = new LinkedHashSet<>();
        papers.codeDigests().map(CodeDigests::bundle).ifPresent(unused::add);
        papers.data(person).forEach(file -> unused.remove(file.ciphertext()));
        return unused;
    }

    void resetData(Call call) throws Problem, Refusal, IOException {
        ComputationId computation = call.computation();
        Email person = call.email();
        control.blobs()
                .deleteBecause(
                        computation,
                        person,
                        state -> unusedWithoutDataOf(state, person),
                        new Event.DataReset(person));
        supervisor.forgive(computation);
        tellEnclave(computation);
        computations.wake(call);
        CosmianOperations.done(call);
    }

    private static Set<Sha256> unusedWithoutDataOf(Computation state, Email person) {
        CosmianPapers papers = CosmianOperations.papers(state);
        Set<Sha256> unused = new LinkedHashSet<>();
        papers.data(person).forEach(file -> unused.add(file.ciphertext()));
        if (papers.roster().codeProvider().equals(person)) {
            papers.codeDigests().map(CodeDigests::bundle).ifPresent(unused::remove);
        }
        return unused;
    }

    /// Lets the enclave hear now what its next run's inputs have become.
    private void tellEnclave(ComputationId computation) {
        control.registry()
                .get(computation)
                .state()
                .dossier()
                .lastEnclave()
                .ifPresent(enclave -> supervisor.offered(computation, enclave.number()));
    }

    void putData(Call call) throws Problem, Refusal, MalformedException, IOException {
        MultipartFile form = call.form();
        String name = form.name().value();
        String clear =
                name.endsWith(ENCRYPTED)
                        ? name.substring(0, name.length() - ENCRYPTED.length())
                        : "";
        if (clear.isEmpty() || clear.equals(".") || clear.equals("..")) {
            throw Problem.invalid("filename", "a name that ends in .enc", name);
        }
        control.blobs()
                .putBecause(
                        call.computation(),
                        call.email(),
                        form.content(),
                        CosmianInputs.File.MAX_BYTES,
                        (received, _) -> {
                            if (received.size() < OVERHEAD) {
                                throw Problem.invalid(
                                        "file",
                                        "an encrypted file, of " + OVERHEAD + " bytes or more",
                                        received.size() + " bytes");
                            }
                            return new Event.DataBrought(
                                    new CosmianInputs.File(
                                            call.email(),
                                            form.name(),
                                            received.digest(),
                                            received.size(),
                                            control.clock().millis()));
                        });
        computations.wake(call);
        CosmianOperations.done(call);
    }

    void closeData(Call call) throws Problem, Refusal {
        ComputationId computation = call.computation();
        control.registry()
                .append(computation, new Event.DataClosed(call.email(), seconds(control)));
        tellEnclave(computation);
        computations.wake(call);
        CosmianOperations.done(call);
    }

    void result(Call call) throws Problem, Refusal, IOException {
        ComputationId computation = call.computation();
        CosmianOperations.Standing standing = computations.standing(computation);
        if (!(standing.status() instanceof CosmianStatus.Success(var run))) {
            call.context().status(202);
            return;
        }
        EnclaveTable.Output output =
                output(computation, run, call.email())
                        .orElseThrow(() ->
                                Problem.of(
                                        404,
                                        "no-result",
                                        "the code wrote no result for " + call.email()));
        boolean whole =
                Download.send(
                        call,
                        RESULT_TYPE,
                        output.header(),
                        control.folder().outputs().resolve(output.file()));
        if (whole) {
            control.registry()
                    .append(
                            computation,
                            new Event.OutputFetched(call.email(), run.enclave(), run.run()));
        }
    }

    private Optional<EnclaveTable.Output> output(
            ComputationId computation, RunRecord run, Email reader) {
        return control
                .database()
                .read(handle ->
                        EnclaveTable.outputs(handle, computation, run.enclave(), run.run(), reader))
                .stream()
                .filter(one -> one.kind().equals(Receipt.Kind.RESULT.word()))
                .findFirst();
    }
}
