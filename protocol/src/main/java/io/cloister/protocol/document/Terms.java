package io.cloister.protocol.document;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// What everyone agrees user code may do: one closed table (spec/terms.md). There is no network to
/// allow.
///
/// @param runs runs per enclave, 1 to 1,000,000; more than 1 only with `dataMayChange`, since each
///   run takes its own input lists
/// @param notAfter no run starts after this instant, whole seconds
/// @param cores processor cores, 1 to 1,024
/// @param cpuSeconds processor time of a run, 1 s to 365 days
/// @param memoryBytes memory of a run, inputs included, 64 MiB to 16 TiB
/// @param processes processes at once, 1 to 4,096; threads don't count
/// @param wallSeconds wall-clock time of a run, 1 s to 365 days
/// @param outputBytes clear bytes per consumer and run, 1 KiB to 16 TiB
/// @param isolation least isolation level
/// @param inputMode seekable or streaming
/// @param dataMayChange whether a Data Provider may give new inputs for a later run
/// @param outputReaders who may read what user code printed, in ascending order; nobody by default
/// @param tracebackReaders who may read the traceback of a failed run, in ascending order; nobody
///   by default
public record Terms(
        long runs,
        Instant notAfter,
        long cores,
        long cpuSeconds,
        long memoryBytes,
        long processes,
        long wallSeconds,
        long outputBytes,
        IsolationLevel isolation,
        InputMode inputMode,
        boolean dataMayChange,
        List<Email> outputReaders,
        List<Email> tracebackReaders) {
    /// Most readers of each kind.
    public static final int MAX_READERS = 64;

    /// Most runs per enclave.
    public static final long MAX_RUNS = 1_000_000;

    /// The latest instant a document may name: the end of the year 9999, in seconds.
    public static final long MAX_INSTANT = 253_402_300_799L;

    private static final long MAX_SECONDS = Duration.ofDays(365).toSeconds();
    private static final long MAX_BYTES = 1L << 44;
    private static final long MIN_MEMORY = 64L << 20;
    private static final long MIN_OUTPUT = 1L << 10;
    private static final long MAX_CORES = 1_024;
    private static final long MAX_PROCESSES = 4_096;

    public Terms {
        outputReaders = List.copyOf(outputReaders);
        tracebackReaders = List.copyOf(tracebackReaders);
        if (!notAfter.equals(notAfter.truncatedTo(ChronoUnit.SECONDS))) {
            throw new IllegalArgumentException("notAfter counts whole seconds");
        }
        requireWithin("runs", runs, 1, MAX_RUNS);
        requireWithin("notAfter", notAfter.getEpochSecond(), 0, MAX_INSTANT);
        requireWithin("cores", cores, 1, MAX_CORES);
        requireWithin("cpuSeconds", cpuSeconds, 1, MAX_SECONDS);
        requireWithin("memoryBytes", memoryBytes, MIN_MEMORY, MAX_BYTES);
        requireWithin("processes", processes, 1, MAX_PROCESSES);
        requireWithin("wallSeconds", wallSeconds, 1, MAX_SECONDS);
        requireWithin("outputBytes", outputBytes, MIN_OUTPUT, MAX_BYTES);
        if (runs > 1 && !dataMayChange) {
            throw new IllegalArgumentException("more than one run needs dataMayChange");
        }
        requireReaders("outputReaders", outputReaders);
        requireReaders("tracebackReaders", tracebackReaders);
    }

    private static void requireWithin(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + " is " + min + " to " + max + ", not " + value);
        }
    }

    private static void requireReaders(String name, List<Email> readers) {
        if (readers.size() > MAX_READERS || !Lists.isSortedUnique(readers)) {
            throw new IllegalArgumentException(
                    name + " are at most " + MAX_READERS + ", in ascending order, nobody twice");
        }
    }

    /// The default terms, ending 7 days after `now`: one run, 2 cores, an hour, 4 GiB, one process,
    /// 1 GiB of output.
    public static Terms defaults(Instant now) {
        return new Terms(
                1,
                Instant.ofEpochSecond(now.plus(Duration.ofDays(7)).getEpochSecond()),
                2,
                3_600,
                4L << 30,
                1,
                3_600,
                1L << 30,
                IsolationLevel.NAMESPACES,
                InputMode.SEEKABLE,
                false,
                List.of(),
                List.of());
    }

    /// For terms that differ in some entries.
    public TermsBuilder toBuilder() {
        return new TermsBuilder(this);
    }

    /// Reads the table; every entry must be there.
    ///
    /// @throws MalformedException naming the entry that is missing, unknown or out of bounds
    public static Terms read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        boolean dataMayChange = fields.bool("dataMayChange");
        var terms =
                new Terms(
                        fields.integer("runs", 1, dataMayChange ? MAX_RUNS : 1),
                        Instant.ofEpochSecond(fields.integer("notAfter", 0, MAX_INSTANT)),
                        fields.integer("cores", 1, MAX_CORES),
                        fields.integer("cpuSeconds", 1, MAX_SECONDS),
                        fields.integer("memoryBytes", MIN_MEMORY, MAX_BYTES),
                        fields.integer("processes", 1, MAX_PROCESSES),
                        fields.integer("wallSeconds", 1, MAX_SECONDS),
                        fields.integer("outputBytes", MIN_OUTPUT, MAX_BYTES),
                        fields.text("isolation", IsolationLevel::parse),
                        fields.text("inputMode", InputMode::parse),
                        dataMayChange,
                        Lists.sortedUnique(
                                fields.texts("outputReaders", MAX_READERS, Email::parse),
                                path + ".outputReaders"),
                        Lists.sortedUnique(
                                fields.texts("tracebackReaders", MAX_READERS, Email::parse),
                                path + ".tracebackReaders"));
        fields.end();
        return terms;
    }

    /// The table as JSON.
    public Json toJson() {
        return Json.object()
                .put("runs", runs)
                .put("notAfter", notAfter.getEpochSecond())
                .put("cores", cores)
                .put("cpuSeconds", cpuSeconds)
                .put("memoryBytes", memoryBytes)
                .put("processes", processes)
                .put("wallSeconds", wallSeconds)
                .put("outputBytes", outputBytes)
                .put("isolation", isolation.word())
                .put("inputMode", inputMode.word())
                .put("dataMayChange", dataMayChange)
                .put("outputReaders", Lists.texts(outputReaders))
                .put("tracebackReaders", Lists.texts(tracebackReaders))
                .build();
    }
}
