package io.cloister.cli;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Terms;

import picocli.CommandLine.Option;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// The options that make the terms of a proposal.
final class TermsOptions {
    @Option(
            names = "--runs",
            defaultValue = "1",
            description = "Runs per enclave: ${DEFAULT-VALUE}.")
    private long runs = 1;

    @Option(
            names = "--expires-in",
            defaultValue = "7d",
            paramLabel = "TIME",
            description = "No run starts after: ${DEFAULT-VALUE}.")
    private String expiresIn = "7d";

    @Option(
            names = "--cores",
            defaultValue = "2",
            description = "Processor cores: ${DEFAULT-VALUE}.")
    private long cores = 2;

    @Option(
            names = "--cpu",
            defaultValue = "1h",
            paramLabel = "TIME",
            description = "Processor time of a run: ${DEFAULT-VALUE}.")
    private String cpu = "1h";

    @Option(
            names = "--wall",
            defaultValue = "1h",
            paramLabel = "TIME",
            description = "Time of a run: ${DEFAULT-VALUE}.")
    private String wall = "1h";

    @Option(
            names = "--memory",
            defaultValue = "4GiB",
            paramLabel = "SIZE",
            description = "Memory of a run: ${DEFAULT-VALUE}.")
    private String memory = "4GiB";

    @Option(
            names = "--processes",
            defaultValue = "1",
            description = "Processes at once: ${DEFAULT-VALUE}.")
    private long processes = 1;

    @Option(
            names = "--output-limit",
            defaultValue = "1GiB",
            paramLabel = "SIZE",
            description = "Output per consumer and run: ${DEFAULT-VALUE}.")
    private String outputLimit = "1GiB";

    @Option(
            names = "--isolation",
            defaultValue = "namespaces",
            paramLabel = "LEVEL",
            description =
                    "Least isolation of the code: ${DEFAULT-VALUE}, or cgroups where the operator"
                            + " gives the enclaves some.")
    private String isolation = "namespaces";

    @Option(
            names = "--streaming",
            description =
                    "Code reads inputs as streams, from start to end, while they come: they need"
                        + " not fit into the memory. Results are kept back until all are read to"
                        + " their ends: more than 32 MiB before that end the run (limit-output).")
    private boolean streaming;

    @Option(
            names = "--data-may-change",
            description =
                    "Providers may give other data for later runs. Two results then tell more"
                            + " than one.")
    private boolean dataMayChange;

    @Option(
            names = "--output-reader",
            paramLabel = "EMAIL",
            description = "May read what the code prints; repeatable.")
    private List<String> outputReaders = new ArrayList<>();

    @Option(
            names = "--traceback-reader",
            paramLabel = "EMAIL",
            description = "May read tracebacks; repeatable.")
    private List<String> tracebackReaders = new ArrayList<>();

    /// What they come to, for a proposal made at `instant`.
    Terms terms(Instant instant) throws MalformedException, CommandException {
        Instant now = instant.truncatedTo(ChronoUnit.SECONDS);
        return new Terms(
                runs,
                now.plus(Command.duration(expiresIn, "--expires-in")),
                cores,
                Command.duration(cpu, "--cpu").toSeconds(),
                Command.bytes(memory, "--memory"),
                processes,
                Command.duration(wall, "--wall").toSeconds(),
                Command.bytes(outputLimit, "--output-limit"),
                IsolationLevel.parse(isolation, "--isolation"),
                streaming ? InputMode.STREAMING : InputMode.SEEKABLE,
                dataMayChange,
                emails(outputReaders, "--output-reader").stream().sorted().toList(),
                emails(tracebackReaders, "--traceback-reader").stream().sorted().toList());
    }

    /// The same, for a command that makes no proposal.
    ///
    /// @throws CommandException if no proposal could have them
    Terms checked(Instant instant) throws MalformedException, CommandException {
        try {
            return terms(instant);
        } catch (IllegalArgumentException e) {
            throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
        }
    }

    static List<Email> emails(List<String> texts, String option) throws MalformedException {
        List<Email> emails = new ArrayList<>();
        for (String text : texts) {
            emails.add(Email.fromPerson(text, option));
        }
        return emails;
    }
}
