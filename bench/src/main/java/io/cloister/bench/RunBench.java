package io.cloister.bench;

import static java.lang.String.format;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Terms;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Measures runs in real enclaves beside plain Python on the same files, by turns: a large table, a
/// small input, a thousand encrypted modules. Prints a section for docs/benchmarks.md.
public final class RunBench {
    private static final int MODULES = 1_000;
    private static final int FUNCTIONS = 40;
    private static final int LEAST_ROUNDS = 3;
    private static final Duration READING = Duration.ofSeconds(10);
    private static final int ROWS_A_BLOCK = 20_000;
    private static final long STREAMING_MEMORY = 2L << 30;

    /// What both sides import and do.
    private static final String TABLE =
            """
            import pandas


            def summary(file):
                table = pandas.read_csv(file)
                return summed(table).to_csv().encode()


            def streamed(file):
                parts = [summed(part) for part in pandas.read_csv(file, chunksize=500_000)]
                return pandas.concat(parts).groupby(["city", "product"]).sum().to_csv().encode()


            def summed(table):
                columns = ["amount", "price", "quantity"]
                return table.groupby(["city", "product"])[columns].sum()
            """;

    private static final String PLAIN =
            """
            import sys

            import table

            with open(sys.argv[2], "wb") as result:
                result.write(getattr(table, sys.argv[3])(sys.argv[1]))
            with open("/proc/self/status") as status, open(sys.argv[-1], "w") as peak:
                peak.write(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
            """;

    private final Path root;
    private final Path folder;
    private final int rounds;
    private final long mebibytes;
    private final String runtime;

    private RunBench(Path root, Path folder, int rounds, long mebibytes, String runtime) {
        this.root = root;
        this.folder = folder;
        this.rounds = rounds;
        this.mebibytes = mebibytes;
        this.runtime = runtime;
    }

