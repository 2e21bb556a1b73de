package io.cloister.cli;

import io.cloister.client.ClientException;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/// `login`.
@CommandLine.Command(
        name = "login",
        description =
                "Keep an account's token, which the operator made with: cloister server account"
                        + " token")
final class LoginCommand extends Command {
    @Parameters(paramLabel = "URL", description = "The server.")
    private String url = "";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Read the token from FILE, not from standard input.")
    private String tokenFile = "";

    @Option(
            names = "--pin",
            paramLabel = "SHA256",
            description = "Accept this certificate only, by its DER form's digest.")
    private String pin = "";

    LoginCommand(World world) {
        super(world);
    }

    @Override
    Exit run()
            throws ClientException,
                    ServerException,
                    MalformedException,
                    CommandException,
                    IOException,
                    InterruptedException {
        var endpoint =
                new Endpoint(
                        ServerUrl.fromPerson(url, "URL"),
                        pin.isEmpty() ? Optional.empty() : Optional.of(Sha256.parse(pin, "--pin")));
        if (tokenFile.isEmpty() && world().terminal()) {
            screen().ask("Token:");
        }
        String token =
                tokenFile.isEmpty()
                        ? readLine()
                        : Files.readString(world().path(tokenFile)).strip();
        Said.Me me = cloister().login(endpoint, token);
        screen().line(
                        "Logged in to "
                                + endpoint.url()
                                + " as "
                                + me.email()
                                + ", the server says; until "
                                + me.expires()
                                + ".");
        screen().json(
                        Json.object()
                                .put(
                                        "serverSays",
                                        Json.object()
                                                .put("email", me.email().value())
                                                .put("kind", me.kind())
                                                .put("expires", me.expires().toString())
                                                .build())
                                .put("server", endpoint.url().value())
                                .build());
        return Exit.OK;
    }
}
