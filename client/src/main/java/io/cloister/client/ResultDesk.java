package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.age.Identity;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// What a Result Consumer does: accepting a result, and only then opening it.
public final class ResultDesk {
    private final Seat seat;
    private final Trails trails;

    ResultDesk(Seat seat) {
        this.seat = seat;
        this.trails = new Trails(seat);
    }

    /// How to write opened files.
    ///
    /// @param folder where; created if it isn't there
    /// @param name for the only result, instead of the name the code gave it
    /// @param overwrite whether existing files may be replaced
    /// @param again whether a run accepted before may be fetched once more
    public record Delivery(Path folder, Optional<String> name, boolean overwrite, boolean again) {}

    /// An accepted result.
    ///
    /// @param receipt of the run
    /// @param files what was opened, in the receipt's order
    public record Result(Signed<Receipt> receipt, List<OpenedFile> files) {
        public Result {
            files = List.copyOf(files);
        }
    }

    /// A run of an enclave this client granted to. Its receipt was verified, and so were those of
    /// all runs before it in that enclave.
    ///
    /// @param identity digest of the enclave's identity
    /// @param run its number there
    /// @param outcome how it ended
    /// @param receipt digest of its receipt
    /// @param measurement of the enclave, as `kind:hex`, as appraised when it was granted to
    /// @param known whether its result was accepted, or this person was told that it failed
    public record Run(
            Sha256 identity,
            long run,
            Outcome outcome,
            Sha256 receipt,
            String measurement,
            boolean known) {
        /// Whether it has a result.
        public boolean succeeded() {
            return outcome == Outcome.SUCCESS;
        }
    }

    /// An enclave this client granted to of which the server does not show every receipt, or shows
    /// one that does not pass. None of its runs is told of or accepted unasked.
    ///
    /// @param identity digest of the enclave's identity
    /// @param findings why
    public record Gap(Sha256 identity, List<Finding> findings) {
        public Gap {
            findings = List.copyOf(findings);
        }
    }

    /// What there is of all enclaves this client granted to.
    ///
    /// @param runs of those whose receipts are all there, the enclave granted to last at the end,
    ///   in the order they were run, whatever order the server lists them in
    /// @param gaps the other enclaves, to be shown to this person
    /// @param last the enclave granted to last
    public record Followed(List<Run> runs, List<Gap> gaps, Optional<Sha256> last) {
        public Followed {
            runs = List.copyOf(runs);
            gaps = List.copyOf(gaps);
        }

        /// Refuses where the enclave granted to last has a gap.
        ///
        /// @throws RefusedException if it has, for its reasons
        public void requireLast() throws RefusedException {
            if (last.isPresent()) {
                requireWhole(last.get());
            }
        }

        private void requireWhole(Sha256 enclave) throws RefusedException {
            for (Gap gap : gaps) {
                if (gap.identity().equals(enclave)) {
                    throw new RefusedException(new Verdict.Refused<>(gap.findings()));
                }
            }
        }

        /// A run of one enclave. Each enclave counts its own runs, so a number alone says nothing.
        ///
        /// @param identity which enclave; the one granted to last if empty
        /// @param run from 1; the newest there is if 0
        /// @return nothing if it has no such run, or this client did not grant to it
        /// @throws RefusedException if that enclave has a gap, for its reasons
        public Optional<Run> find(Optional<Sha256> identity, long run) throws RefusedException {
            Optional<Sha256> enclave = identity.or(() -> last);
            if (enclave.isEmpty()) {
                return Optional.empty();
            }
            requireWhole(enclave.get());
            return runs.reversed().stream()
                    .filter(one -> one.identity().equals(enclave.get()))
                    .filter(one -> run == 0 || one.run() == run)
                    .findFirst();
        }

        /// The newest run whose result was not accepted yet, or that failed and this person was not
        /// told of it.
        Optional<Run> newest() throws RefusedException {
            Optional<Run> newest = runs.reversed().stream().filter(run -> !run.known()).findFirst();
            if (newest.isEmpty()) {
                requireLast();
            }
            return newest;
        }
    }

    /// Every run so far. A gap in one enclave's receipts does not keep back another's.
    public Followed follow() throws ClientException, ServerException, InterruptedException {
        return trails.follow();
    }

