package io.cloister.cli;

import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `man`: one manual page per command, in the form of man-pages(7), made from the commands
/// themselves.
@CommandLine.Command(
        name = "man",
        description = "Write a manual page for every command into a folder.")
final class ManCommand extends Command {
    @Parameters(
            paramLabel = "FOLDER",
            description = "Created if it isn't there, such as ~/.local/share/man/man1.")
    private String folder = "";

    ManCommand(World world) {
        super(world);
    }

    @Override
    Exit run() throws IOException {
        Path target = world().path(folder);
        Files.createDirectories(target);
        List<String> written = new ArrayList<>();
        write(Cli.commandLine(world()).getCommandSpec(), target, written);
        screen().line("Wrote " + written.size() + " pages to " + target + ".");
        screen().json(Json.object().put("pages", written.stream().map(Json::of).toList()).build());
        return Exit.OK;
    }

    private static void write(CommandSpec spec, Path folder, List<String> written)
            throws IOException {
        String name = spec.qualifiedName("-");
        Files.writeString(folder.resolve(name + ".1"), page(spec, name));
        written.add(name);
        for (CommandLine sub : spec.subcommands().values()) {
            write(sub.getCommandSpec(), folder, written);
        }
    }

    private static String page(CommandSpec spec, String name) {
        var page = new StringBuilder();
        String about = String.join(" ", spec.usageMessage().description());
        page.append(".TH ")
                .append(name)
                .append(" 1 \"\" \"Cloister ")
                .append(Main.version())
                .append("\"\n");
        page.append(".SH NAME\n")
                .append(text(name))
                .append(" \\- ")
                .append(text(about))
                .append("\n");
        page.append(".SH SYNOPSIS\n.B ").append(text(spec.qualifiedName())).append("\n");
        if (!spec.subcommands().isEmpty()) {
            page.append("COMMAND\n.SH COMMANDS\n");
            spec.subcommands()
                    .forEach((sub, line) ->
                            item(
                                    page,
                                    sub,
                                    String.join(
                                            " ",
                                            line.getCommandSpec().usageMessage().description())));
            return page.toString();
        }
        page.append("[OPTIONS]");
        spec.positionalParameters().forEach(one -> page.append(' ').append(text(one.paramLabel())));
        page.append("\n.SH OPTIONS\n");
        for (PositionalParamSpec one : spec.positionalParameters()) {
            item(page, one.paramLabel(), description(one));
        }
        for (OptionSpec option : spec.options()) {
            String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
            item(page, String.join(", ", option.names()) + label, description(option));
        }
        page.append(".SH EXIT STATUS\n");
        for (Exit exit : Exit.values()) {
            item(page, Integer.toString(exit.code()), exit.meaning());
        }
        return page.toString();
    }

    private static String description(ArgSpec argument) {
        List<String> candidates = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(candidates::add);
        }
        return String.join(" ", argument.description())
                .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValueString()))
                .replace(
                        "${COMPLETION-CANDIDATES}",
                        String.join(", ", candidates).toLowerCase(Locale.ROOT));
    }

    private static void item(StringBuilder page, String name, String about) {
        page.append(".TP\n.B ").append(text(name)).append('\n').append(text(about)).append('\n');
    }

    /// Escaped for roff: a backslash, a hyphen that must stay one, and a line that begins like a
    /// request.
    private static String text(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
