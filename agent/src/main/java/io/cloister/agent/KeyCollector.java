package io.cloister.agent;

import io.cloister.crypto.cosmian.EnclaveKey;
import io.cloister.crypto.cosmian.KeyBlob;
import io.cloister.crypto.cosmian.RefusedException;
import io.cloister.crypto.cosmian.SecretboxKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes key blobs and lists of inputs of the Cosmian dialect, and knows when a run may start
/// (spec/cosmian.md §8 and §9). No I/O.
///
/// **Guaranteed:** whoever tries words has [#MOST_REFUSED] tries for all seats together, whatever
/// is sent in between, and learns from none of them which check refused. **Not guaranteed:** that
/// the inputs are those their providers chose; anyone who knows a provider's key can make some.
///
/// Safe for use by several threads.
final class KeyCollector {
    /// After so many refused blobs nothing is taken any more.
    static final int MOST_REFUSED = 5;

    /// What is said of every refused blob, and of why the enclave ended.
    static final String REFUSED =
            "a key blob was refused: each has to be made by its participant's own client, for this"
                    + " computation and this enclave, with the words that everyone was told";

    private static final String ENCRYPTED_SUFFIX = ".enc";

    private final CosmianAgreement agreement;
    private final EnclaveKey enclave;
    private final EnclaveClock clock;
    private final SecureRandom random;
    private final Map<Seat, Taken> taken = new HashMap<>();
    private final Map<Long, CosmianInputs> inputs = new HashMap<>();
    private int refused;
    private long runsStarted;
    private boolean loading;

    /// Inputs that came for a run while others for it were being opened.
    private Optional<CosmianInputs> later = Optional.empty();

    /// @param enclave opens the blobs
    /// @param random for the nonces of results
    KeyCollector(
            CosmianAgreement agreement,
            EnclaveKey enclave,
            EnclaveClock clock,
            SecureRandom random) {
        this.agreement = agreement;
        this.enclave = enclave;
        this.clock = clock;
        this.random = random;
    }

    /// A blob that was taken.
    ///
    /// @param digest of the blob
    private record Taken(Sha256 digest, KeyBlob.Content content) {}

    /// What became of a list of inputs.
    ///
    /// @param run for which it was taken, if it was
    record Decided(Verdict verdict, Optional<Long> run) {}

    /// Takes a key blob. One of a seat replaces that seat's before, until everything for a run was
    /// there.
    synchronized Verdict key(Seat seat, Bytes blob) {
        if (refused < MOST_REFUSED && takes(seat, blob)) {
            return new Verdict.Accepted(notAfter());
        }
        refused++;
        return new Verdict.Refused(RefusalCode.KEY_REFUSED, REFUSED);
    }

    private boolean takes(Seat seat, Bytes blob) {
        PublicSigningKey signer = agreement.keys().get(seat);
        if (signer == null) {
            return false;
        }
        Sha256 digest = Sha256.of(blob);
        Taken before = taken.get(seat);
        if (before != null && before.digest.equals(digest)) {
            return true;
        }
        KeyBlob.Content content;
        try {
            content = KeyBlob.parse(blob).open(signer, agreement.computation(), enclave);
        } catch (RefusedException _) {
            return false;
        }
        if (before != null && before.content.equals(content)) {
            content.close();
            return true;
        }
        if ((before != null && (loading || runsStarted > 0)) || !fitsOthers(seat, content)) {
            content.close();
            return false;
        }
        if (before != null) {
            before.content.close();
        }
        taken.put(seat, new Taken(digest, content));
        return true;
    }

    /// Whether everyone else was told the same words; takes the same time whichever differ.
    private boolean fitsOthers(Seat seat, KeyBlob.Content content) {
        int differing = 0;
        for (Map.Entry<Seat, Taken> other : taken.entrySet()) {
            boolean equal = other.getValue().content.preSharedKey().equals(content.preSharedKey());
            differing += equal || other.getKey().equals(seat) ? 0 : 1;
        }
        return differing == 0;
    }

    /// Takes the inputs of a run. The last that came for a run that has not begun holds.
    synchronized Decided inputs(Bytes content) {
        CosmianInputs list;
        try {
            list = CosmianInputs.parse(content);
        } catch (MalformedException _) {
            return not(RefusalCode.INPUTS_MALFORMED, "it is not such a document in its one form");
        }
        if (!list.computation().equals(agreement.computation())
                || !list.agreement().equals(agreement.digest())) {
            return not(RefusalCode.INPUTS_AGREEMENT, "the inputs are for another agreement");
        }
        List<Email> providers = agreement.roster().dataProviders();
        if (!list.files().stream().allMatch(file -> providers.contains(file.provider()))) {
            return not(RefusalCode.INPUTS_SIGNER, "a file is of somebody who brings no data");
        }
        if (loading && list.run() == runsStarted + 1) {
            // Should the inputs that are being opened not be there any more, it is known why.
            later = Optional.of(list);
        }
        long earliest = runsStarted + (loading ? 2 : 1);
        if (list.run() < earliest
                || list.run() > agreement.terms().runs()
                || list.run() - runsStarted > InputList.MOST_RUNS_AHEAD) {
            return not(
                    RefusalCode.INPUTS_RUN,
                    "inputs are taken for the next "
                            + InputList.MOST_RUNS_AHEAD
                            + " agreed runs that have not begun");
        }
        inputs.put(list.run(), list);
        return new Decided(new Verdict.Accepted(notAfter()), Optional.of(list.run()));
    }