    /// Runs everything.
    ///
    /// @param arguments the repository, a folder with room for three times the table, how many
    ///   rounds, the table's size in MiB, the runtime it is summed up in, and which of `table`,
    ///   `stream`, `small` and `modules`, with commas; `idle` among them does without a [Ballast]
    public static void main(String[] arguments) throws Exception {
        new RunBench(
                        Path.of(arguments[0]),
                        Path.of(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        Long.parseLong(arguments[3]),
                        arguments[4])
                .run(Set.of(arguments[5].split(",")));
    }

    private void run(Set<String> parts) throws Exception {
        var runtimes = List.of("bare", "base", "standard");
        try (var ballast = new Ballast();
                var server = ServerProcess.start(root, folder.resolve("server"), 1, runtimes)) {
            Troupe.Reading reading = parts.contains("idle") ? Troupe.Reading.NONE : ballast::hold;
            Troupe troupe = Troupe.at(server, root, folder);
            if (parts.contains("small")) {
                small(troupe);
            }
            if (parts.contains("modules")) {
                modules(troupe);
            }
            if (parts.contains("table") || parts.contains("stream")) {
                Path csv = table();
                if (parts.contains("table")) {
                    table(troupe, server, csv, "summary", seekable(), reading);
                }
                if (parts.contains("stream")) {
                    table(troupe, server, csv, "streamed", streaming(), reading);
                }
            }
        }
    }

    private Terms seekable() {
        return terms((mebibytes << 20) * 8 + (4L << 30), InputMode.SEEKABLE);
    }

    private static Terms streaming() {
        return terms(STREAMING_MEMORY, InputMode.STREAMING);
    }

    private static Terms terms(long memory, InputMode mode) {
        Terms defaults = Terms.defaults(Clock.systemUTC().instant());
        return defaults.toBuilder().memoryBytes(memory).inputMode(mode).build();
    }

    /// Numbers and strings, eight columns.
    private Path table() throws IOException {
        Path csv = folder.resolve("table.csv");
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        var rows = new StringBuilder();
        long left = mebibytes << 20;
        long id = 0;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(csv), 1 << 20)) {
            rows.append("id,name,city,product,amount,price,quantity,score\n");
            while (left > 0) {
                for (int i = 0; i < ROWS_A_BLOCK; i++) {
                    rows.append(id++)
                            .append(",person ")
                            .append(Integer.toString(random.nextInt(1_000_000), 36))
                            .append(",city ")
                            .append(random.nextInt(100))
                            .append(",product ")
                            .append(random.nextInt(50))
                            .append(',')
                            .append(random.nextInt(1_000_000) / 100.0)
                            .append(',')
                            .append(random.nextInt(100_000) / 1000.0)
                            .append(',')
                            .append(random.nextInt(100))
                            .append(',')
                            .append(random.nextInt())
                            .append('\n');
                }
                byte[] block = rows.toString().getBytes(StandardCharsets.US_ASCII);
                out.write(block);
                left -= block.length;
                rows.setLength(0);
            }
        }
        return csv;
    }

    private void table(
            Troupe troupe,
            ServerProcess server,
            Path csv,
            String function,
            Terms terms,
            Troupe.Reading reading)
            throws Exception {
        Path code = code("enclave-" + function, "import table\n" + writing(function));
        Files.writeString(code.resolve("table.py"), TABLE);
        Path plainCode = Files.createDirectories(folder.resolve("plain-" + function));
        Files.writeString(plainCode.resolve("table.py"), TABLE);
        Path script = Files.writeString(plainCode.resolve("run.py"), PLAIN);
        var python = new PlainPython(troupe.runtime(runtime), plainCode);
        Path result = plainCode.resolve("result");
        var piece = new Troupe.Piece(runtime, code, List.of(csv), terms, reading);
        var plain = new Samples();
        var enclave = new Samples();
        var whole = new Samples();
        var steps = new StringBuilder();
        long plainPeak = 0;
        long enclavePeak = 0;
        python.run(script, true, csv.toString(), result.toString(), function);
        for (int i = 0; i < rounds; i++) {
            reading.read();
            PlainPython.Took alone =
                    python.run(script, true, csv.toString(), result.toString(), function);
            plain.add(alone.seconds());
            plainPeak = Math.max(plainPeak, alone.peakBytes());
            try (var memory = EnclaveMemory.of(server.pid())) {
                Troupe.Took took = troupe.play(i, piece);
                if (!took.result().equals(Bytes.copyOf(Files.readAllBytes(result)))) {
                    throw new IllegalStateException("the enclave computed something else");
                }
                enclave.add(took.toResult());
                whole.add(took.push() + took.approve() + took.toResult() + took.fetch());
                enclavePeak = Math.max(enclavePeak, memory.peak());
                steps.append(
                        format(
                                Locale.ROOT,
                                " %.1f+%.2f+%.1f(%.1f)+%.2f",
                                took.push(),
                                took.approve(),
                                took.toResult(),
                                took.toStart(),
                                took.fetch()));
            }
        }
        long input = Files.size(csv);
        say(
                format(
                        Locale.ROOT,
                        "%s of %d MiB in %s, plain, s: %s",
                        function,
                        input >> 20,
                        runtime,
                        plain.spread()));
        say(
                format(
                        Locale.ROOT,
                        "%s, last grant to stored result, s: %s",
                        function,
                        enclave.spread()));
        say(
                format(
                        Locale.ROOT,
                        "%s, times plain: %.2f; beyond 1.25 times plain: %.2f s",
                        function,
                        enclave.median() / plain.median(),
                        enclave.median() - 1.25 * plain.median()));
        say(
                format(
                        Locale.ROOT,
                        "%s, most memory, MiB: plain %d, enclave with its agent %d, beyond plain"
                                + " %.2f times the input",
                        function,
                        plainPeak >> 20,
                        enclavePeak >> 20,
                        (enclavePeak - plainPeak) / (double) input));
        say(
                format(
                        Locale.ROOT,
                        "%s, encrypt and upload, approve, run, fetch and open, s: %s",
                        function,
                        whole.spread()));
        say(
                format(
                        Locale.ROOT,
                        "%s, its steps, in brackets what of the run comes before user code:%s",
                        function,
                        steps));
    }

    private static String writing(String function) {
        return function.equals("streamed")
                ? "enclave.write(table.streamed(next(enclave.read())))\n"
                : "enclave.write(table.summary(next(enclave.read()).path))\n";
    }

    /// A `run.py` with `body` in its block.
    private Path code(String name, String body) throws IOException {
        Path code = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                code.resolve("run.py"),
                """
                from cloister import Enclave

                with Enclave() as enclave:
                %s\
                """
                        .formatted(body.indent(4)));
        return code;
    }

    /// Approved as soon as there is an identity, and after some reading, when packages that
    /// `run.py` names are imported.
    private void small(Troupe troupe) throws Exception {
        small(troupe, "bare", "nothing", "enclave.write(next(enclave.read()))\n", Duration.ZERO);
        for (String name : List.of("base", "standard")) {
            small(troupe, name, "pandas", small("import pandas"), Duration.ZERO);
        }
        for (Duration reading : List.of(Duration.ZERO, READING)) {
            small(
                    troupe,
                    "standard",
                    "pandas, scikit-learn",
                    small("import pandas, sklearn.linear_model"),
                    reading);
            small(
                    troupe,
                    "standard",
                    "pandas, matplotlib, seaborn",
                    small("import pandas, seaborn, matplotlib.pyplot"),
                    reading);
            small(troupe, "standard", "pandas, keras", small("import pandas, keras"), reading);
        }
    }

    private static String small(String imports) {
        return imports
                + """

                table = pandas.read_csv(next(enclave.read()))
                enclave.write(table.groupby("key").sum().to_csv().encode())
                """;
    }

    private void small(Troupe troupe, String name, String imports, String body, Duration reading)
            throws Exception {
        Path code = code("small-" + name + "-" + imports.replaceAll("\\W+", "-"), body);
        Path input = Files.writeString(folder.resolve("small.csv"), "key,value\na,1\nb,2\na,3\n");
        Terms terms = Terms.defaults(Clock.systemUTC().instant());
        var piece =
                new Troupe.Piece(name, code, List.of(input), terms, () -> Thread.sleep(reading));
        troupe.play(0, piece);
        var toResult = new Samples();
        var toIdentity = new Samples();
        for (int i = 0; i < Math.max(rounds, LEAST_ROUNDS); i++) {
            Troupe.Took took = troupe.play(i, piece);
            toResult.add(took.toResult());
            toIdentity.add(took.toIdentity());
        }
        say(
                format(
                        Locale.ROOT,
                        "%s, imports %s, approved %d s after the identity came: last grant to"
                                + " stored result, s: %s; signed agreement to identity, s: %s",
                        name,
                        imports,
                        reading.toSeconds(),
                        toResult.spread(),
                        toIdentity.spread()));
    }

    private void modules(Troupe troupe) throws Exception {
        String importing =
                """
                import importlib
                import time

                began = time.perf_counter()
                for number in range(%d):
                    importlib.import_module(f"module_{number}")
                took = time.perf_counter() - began
                """
                        .formatted(MODULES);
        Path code = code("enclave-modules", importing + "enclave.write(str(took).encode())\n");
        Path plainCode = Files.createDirectories(folder.resolve("plain-modules"));
        for (int i = 0; i < MODULES; i++) {
            String source = module(i);
            Files.writeString(code.resolve("module_" + i + ".py"), source);
            Files.writeString(plainCode.resolve("module_" + i + ".py"), source);
        }
        Path script =
                Files.writeString(
                        plainCode.resolve("run.py"),
                        importing
                                + """
                                import sys

                                with open(sys.argv[1], "w") as result:
                                    result.write(str(took))
                                with open(sys.argv[2], "w") as peak:
                                    peak.write("0")
                                """);
        Path input = Files.writeString(folder.resolve("small.txt"), "small input\n");
        Terms terms = Terms.defaults(Clock.systemUTC().instant());
        var piece = new Troupe.Piece("bare", code, List.of(input), terms, Troupe.Reading.NONE);
        var python = new PlainPython(troupe.runtime("bare"), plainCode);
        Path result = plainCode.resolve("result");
        var fresh = new Samples();
        var cached = new Samples();
        var enclave = new Samples();
        var toResult = new Samples();
        python.run(script, true, result.toString());
        for (int i = 0; i < Math.max(rounds, LEAST_ROUNDS); i++) {
            python.run(script, false, result.toString());
            fresh.add(Double.parseDouble(Files.readString(result)));
            python.run(script, true, result.toString());
            cached.add(Double.parseDouble(Files.readString(result)));
            Troupe.Took took = troupe.play(i, piece);
            enclave.add(
                    Double.parseDouble(
                            new String(took.result().toArray(), StandardCharsets.US_ASCII)));
            toResult.add(took.toResult());
        }
        say(format(Locale.ROOT, "%d modules imported, plain, s: %s", MODULES, fresh.spread()));
        say(
                format(
                        Locale.ROOT,
                        "%d modules imported, plain with byte code from before, s: %s",
                        MODULES,
                        cached.spread()));
        say(
                format(
                        Locale.ROOT,
                        "%d encrypted modules imported, s: %s, times plain: %.2f; last grant to"
                                + " stored result, s: %s",
                        MODULES,
                        enclave.spread(),
                        enclave.median() / fresh.median(),
                        toResult.spread()));
    }

    /// About 4 KiB of source.
    private static String module(int number) {
        var source =
                new StringBuilder("\"\"\"Module ")
                        .append(number)
                        .append(".\"\"\"\n\nimport math\n");
        for (int i = 0; i < FUNCTIONS; i++) {
            source.append(
                    """


                    def function_%d(first, second=%d):
                        total = [math.sqrt(each) for each in range(second)]
                        return sum(total) + first * %d
                    """
                            .formatted(i, i, number));
        }
        return source.toString();
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
