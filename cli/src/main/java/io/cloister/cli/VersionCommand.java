package io.cloister.cli;

import io.cloister.protocol.json.Json;

import picocli.CommandLine;

/// `version`, with options; without any, [Main] answers.
@CommandLine.Command(name = "version", description = "Print the version.")
final class VersionCommand extends Command {
    VersionCommand(World world) {
        super(world);
    }

    @Override
    Exit run() {
        screen().line("cloister " + Main.version());
        screen().json(Json.object().put("version", Main.version()).build());
        return Exit.OK;
    }
}