    /// The newest run whose result was not accepted yet, or that failed and this person was not
    /// told of it.
    ///
    /// @throws RefusedException if there is none, and the enclave granted to last has a gap
    public Optional<Run> newest()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return follow().newest();
    }

    /// Waits until there is a run to tell of: the [newest][#newest], or if no further one can come,
    /// the last one that failed. A failed run is told of once while others may come.
    ///
    /// @param longest how long
    /// @throws ClientException if there is none within that time, or nothing is left to wait for
    public Run await(Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Said.Computation said =
                seat.await(now -> newest().isPresent() || nothingComes(now), longest);
        Optional<Run> newest = newest();
        if (newest.isEmpty() && nothingComes(said)) {
            newest =
                    follow().runs().reversed().stream().findFirst().filter(run -> !run.succeeded());
        }
        Run run =
                newest.orElseThrow(() ->
                        new ClientException(
                                ClientException.Kind.STATE,
                                "there is no run you don't know of, and none will come"));
        if (!run.succeeded()) {
            trails.told(run.identity(), run.run());
        }
        return run;
    }

    /// Waits until run `run` of the enclave that was granted to last has ended.
    ///
    /// @param run from 1
    /// @param longest how long
    /// @throws ClientException if it has not within that time, or none will come
    public Run await(long run, Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        seat.await(now -> find(run).isPresent() || nothingComes(now), longest);
        return find(run)
                .orElseThrow(() ->
                        new ClientException(
                                ClientException.Kind.STATE,
                                "there was no run " + run + ", and none will come"));
    }

    private Optional<Run> find(long run)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return follow().find(Optional.empty(), run);
    }

    private static boolean nothingComes(Said.Computation said) {
        return said.state().equals("ended") || said.state().equals("completed");
    }

    /// The receipt of a run, unchecked.
    public Envelope receipt(Sha256 identity, long run)
            throws ServerException, InterruptedException {
        return seat.server().receipt(seat.place().computation(), identity, run);
    }

    /// Checks a run's receipt as this person's client must before it accepts the result, and that
    /// no run before it is hidden.
    public Verdict<Signed<Receipt>> check(Sha256 identity, long run, boolean again)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return followed(
                ResultCheck.check(
                        receipt(identity, run),
                        new ResultCheck.Asked(identity, run),
                        seat.membership(),
                        agreement(identity),
                        again));
    }

    private Verdict<Signed<Receipt>> followed(Verdict<Signed<Receipt>> verdict)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        if (!(verdict instanceof Verdict.Accepted<Signed<Receipt>>(var signed))) {
            return verdict;
        }
        Receipt receipt = signed.document();
        GrantRecord grant =
                seat.membership()
                        .history()
                        .grantTo(receipt.identityDigest())
                        .orElseThrow(() -> new CloisterBugException("the grant was checked"));
        return switch (trails.upTo(grant, receipt.run())) {
            case Verdict.Refused<Trail>(var findings) -> new Verdict.Refused<>(findings);
            case Verdict.Accepted<Trail>(var trail) -> {
                var findings = new Findings();
                findings.requireEqual(
                        Kind.NOT_AUTHENTIC,
                        "result-other-receipt",
                        "another receipt of this run was verified before",
                        trail.step(receipt.run()).orElseThrow().receipt(),
                        signed.digest());
                yield findings.verdict(signed);
            }
        };
    }

    private VerifiedAgreement agreement(Sha256 identity)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Optional<GrantRecord> grant = seat.membership().history().grantTo(identity);
        if (grant.isPresent()) {
            var seen =
                    seat.cloister().vault().read(SeenAgreement.recordName(grant.get().agreement()));
            if (seen.isPresent()) {
                return SeenAgreement.read(seen.get()).agreement();
            }
        }
        return seat.approval().agreement();
    }

    /// Accepts the result of a run and opens it. Everything is checked before the first file
    /// appears under its name; the acceptance is recorded before that too.
    ///
    /// @throws RefusedException if receipt, index or a file does not pass; no file appears then
    public Result get(Sha256 identity, long run, Delivery delivery, Progress progress)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Signed<Receipt> receipt = check(identity, run, delivery.again()).orThrow();
        return open(receipt, Set.of(Receipt.Kind.values()), delivery, progress);
    }

    /// Opens what a run printed and its traceback, for someone the terms let read them, however the
    /// run ended. It is no result: nothing is recorded as accepted.
    ///
    /// @throws RefusedException if receipt, index or a file does not pass; no file appears then
    public Result printed(Sha256 identity, long run, Delivery delivery, Progress progress)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Signed<Receipt> receipt =
                followed(
                                ResultCheck.checkPrinted(
                                        receipt(identity, run),
                                        new ResultCheck.Asked(identity, run),
                                        seat.membership(),
                                        agreement(identity)))
                        .orThrow();
        return open(
                receipt, Set.of(Receipt.Kind.OUTPUT, Receipt.Kind.TRACEBACK), delivery, progress);
    }

    private Result open(
            Signed<Receipt> receipt, Set<Receipt.Kind> kinds, Delivery delivery, Progress progress)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Sha256 identity = receipt.document().identityDigest();
        long run = receipt.document().run();
        Email me = seat.email();
        List<Receipt.Output> mine =
                receipt.document().outputs().stream()
                        .filter(output -> output.reader().equals(me))
                        .toList();
        List<Said.Output> said = seat.server().outputs(seat.place().computation(), identity, run);
        var fetching = new Fetching(identity, run, said, progress);
        List<Receipt.Output> contents =
                mine.stream().filter(output -> output.kind() != Receipt.Kind.INDEX).toList();
        List<OutputIndex.Entry> entries = index(mine, fetching).entries();
        requireSameCount(entries, contents);
        List<Integer> wanted =
                IntStream.range(0, contents.size())
                        .filter(i -> kinds.contains(contents.get(i).kind()))
                        .boxed()
                        .toList();
        try (var landing = new Landing(delivery, wanted.size())) {
            for (int i : wanted) {
                Path target = landing.place(entries.get(i).name(), i);
                fetching.open(contents.get(i), entries.get(i), target);
            }
            if (kinds.contains(Receipt.Kind.RESULT)) {
                accept(receipt);
            }
            return new Result(receipt, landing.deliver());
        }
    }

    private static void requireSameCount(
            List<OutputIndex.Entry> entries, List<Receipt.Output> contents)
            throws RefusedException {
        if (entries.size() != contents.size()) {
            throw Seat.refused(
                    Kind.NOT_AUTHENTIC,
                    "index-entries",
                    "the index lists "
                            + entries.size()
                            + " outputs, the receipt "
                            + contents.size());
        }
    }

    private void accept(Signed<Receipt> receipt) throws ClientException {
        var run =
                new AcceptedRun(
                        receipt.document().identityDigest(),
                        receipt.document().run(),
                        receipt.digest());
        seat.cloister().vault().write(receiptRecord(receipt.digest()), receipt.envelope().toJson());
        seat.change(membership ->
                membership.history().accepted().contains(run)
                        ? membership
                        : membership.with(membership.history().with(run)));
    }

    static String receiptRecord(Sha256 digest) {
        return "receipt-" + digest.hex();
    }

    private OutputIndex index(List<Receipt.Output> mine, Fetching fetching)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        List<Receipt.Output> indexes =
                mine.stream().filter(output -> output.kind() == Receipt.Kind.INDEX).toList();
        if (indexes.size() != 1) {
            throw Seat.refused(
                    Kind.NOT_AUTHENTIC,
                    "index-count",
                    "the receipt names " + indexes.size() + " indexes for you, not one");
        }
        return fetching.index(indexes.getFirst());
    }

    /// Fetches and opens the outputs of one run.
    private final class Fetching {
        private final Sha256 identity;
        private final long run;
        private final List<Said.Output> said;
        private final Progress progress;

        Fetching(Sha256 identity, long run, List<Said.Output> said, Progress progress) {
            this.identity = identity;
            this.run = run;
            this.said = said;
            this.progress = progress;
        }

        OutputIndex index(Receipt.Output output)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            try (InputStream in = stream(output)) {
                return OutputOpening.index(in, output, key());
            } catch (IOException e) {
                throw ClientException.local("can't fetch the index", e);
            }
        }

        void open(Receipt.Output output, OutputIndex.Entry entry, Path target)
                throws ClientException, ServerException, RefusedException, InterruptedException {
            try (InputStream in =
                    new ProgressStream(
                            stream(output),
                            "fetch " + entry.name(),
                            output.ciphertextBytes(),
                            progress)) {
                OutputOpening.file(in, output, entry, key(), target);
            } catch (IOException e) {
                throw ClientException.local("can't fetch " + entry.name(), e);
            }
        }

        private Identity key() throws ClientException {
            return seat.keys().receiving();
        }

        private InputStream stream(Receipt.Output output)
                throws ServerException, RefusedException, InterruptedException {
            List<Long> numbers = new ArrayList<>();
            for (Said.Output one : said) {
                if (one.kind().equals(output.kind().word())
                        && one.position() == output.position()) {
                    numbers.add(one.k());
                }
            }
            if (numbers.size() != 1) {
                throw Seat.refused(
                        Kind.COULD_NOT_CHECK,
                        "output-missing",
                        "the server does not offer the "
                                + output.kind()
                                + " "
                                + output.position()
                                + " that the receipt names");
            }
            return seat.server()
                    .output(seat.place().computation(), identity, run, numbers.getFirst());
        }
    }
}
