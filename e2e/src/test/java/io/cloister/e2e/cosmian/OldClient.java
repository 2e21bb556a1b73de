package io.cloister.e2e.cosmian;

import io.cloister.e2e.stage.Checkout;
import io.cloister.launcher.runtime.PythonFinder;
import io.cloister.launcher.runtime.PythonInterpreter;
import io.cloister.launcher.runtime.RuntimeStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// `cosmian_secure_computation_client` 0.5.0 as it is on PyPI, in a virtual environment, driven by
/// a small program that calls what its users call. Its packages are locked, and fetched once into
/// the cache where the runtimes are. For one thread.
final class OldClient implements AutoCloseable {
    static final Path RESOURCES =
            Checkout.root().resolve("e2e/src/test/resources/io/cloister/e2e/cosmian");

    private final Process process;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private OldClient(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /// What the client raised, in its words.
    static final class RaisedException extends Exception {
        private static final long serialVersionUID = 1L;

        RaisedException(String text) {
            super(text);
        }
    }

    /// Starts the client for the server at `server`, with `folder` for what it leaves behind.
    static OldClient start(Path folder, URI server) throws Exception {
        Path python = environment(folder.resolve("venv"));
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        var builder =
                new ProcessBuilder(python.toString(), RESOURCES.resolve("driver.py").toString());
        builder.environment().put("COSMIAN_BASE_URL", server.toString());
        builder.environment().put("TMPDIR", temporary.toString());
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        return new OldClient(builder.start());
    }

    /// Makes a virtual environment with the locked packages.
    ///
    /// @return its interpreter
    private static Path environment(Path folder) throws Exception {
        PythonInterpreter python = new PythonFinder(System.getenv()).find();
        var store =
                new RuntimeStore(
                        RuntimeStore.defaultCache(System.getenv()), System.getenv(), _ -> {});
        Path packages =
                store.prepare("cosmian-client", RESOURCES.resolve("client.lock"), python)
                        .folder()
                        .sitePackages();
        Process made =
                new ProcessBuilder(
                                python.executable().toString(),
                                "-m",
                                "venv",
                                "--without-pip",
                                folder.toString())
                        .inheritIO()
                        .start();
        if (made.waitFor() != 0) {
            throw new IOException("no virtual environment could be made in " + folder);
        }
        Path own =
                folder.resolve(
                        "lib/python" + python.major() + "." + python.minor() + "/site-packages");
        Files.writeString(own.resolve("client.pth"), packages + "\n");
        return folder.resolve("bin/python");
    }

    private Json ask(Json command) throws RaisedException, IOException, MalformedException {
        commands.write(command.text());
        commands.newLine();
        commands.flush();
        String line = Optional.ofNullable(answers.readLine()).orElseThrow();
        Json answer =
                Json.parse(
                        line.getBytes(StandardCharsets.UTF_8),
                        new JsonLimits(256 << 20, 24, 4_000_000),
                        "answer");
        if (answer instanceof Json.Obj(var members)) {
            if (members.get("error") instanceof Json.Str(var text)) {
                throw new RaisedException(text);
            }
            Json value = members.get("value");
            if (value != null) {
                return value;
            }
        }
        throw new AssertionError(line);
    }

    /// Signs in as the owner of computations.
    void owner(String name, String token) throws Exception {
        ask(Json.object().put("owner", name).put("token", token).build());
    }

    /// Signs in as somebody with a role in a computation, with keys of their own.
    void actor(String name, String side, String token, String uuid, String words) throws Exception {
        ask(
                Json.object()
                        .put("actor", name)
                        .put("side", side)
                        .put("token", token)
                        .put("uuid", uuid)
                        .put("words", words)
                        .build());
    }

    /// Goes on with the same keys and other words.
    void reword(String name, String words) throws Exception {
        ask(Json.object().put("reword", name).put("words", words).build());
    }

    /// Three words as the client draws them.
    String words() throws Exception {
        return text(ask(Json.object().put("words", true).build()));
    }

    /// Calls a method of the client.
    ///
    /// @throws RaisedException if it raises an exception
    Json call(String name, String method, Json... arguments) throws Exception {
        return ask(
                Json.object()
                        .put("call", name)
                        .put("method", method)
                        .put("args", List.of(arguments))
                        .build());
    }

    static Json path(Path path) {
        return Json.object().put("path", path.toString()).build();
    }

    static Json bytes(byte[] bytes) {
        return Json.object().put("bytes", Bytes.copyOf(bytes).base64()).build();
    }

    static Json texts(List<String> texts) {
        List<Json> all = new ArrayList<>();
        texts.forEach(text -> all.add(Json.of(text)));
        return Json.array(all);
    }

    static String text(Json value) {
        if (value instanceof Json.Str(var text)) {
            return text;
        }
        throw new AssertionError("no text: " + value.text());
    }

    static byte[] bytes(Json value) throws MalformedException {
        return Bytes.fromBase64(text(at(value, "bytes")), "bytes").toArray();
    }

    /// A member of members, with dots between; elements of lists by number.
    static Json at(Json value, String path) {
        Json here = value;
        for (String name : path.split("\\.")) {
            Json next =
                    switch (here) {
                        case Json.Obj(var members) -> members.get(name);
                        case Json.Arr(var elements) -> elements.get(Integer.parseInt(name));
                        default -> null;
                    };
            if (next == null) {
                throw new AssertionError("no " + path + " in " + value.text());
            }
            here = next;
        }
        return here;
    }

    @Override
    public void close() throws IOException {
        commands.close();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
        answers.close();
    }
}
