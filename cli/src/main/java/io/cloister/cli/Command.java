package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.Cloister;
import io.cloister.client.RefusedException;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.protocol.MalformedException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A command. Subclasses say what it does in [#run].
abstract class Command implements Callable<Integer> {
    /// The longest time an option takes: a hundred years.
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final World world;

    @Mixin private final Common common = new Common();

    @Spec private CommandSpec spec = CommandSpec.create();

    Command(World world) {
        this.world = world;
    }

    /// Does it.
    abstract Exit run()
            throws ClientException,
                    ServerException,
                    RefusedException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException;

    @Override
    public final Integer call() throws Exception {
        requireValues();
        return run().code();
    }

    /// An empty value is one that a script did not set: what it was meant to say must not be taken
    /// as not said.
    private void requireValues() throws CommandException {
        CommandLine.ParseResult parsed = parsed();
        for (ArgSpec given :
                Stream.concat(
                                parsed.matchedOptions().stream(),
                                parsed.matchedPositionals().stream())
                        .toList()) {
            if (given.arity().max() > 0 && given.originalStringValues().contains("")) {
                throw new CommandException(
                        Exit.USAGE,
                        (given instanceof OptionSpec option
                                        ? option.longestName()
                                        : given.paramLabel())
                                + ": expected a value, got an empty one");
            }
        }
    }

    /// The options that the command line has, each by its longest name.
    final Set<String> optionsGiven() {
        return parsed().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .collect(Collectors.toSet());
    }

    /// Refuses the first of `options` that was given.
    ///
    /// @param why it has no place beside the others, for people
    final void requireNoneOf(Set<String> options, String why) throws CommandException {
        Optional<String> given =
                optionsGiven().stream().filter(options::contains).sorted().findFirst();
        if (given.isPresent()) {
            throw new CommandException(Exit.USAGE, given.get() + ": " + why);
        }
    }

    private CommandLine.ParseResult parsed() {
        return spec.commandLine().getParseResult();
    }

    final World world() {
        return world;
    }

    final Screen screen() {
        return new Screen(world, common.json);
    }

    /// This person's client.
    final Cloister cloister() throws ClientException, CommandException {
        Path home = home();
        boolean made = !KeyStore.exists(home);
        Optional<PassphraseSource> expected = expectedPassphrase(made);
        if (expected.isPresent()) {
            return Cloister.openProtected(home, expected.get(), world.clock(), world.random());
        }
        Cloister cloister =
                Cloister.open(
                        home, new Passphrases(world)::ofKeyStore, world.clock(), world.random());
        if (made) {
            screen().note(
                            "! Made a new key store, without passphrase, in "
                                    + home
                                    + ". If yours has one, this is not yours.");
        }
        return cloister;
    }

    /// Where the passphrase comes from, if the key store must be under one.
    ///
    /// @param fresh whether there is no key store yet
    private Optional<PassphraseSource> expectedPassphrase(boolean fresh) throws CommandException {
        var passphrases = new Passphrases(world);
        if (!common.passphraseFile.isEmpty()) {
            return Optional.of(() -> passphrases.inFile(common.passphraseFile));
        }
        if (!common.expectProtected && !expectsProtected(world.environment())) {
            return Optional.empty();
        }
        if (!fresh) {
            return Optional.of(passphrases::ofKeyStore);
        }
        Passphrase chosen =
                passphrases.typedTwice("New passphrase of the key store: ", "--passphrase-file");
        return Optional.of(() -> chosen);
    }

    private static boolean expectsProtected(Map<String, String> environment)
            throws CommandException {
        String said = environment.getOrDefault("CLOISTER_PROTECTED", "");
        return switch (said) {
            case "1" -> true;
            case "", "0" -> false;
            default ->
                    throw new CommandException(
                            Exit.USAGE, "$CLOISTER_PROTECTED: expected 1 or 0, got " + said);
        };
    }

    /// Where the key store is.
    final Path home() throws CommandException {
        if (!common.home.isEmpty()) {
            return world.path(common.home);
        }
        Map<String, String> environment = world.environment();
        String own = environment.getOrDefault("CLOISTER_HOME", "");
        if (!own.isEmpty()) {
            return world.path(own);
        }
        String data = environment.getOrDefault("XDG_DATA_HOME", "");
        if (!data.isEmpty()) {
            return world.path(data).resolve("cloister");
        }
        String user = environment.getOrDefault("HOME", "");
        if (user.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE, "there is no $HOME", "say where the key store is with --home");
        }
        return world.path(user).resolve(".local/share/cloister");
    }

    /// One line that a person types.
    final String readLine() throws IOException {
        String line =
                new BufferedReader(new InputStreamReader(world.in(), StandardCharsets.UTF_8))
                        .readLine();
        return line == null ? "" : line.strip();
    }

    /// The number of a run as it was typed; 0 if none was.
    ///
    /// @throws CommandException if it is below 1
    static long runNumber(@Nullable Long typed) throws CommandException {
        if (typed == null) {
            return 0;
        }
        if (typed < 1) {
            throw new CommandException(Exit.USAGE, "--run: runs count from 1, got " + typed);
        }
        return typed;
    }

    /// `30s`, `15m`, `2h`, `7d`.
    ///
    /// @return 0 to [#LONGEST]
    /// @throws CommandException if it is no time, or out of these bounds
    static Duration duration(String text, String option) throws CommandException {
        Duration given;
        try {
            String upper = text.toUpperCase(Locale.ROOT);
            given = Duration.parse(upper.endsWith("D") ? "P" + upper : "PT" + upper);
        } catch (DateTimeParseException _) {
            throw new CommandException(
                    Exit.USAGE,
                    option + ": expected a time such as 30s, 15m, 2h or 7d, got " + text);
        }
        if (given.isNegative() || given.compareTo(LONGEST) > 0) {
            throw new CommandException(
                    Exit.USAGE,
                    option + ": expected 0 to " + LONGEST.toDays() + " days, got " + text);
        }
        return given;
    }

    /// A number of bytes, such as `512MiB`.
    ///
    /// @throws CommandException if it is no size, or 8 EiB or more
    static long bytes(String text, String option) throws CommandException {
        String[] units = {"B", "KIB", "MIB", "GIB", "TIB"};
        String upper = text.strip().toUpperCase(Locale.ROOT);
        int unit = units.length - 1;
        while (unit >= 0 && !upper.endsWith(units[unit])) {
            unit--;
        }
        String digits =
                unit < 0
                        ? upper
                        : upper.substring(0, upper.length() - units[unit].length()).strip();
        if (!digits.matches("[0-9]{1,12}")) {
            throw new CommandException(
                    Exit.USAGE, option + ": expected a size such as 512MiB, got " + text);
        }
        try {
            return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * Math.max(unit, 0)));
        } catch (ArithmeticException _) {
            throw new CommandException(
                    Exit.USAGE, option + ": expected less than 8 EiB, got " + text);
        }
    }
}
