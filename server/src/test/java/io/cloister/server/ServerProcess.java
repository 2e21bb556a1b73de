package io.cloister.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A server in a process of its own, so that it can be killed, or be given a disk that fills up.
final class ServerProcess implements AutoCloseable {
    private final Process process;
    private final Path portFile;

    ServerProcess(Path data, Path portFile, String limits) throws IOException {
        this.portFile = portFile;
        Files.deleteIfExists(portFile);
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", "-c", limits + "exec \"$0\" \"$@\""));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServerMain.class.getName(),
                        data.toString(),
                        portFile.toString()));
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(portFile.resolveSibling("server.log").toFile())
                        .start();
    }

    /// Waits until it listens.
    int port() {
        Stage.await(() -> Files.exists(portFile) || !process.isAlive(), () -> "the server's port");
        try {
            return Integer.parseInt(Files.readString(portFile, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new AssertionError("the server did not start", e);
        }
    }

    /// As `kill -9`.
    void kill() {
        process.destroyForcibly();
        Stage.await(() -> !process.isAlive(), () -> "the server's death");
    }

    @Override
    public void close() {
        kill();
    }
}
