package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.RefusedException;
import io.cloister.client.SealedFiles;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `encrypt` and `decrypt`: age files, as any age tool makes and opens them.
final class FileCommands {
    private FileCommands() {}

    /// `encrypt`.
    @CommandLine.Command(name = "encrypt", description = "Encrypt a file to age recipients.")
    static final class Encrypt extends Command {
        @Parameters(paramLabel = "FILE", description = "What to encrypt.")
        private String file = "";

        @Option(
                names = {"-r", "--recipient"},
                required = true,
                paramLabel = "AGE1...",
                description = "Who can open it; repeatable.")
        private List<String> recipients = new ArrayList<>();

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FILE",
                description = "Default: FILE.age. Must not exist.")
        private String output = "";

        Encrypt(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, MalformedException {
            Path target = world().path(output.isEmpty() ? file + ".age" : output);
            SealedFiles.seal(world().path(file), target, recipients, screen().progress());
            screen().line("Wrote " + target + ".");
            screen().json(Json.object().put("file", target.toString()).build());
            return Exit.OK;
        }
    }

    /// `decrypt`.
    @CommandLine.Command(name = "decrypt", description = "Open an age file with an identity file.")
    static final class Decrypt extends Command {
        @Parameters(paramLabel = "FILE", description = "What to open; binary, or in ASCII armor.")
        private String file = "";

        @Option(
                names = {"-i", "--identity"},
                required = true,
                paramLabel = "FILE",
                description = "A file with one AGE-SECRET-KEY per line; repeatable.")
        private List<String> identities = new ArrayList<>();

        @Option(
                names = {"-o", "--output"},
                required = true,
                paramLabel = "FILE",
                description = "Where to write the content. Must not exist.")
        private String output = "";

        Decrypt(World world) {
            super(world);
        }

        @Override
        Exit run() throws ClientException, MalformedException, RefusedException {
            Path target = world().path(output);
            SealedFiles.open(
                    world().path(file),
                    target,
                    identities.stream().map(one -> world().path(one)).toList(),
                    screen().progress());
            screen().line("Wrote " + target + ".");
            screen().json(Json.object().put("file", target.toString()).build());
            return Exit.OK;
        }
    }
}
