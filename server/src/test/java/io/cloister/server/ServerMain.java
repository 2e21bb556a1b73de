package io.cloister.server;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CountDownLatch;

/// What [ServerProcess] runs: a server on the data folder named first, its port in the file named
/// second.
final class ServerMain {
    private ServerMain() {}

    public static void main(String[] arguments) throws Exception {
        var launcher =
                new FakeLauncher((_, in, out) -> {
                    try (var agent = new FakeAgent(in, out)) {
                        FakeCosmianAgent.serveAnyDialect(agent);
                    }
                });
        var server =
                CloisterServer.start(
                        ServerSettings.of(Path.of(arguments[0]))
                                .allowCosmianDialect(ServerSettings.Cosmian.usual()),
                        launcher);
        Path port = Path.of(arguments[1]);
        Path written = port.resolveSibling("port.tmp");
        Files.writeString(written, Integer.toString(server.port()), StandardCharsets.US_ASCII);
        Files.move(written, port, StandardCopyOption.ATOMIC_MOVE);
        new CountDownLatch(1).await();
    }
}
