package io.cloister.cli;

import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.ParameterException;

import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Parses a command line and runs what it says.
final class Cli {
    private Cli() {}

    /// Runs a command.
    ///
    /// @return its exit code
    static int run(World world, String... arguments) {
        List<String> given = Arrays.asList(arguments);
        boolean json = given.contains("--json");
        CommandLine line = commandLine(world);
        line.setOut(new PrintWriter(world.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(world.err(), true, StandardCharsets.UTF_8));
        line.setExecutionExceptionHandler(
                (failure, _, _) -> new Failures(world, json).report(failure).code());
        line.setParameterExceptionHandler((failure, _) -> usage(failure, world, json));
        return line.execute(arguments);
    }

    static CommandLine commandLine(World world) {
        var line = new CommandLine(RootCommand.class, new Factory(world));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setAbbreviatedOptionsAllowed(false);
        return line;
    }

    private static int usage(ParameterException failure, World world, boolean json) {
        String name = failure.getCommandLine().getCommandSpec().qualifiedName();
        return new Failures(world, json)
                .report(
                        new CommandException(
                                Exit.USAGE,
                                String.valueOf(failure.getMessage()),
                                "see: " + name + " --help"))
                .code();
    }

    /// Makes commands, giving each the world.
    private record Factory(World world) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {World.class})) {
                    return type.cast(constructor.newInstance(world));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
