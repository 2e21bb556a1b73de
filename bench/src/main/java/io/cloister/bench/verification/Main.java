package io.cloister.bench.verification;

import io.cloister.protocol.MalformedException;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// `Main FORKS FOLDER PEER …` measures and writes tables of Markdown to standard output. The
/// property `cloister.evidence` names the captured Evidence.
final class Main {
    private static final int PEER_ROUNDS = 10;

    private final Map<String, Figures> figures = new TreeMap<>();
    private final Map<String, Double> allocated = new TreeMap<>();
    private final PrintStream out;

    private Main(PrintStream out) {
        this.out = out;
    }

    /// Measures.
    public static void main(String[] arguments) throws Exception {
        var main = new Main(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        List<Peer> peers = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            peers.add(Peer.parse(arguments[i]));
        }
        main.run(Integer.parseInt(arguments[0]), Path.of(arguments[1]), peers);
    }

    private void run(int forks, Path folder, List<Peer> peers)
            throws RunnerException, IOException, MalformedException, InterruptedException {
        List<Jca> providers = new ArrayList<>();
        for (Jca jca : Jca.values()) {
            if (jca.isAvailable()) {
                providers.add(jca);
            } else {
                out.println(jca.title() + " does not run on this machine: left out.\n");
            }
        }
        Map<Peer, Figures> beside = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            Sample sample = SampleSource.of(kind);
            out.println(kind.title() + ": " + sample.origin());
            if (!sample.files().isEmpty()) {
                Path files = folder.resolve(kind.word());
                sample.writeTo(files);
                for (Peer peer : peers) {
                    if (peer.kind() == kind) {
                        measure(peer, files).ifPresent(taken -> beside.put(peer, taken));
                    }
                }
            }
            for (Jca jca : providers) {
                measure(kind, jca, forks);
            }
        }
        for (Jca jca : providers) {
            own(jca);
        }
        if (beside.isEmpty()) {
            out.println("\nNo other verifier was measured.");
        } else {
            peers(providers, beside);
        }
    }

    private Optional<Figures> measure(Peer peer, Path files) throws InterruptedException {
        try {
            return Optional.of(peer.measure(files, PEER_ROUNDS));
        } catch (IOException e) {
            out.println(peer.name() + " is left out: " + e.getMessage());
            return Optional.empty();
        }
    }

    private void measure(Kind kind, Jca jca, int forks) throws RunnerException {
        ChainedOptionsBuilder options =
                new OptionsBuilder()
                        .include(VerificationBench.class.getName())
                        .param("kind", kind.name())
                        .param("jca", jca.name())
                        .forks(forks)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(4)
                        .measurementTime(TimeValue.milliseconds(400))
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .jvmArgsAppend(
                                "-XX:+UseSerialGC",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-D"
                                        + SampleSource.FOLDER
                                        + "="
                                        + System.getProperty(SampleSource.FOLDER, ""));
        for (RunResult result : new Runner(options.build()).run()) {
            String label = result.getPrimaryResult().getLabel();
            String key = key(label, kind, jca);
            List<Double> rounds = new ArrayList<>();
            for (BenchmarkResult fork : result.getBenchmarkResults()) {
                for (IterationResult iteration : fork.getIterationResults()) {
                    rounds.add(iteration.getPrimaryResult().getScore());
                }
            }
            figures.put(key, new Figures(rounds));
            Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
            allocated.put(key, bytes == null ? Double.NaN : bytes.getScore());
        }
    }

    private static String key(String label, Kind kind, Jca jca) {
        return label + " " + kind + " " + jca;
    }

    private Figures figures(String label, Kind kind, Jca jca) {
        Figures found = figures.get(key(label, kind, jca));
        if (found == null) {
            throw new IllegalStateException("not measured: " + key(label, kind, jca));
        }
        return found;
    }

    private void own(Jca jca) {
        out.println("\nWith " + jca.title() + " (" + jca.version() + "), in µs:\n");
        out.println(
                "| | bare signatures | warm | times bare | cold | bytes allocated, warm | cold |");
        out.println("|---|---|---|---|---|---|---|");
        for (Kind kind : Kind.values()) {
            Figures bare = figures("signatures", kind, jca);
            Figures warm = figures("warm", kind, jca);
            Figures cold = figures("cold", kind, jca);
            out.println(
                    String.format(
                            Locale.ROOT,
                            "| %s | %s | %s | %s | %s | %,.0f | %,.0f |",
                            kind.title(),
                            bare,
                            warm,
                            warm.by(bare),
                            cold,
                            allocated.getOrDefault(key("warm", kind, jca), Double.NaN),
                            allocated.getOrDefault(key("cold", kind, jca), Double.NaN)));
        }
    }

    private void peers(List<Jca> providers, Map<Peer, Figures> beside) {
        Jca ours = providers.getLast();
        out.println("\nBeside other verifiers, Cloister with " + ours.title() + ", in µs:\n");
        out.println(
                "| | verifier | one verification | Cloister warm by it | Cloister cold by it |");
        out.println("|---|---|---|---|---|");
        beside.forEach((peer, taken) ->
                out.println(
                        "| "
                                + peer.kind().title()
                                + " | "
                                + peer.name()
                                + " | "
                                + taken
                                + " | "
                                + figures("warm", peer.kind(), ours).by(taken)
                                + " | "
                                + figures("cold", peer.kind(), ours).by(taken)
                                + " |"));
    }
}
