package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An enclave of the Cosmian dialect as the control plane sees it: takes every key blob that does
/// not begin with a zero byte, gives up after five that do, and runs once every key and the inputs
/// are there. Code whose bundle is of odd length fails.
final class FakeCosmianAgent {
    static final String ONE_TEXT = "this key does not open here";
    private static final int MOST_REFUSED = 5;

    private final FakeAgent agent;
    private final CosmianAgreement agreement;
    private final Set<Seat> keys = new HashSet<>();
    private List<String> inputs = List.of();
    private long run;
    private int refused;

    private FakeCosmianAgent(FakeAgent agent, CosmianAgreement agreement) {
        this.agent = agent;
        this.agreement = agreement;
    }

    static void serve(InputStream in, OutputStream out) throws Exception {
        try (var agent = new FakeAgent(in, out)) {
            serveAnyDialect(agent);
        }
    }

    /// Serves a computation of this dialect; for one of ours, publishes who it is and no more.
    static void serveAnyDialect(FakeAgent agent) throws Exception {
        switch (agent.anyJob()) {
            case CosmianAgreement asserted -> {
                agent.publish(asserted);
                new FakeCosmianAgent(agent, asserted).serve();
            }
            case VerifiedAgreement _ -> {
                agent.publishNative();
                agent.link.awaitClosed();
            }
        }
    }

    private void serve() throws Exception {
        for (long after = 0; ; ) {
            FakeAgent.Reply item = agent.next(after).ok();
            switch (item.text("kind")) {
                case "key" -> {
                    after = item.number("number");
                    if (!takesKey(item)) {
                        agent.end("refused");
                        return;
                    }
                }
                case "cosmian-inputs" -> {
                    after = item.number("number");
                    accept(after);
                    CosmianInputs list = CosmianInputs.parse(item.content());
                    run = list.run();
                    inputs = list.files().stream().map(file -> file.name().value()).toList();
                }
                case "nothing" -> {
                    // Asks again.
                }
                default -> {
                    return;
                }
            }
            if (run > 0 && keys.size() == agreement.keys().size()) {
                run();
                run = 0;
            }
        }
    }

    /// @return whether it goes on
    private boolean takesKey(FakeAgent.Reply item) throws Exception {
        long number = item.number("number");
        if (item.body().length == CosmianKeyOperations.BLOB_BYTES && item.body()[0] != 0) {
            keys.add(
                    agreement.keys().keySet().stream()
                            .filter(seat ->
                                    seat.person().value().equals(item.text("signer"))
                                            && seat.role().word().equals(item.text("role")))
                            .findFirst()
                            .orElseThrow());
            accept(number);
            return true;
        }
        agent.refuse(number, "key.refused", ONE_TEXT);
        return ++refused < MOST_REFUSED;
    }

    private void accept(long number) throws IOException {
        agent.accept(number, Instant.now().plusSeconds(3_600).truncatedTo(ChronoUnit.SECONDS));
    }

    /// Name of an input with which a run has no result for `reader`.
    static String nothingFor(Email reader) {
        return "nothing-for-" + reader + ".enc";
    }

    /// The result says what the inputs were, in their order.
    static byte[] result(List<String> inputs) {
        return String.join(",", inputs).getBytes(StandardCharsets.UTF_8);
    }

    private void run() throws Exception {
        agent.started(run).ok();
        boolean fails = agreement.code().bundleBytes() % 2 == 1;
        List<Receipt.Output> outputs = new ArrayList<>();
        if (!fails) {
            for (Email reader : agreement.roster().resultConsumers()) {
                if (inputs.contains(nothingFor(reader))) {
                    continue;
                }
                byte[] body = result(inputs);
                agent.output(run, reader, Receipt.Kind.RESULT, 0, body).ok();
                outputs.add(agent.named(reader, Receipt.Kind.RESULT, 0, body));
            }
        }
        Envelope receipt =
                agent.key.sign(
                        Receipt.TYPE,
                        agent.receipt(run, fails ? Outcome.EXCEPTION : Outcome.SUCCESS, outputs));
        agent.finish(run, receipt, outputs).ok();
    }

    /// What a consumer is served.
    static byte[] served(Email reader, List<String> inputs) {
        return FakeAgent.whole(reader, Bytes.copyOf(result(inputs)).toArray());
    }

    /// An enclave that takes everything, but a list only when the test asks what it was told, and
    /// starts when the test says so.
    static final class Slow {
        private static final long PATIENCE_SECONDS = 10;

        /// What it is to do next.
        private enum Step {
            LISTEN,
            START,
            MISS
        }

        private final BlockingQueue<Step> asked = new LinkedBlockingQueue<>();
        private final BlockingQueue<Object> said = new LinkedBlockingQueue<>();

        /// Asks for the next item.
        void listen() {
            asked.add(Step.LISTEN);
        }

        /// File names of the list that it is told then, which must come before it would ask again.
        List<String> awaitTold() throws InterruptedException {
            if (said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS) instanceof Told(var names)) {
                return names;
            }
            throw new AssertionError("no list came");
        }

        /// Says that run 1 starts; the code of the refusal, empty if it may.
        String tryToStart() throws InterruptedException {
            asked.add(Step.START);
            if (said.poll(PATIENCE_SECONDS, TimeUnit.SECONDS) instanceof String code) {
                return code;
            }
            throw new AssertionError("no answer");
        }

        /// Says that a file of the list that it accepted last was not served.
        void miss() {
            asked.add(Step.MISS);
        }

        private record Told(List<String> names) {}

        void serve(InputStream in, OutputStream out) throws Exception {
            try (var agent = new FakeAgent(in, out)) {
                if (!(agent.anyJob() instanceof CosmianAgreement asserted)) {
                    throw new AssertionError("a job of another dialect");
                }
                agent.publish(asserted);
                Instant expires = asserted.terms().notAfter();
                long after = 0;
                for (int keys = 0; keys < asserted.keys().size(); ) {
                    FakeAgent.Reply item = agent.next(after).ok();
                    if (item.text("kind").equals("key")) {
                        after = item.number("number");
                        agent.accept(after, expires);
                        keys++;
                    }
                }
                while (true) {
                    Step step = asked.take();
                    if (step == Step.START) {
                        said.add(agent.started(1).text("code"));
                        continue;
                    }
                    if (step == Step.MISS) {
                        agent.refuse(after, "inputs.missing", "it is not served");
                        continue;
                    }
                    FakeAgent.Reply item = agent.next(after).ok();
                    after = item.number("number");
                    CosmianInputs list = CosmianInputs.parse(item.content());
                    agent.accept(after, expires);
                    said.add(
                            new Told(
                                    list.files().stream()
                                            .map(file -> file.name().value())
                                            .toList()));
                }
            }
        }
    }
}
