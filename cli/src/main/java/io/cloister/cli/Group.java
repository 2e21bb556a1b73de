package io.cloister.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/// A command that only has commands of its own.
abstract class Group implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "one of these is missing: " + String.join(", ", spec.subcommands().keySet()));
    }
}
