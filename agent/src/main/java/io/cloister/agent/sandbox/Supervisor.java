package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// The supervisor's process and our side of its connection.
final class Supervisor {
    private static final int ORDER_BYTES = 9;
    private static final long SECONDS_TO_END = 20;

    private final Process process;
    private final SocketChannel channel;
    private final DataInputStream in;

    Supervisor(Process process, SocketChannel channel) {
        this.process = process;
        this.channel = channel;
        this.in = new DataInputStream(new ChannelStream(channel, 1 << 13));
    }

    /// Starts the process with an empty environment and tells it what to build.
    static Process spawn(
            SandboxSettings settings,
            long scratchBytes,
            long packagesBytes,
            Path socket,
            Bytes token)
            throws IOException {
        var builder =
                new ProcessBuilder(
                                settings.python().path().toString(),
                                "-I",
                                "-S",
                                "-B",
                                "-X",
                                "utf8",
                                settings.packageFolder().resolve("supervise.py").toString())
                        .directory(Path.of("/").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        Process process = builder.start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(greeting(socket, token));
            stdin.write(
                    words(settings, scratchBytes, packagesBytes).getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // It has ended already: whoever waits for its connections finds out why.
        }
        return process;
    }

    /// Where to connect, apart from the rest: what is read here stays out of the interpreter.
    private static byte[] greeting(Path socket, Bytes token) {
        byte[] path = socket.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(token.length() + Short.BYTES + path.length)
                .put(token.toArray())
                .putShort((short) path.length)
                .put(path)
                .array();
    }

    private static String words(SandboxSettings settings, long scratchBytes, long packagesBytes) {
        Limits limits = settings.limits();
        var words = new StringBuilder();
        word(words, "package-folder", settings.packageFolder().toString());
        word(
                words,
                "site-packages",
                settings.runtime().map(RuntimeFiles::folder).map(Path::toString).orElse(""));
        settings.runtime().ifPresent(runtime -> runtime(words, runtime));
        settings.preload().forEach(module -> word(words, "preload", module));
        environment(limits)
                .forEach((name, value) -> word(words, "environment", name + "=" + value));
        word(words, "memory", Long.toString(limits.memoryBytes()));
        word(words, "scratch", Long.toString(scratchBytes));
        word(words, "packages", Long.toString(packagesBytes));
        word(words, "cpu", Long.toString(limits.cpu().toMillis()));
        word(words, "wall", Long.toString(limits.wall().toMillis()));
        word(words, "processes", Integer.toString(limits.processes()));
        word(words, "cores", Integer.toString(limits.cores()));
        word(words, "uid", Integer.toString(settings.uid().orElse(0)));
        word(words, "isolation", settings.least().word());
        return words.toString();
    }

    private static void runtime(StringBuilder words, RuntimeFiles runtime) {
        files(words, runtime.files());
        for (RuntimeFiles.Part part : runtime.parts()) {
            word(words, "runtime-part", part.name());
            files(words, part.files());
        }
    }

    private static void files(StringBuilder words, Map<String, RuntimeFiles.Content> files) {
        files.forEach((path, content) ->
                word(
                        words,
                        "runtime-file",
                        content.digest().hex() + " " + content.size() + " " + path));
    }

    private static void word(StringBuilder words, String name, String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero character in the setting " + name);
        }
        words.append(name).append('\0').append(value).append('\0');
    }

    /// Thread counts, and what a host sets for OpenBLAS to compute rightly on its processor.
    private static Map<String, String> environment(Limits limits) {
        Map<String, String> environment = new TreeMap<>();
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            if (entry.getKey().startsWith("OPENBLAS_")) {
                environment.put(entry.getKey(), entry.getValue());
            }
        }
        String threads =
                Integer.toString(
                        Math.min(limits.cores(), Runtime.getRuntime().availableProcessors()));
        environment.put("OPENBLAS_NUM_THREADS", threads);
        environment.put("OMP_NUM_THREADS", threads);
        return environment;
    }

    ControlMessage read() throws IOException {
        return ControlMessage.read(in);
    }

    /// User code is about to start; `held` bytes of code and inputs are in memory files.
    void start(long held) throws IOException {
        order('S', held);
    }

    /// Ends the sandbox; the supervisor then reports what was used. Does nothing if it has ended by
    /// itself.
    void kill() {
        try {
            order('K', 0);
        } catch (IOException _) {
            // It has ended.
        }
    }

    private synchronized void order(char kind, long value) throws IOException {
        ByteBuffer order = ByteBuffer.allocate(ORDER_BYTES).put((byte) kind).putLong(value).flip();
        while (order.hasRemaining()) {
            channel.write(order);
        }
    }

    /// Waits until the process and with it the sandbox has ended, after its connection was closed;
    /// then makes sure.
    void awaitEnd() {
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            interrupted = true;
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
