package io.cloister.bench;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.server.Accounts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A control plane in a process of its own, started as people start one, with a limit on its heap.
final class ServerProcess implements AutoCloseable {
    /// The limit on its heap, in MiB.
    static final int HEAP_MEBIBYTES = 128;

    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    private final Process process;
    private final Path data;
    private final Endpoint endpoint;
    private final List<String> runtimes;

    private ServerProcess(Process process, Path data, Endpoint endpoint, List<String> runtimes) {
        this.process = process;
        this.data = data;
        this.endpoint = endpoint;
        this.runtimes = List.copyOf(runtimes);
    }

    /// Starts one on a free port.
    ///
    /// @param root the repository, with packaged `agent` and `cli`
    /// @param data its folder
    /// @param enclaves how many enclaves it runs at once
    /// @param runtimes names of the packages it has
    static ServerProcess start(Path root, Path data, int enclaves, List<String> runtimes)
            throws Exception {
        Process process =
                new ProcessBuilder(command(root, data, enclaves, runtimes))
                        .redirectError(data.resolveSibling(data.getFileName() + ".log").toFile())
                        .start();
        String said = Objects.requireNonNull(process.inputReader().readLine(), "no address");
        Fields fields =
                Fields.of(
                        Json.parse(
                                said.getBytes(StandardCharsets.UTF_8), JsonLimits.MESSAGE, "said"),
                        "said");
        Endpoint endpoint =
                Endpoint.of(ServerUrl.parse(fields.string("address", 1, 200), "address"));
        return new ServerProcess(process, data, endpoint, runtimes);
    }

    private static List<String> command(Path root, Path data, int enclaves, List<String> runtimes) {
        var command =
                new ArrayList<String>(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-XX:+UseSerialGC",
                                "-Xmx" + HEAP_MEBIBYTES + "m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-Dcloister.home=" + root,
                                "-cp",
                                root.resolve("cli/target/app") + "/*",
                                "io.cloister.cli.Main",
                                "server",
                                "start",
                                "--json",
                                "--data",
                                data.toString(),
                                "--port",
                                "0",
                                "--enclaves",
                                Integer.toString(enclaves)));
        runtimes.forEach(name -> command.addAll(List.of("--runtime", name)));
        return command;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /// Names of the packages it has.
    List<String> runtimes() {
        return runtimes;
    }

    /// Its process.
    long pid() {
        return process.pid();
    }

    /// A fresh token for a person's account, which is made for it.
    String account(Email email, Accounts.Quota quota) throws Exception {
        try (var accounts = Accounts.open(data, new SecureRandom(), Clock.systemUTC())) {
            accounts.add(email, quota);
            return accounts.newToken(email, Duration.ofDays(1));
        }
    }

    /// Most resident memory so far, heap and everything else, in MiB.
    long peakMebibytes() throws IOException {
        List<MatchResult> found =
                PEAK.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")))
                        .results()
                        .toList();
        return Long.parseLong(found.getFirst().group(1)) / 1024;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