    private static Decided not(RefusalCode code, String sentence) {
        return new Decided(new Verdict.Refused(code, sentence), Optional.empty());
    }

    /// The next run, once a blob of every seat was taken and inputs for exactly it are there with a
    /// file of every Data Provider.
    synchronized Optional<RunPlan> ready() {
        CosmianInputs list = inputs.get(runsStarted + 1);
        if (over().isPresent()
                || list == null
                || !taken.keySet().containsAll(agreement.keys().keySet())
                || !list.files().stream()
                        .map(CosmianInputs.File::provider)
                        .toList()
                        .containsAll(agreement.roster().dataProviders())) {
            return Optional.empty();
        }
        loading = true;
        return Optional.of(plan(list));
    }

    private RunPlan plan(CosmianInputs list) {
        List<Receipt.SignedBy> blobs = new ArrayList<>();
        for (Seat seat : agreement.keys().keySet()) {
            blobs.add(
                    new Receipt.SignedBy(
                            seat.person(), Optional.of(seat.role()), taken(seat).digest));
        }
        List<Email> providers = agreement.roster().dataProviders();
        List<PlannedInput> files = new ArrayList<>();
        for (CosmianInputs.File file : list.files()) {
            files.add(
                    new PlannedInput(
                            file.provider(),
                            providers.indexOf(file.provider()),
                            clearName(file.name()),
                            file.ciphertext(),
                            file.bytes(),
                            new Unsealing.Secretbox(
                                    key(new Seat(file.provider(), Role.DATA_PROVIDER)))));
        }
        Map<Email, SecretboxKey> consumers = new LinkedHashMap<>();
        for (Email consumer : agreement.roster().resultConsumers()) {
            consumers.put(consumer, key(new Seat(consumer, Role.RESULT_CONSUMER)));
        }
        return new RunPlan(
                list.run(),
                blobs,
                List.of(),
                new Unsealing.Secretbox(key(codeSeat())),
                files,
                new OutputSealing.Secretbox(consumers, random),
                agreement.terms());
    }

    /// As it was before it was encrypted.
    private static FileName clearName(FileName name) {
        int length = name.value().length() - ENCRYPTED_SUFFIX.length();
        if (length <= 0 || !name.value().endsWith(ENCRYPTED_SUFFIX)) {
            return name;
        }
        try {
            return FileName.parse(name.value().substring(0, length), "name");
        } catch (MalformedException _) {
            // Such as that of "..enc".
            return name;
        }
    }

    private SecretboxKey key(Seat seat) {
        return taken(seat).content.key();
    }

    private Taken taken(Seat seat) {
        Taken one = taken.get(seat);
        if (one == null) {
            throw new IllegalStateException("a run needs every seat's key");
        }
        return one;
    }

    /// Who brought the code, as that.
    Seat codeSeat() {
        return new Seat(agreement.roster().codeProvider(), Role.CODE_PROVIDER);
    }

    /// Counts `plan`'s run: user code is about to start.
    ///
    /// @return whether it may start; if not, nothing was counted
    synchronized boolean start(RunPlan plan) {
        if (plan.run() != runsStarted + 1 || over().isPresent()) {
            return false;
        }
        runsStarted = plan.run();
        loading = false;
        later = Optional.empty();
        inputs.remove(plan.run());
        return true;
    }

    /// Takes note that `plan`'s run did not start. Inputs that were at fault are forgotten, and
    /// others that came meanwhile take their place; what was only not served, or not rightly, may
    /// yet be.
    ///
    /// @return whether others may come in their place
    synchronized boolean refused(RunPlan plan, RefusalCode code) {
        loading = false;
        if (code.isOfInputs() && later.isPresent()) {
            inputs.put(plan.run(), later.get());
            later = Optional.empty();
            return true;
        }
        if (!code.isOfInputs()
                || code == RefusalCode.INPUTS_MISSING
                || code == RefusalCode.INPUTS_DIGEST) {
            return false;
        }
        inputs.remove(plan.run());
        return true;
    }

    /// Whether nothing can run here any more, and why.
    synchronized Optional<AgentStop> over() {
        if (refused >= MOST_REFUSED) {
            return Optional.of(new AgentStop(AgentStop.Reason.REFUSED, REFUSED));
        }
        if (runsStarted >= agreement.terms().runs()) {
            return Optional.of(
                    new AgentStop(AgentStop.Reason.EXHAUSTED, "every run that was agreed is done"));
        }
        if (clock.now().isAfter(notAfter())) {
            return Optional.of(
                    new AgentStop(AgentStop.Reason.EXPIRED, "the agreement has expired"));
        }
        return Optional.empty();
    }

    /// The instant after which no run starts.
    Instant notAfter() {
        return agreement.terms().notAfter();
    }
}
