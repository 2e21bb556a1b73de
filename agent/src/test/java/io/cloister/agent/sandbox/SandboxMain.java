package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A small agent in a process of its own, for tests that kill it or start it as another user.
final class SandboxMain {
    private static final String ENDLESS =
            """
            import os, time
            if os.fork() == 0: time.sleep(1000)
            from cloister import Enclave
            Enclave().output()
            time.sleep(1000)
            """;
    private static final String IMPORTING =
            """
            import os
            print(os.listdir('/runtime'))
            import shelf
            print(shelf.X, os.listdir('/runtime'))
            try: open('/runtime/shelf/x', 'w')
            except OSError as error: print(error.strerror)
            """;
    private static final String GROWING =
            """
            import time
            from cloister import Enclave
            Enclave().output()
            time.sleep(1)
            held = bytearray(b'x') * (64 << 20)
            """;
    private static final String TELLING =
            """
            from cloister import Enclave
            import os, socket
            try: socket.socket()
            except PermissionError: print('no network')
            try: open('/etc/passwd')
            except FileNotFoundError: print('no files')
            print(os.getuid(), os.listdir('/proc')[-2:])
            print(next(Enclave().read()).read())
            print([line for line in open('/proc/self/status') if line.startswith('CapEff')])
            """;

    private SandboxMain() {}

    /// Starts this class in a fresh virtual machine, as `user` if named.
    static Process spawn(Optional<Integer> user, Path packageFolder, Path folder, String what)
            throws IOException {
        return spawn(user, classPath(), packageFolder, folder, what);
    }

    static Process spawn(
            Optional<Integer> user, String classPath, Path packageFolder, Path folder, String what)
            throws IOException {
        List<String> command = new ArrayList<>();
        user.ifPresent(uid ->
                command.addAll(
                        List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups")));
        command.addAll(command(classPath, packageFolder, folder, what));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", "/usr/bin:/bin");
        return builder.start();
    }

    /// The command line that starts this class.
    static List<String> command(String classPath, Path packageFolder, Path folder, String what) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                SandboxMain.class.getName(),
                packageFolder.toString(),
                folder.toString(),
                what);
    }

    static String classPath() {
        return Stream.of(SandboxMain.class, Sandbox.class, Bytes.class)
                .map(SandboxMain::placeOf)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String placeOf(Class<?> type) {
        return Path.of(
                        URI.create(
                                type.getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toString()))
                .toString();
    }

    static void main(String[] args) throws Exception {
        var limits =
                new Limits(
                        256L << 20,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        3,
                        2,
                        1 << 20,
                        1 << 20);
        PythonInterpreter python = PythonInterpreter.find(System.getenv().getOrDefault("PATH", ""));
        SandboxSettings settings = SandboxSettings.of(python, Path.of(args[0]), limits);
        settings =
                new SandboxSettings(
                        python,
                        settings.packageFolder(),
                        Optional.empty(),
                        List.of(),
                        limits,
                        settings.uid(),
                        Path.of(args[1]),
                        settings.least());
        if (args[2].equals("importing")) {
            settings = settings.withPackages(shelf(Path.of(args[1])), List.of());
        }
        try (Sandbox sandbox = Sandbox.start(settings)) {
            try (OutputStream file = sandbox.addFile("run.py", false)) {
                file.write(program(args[2]).getBytes(StandardCharsets.UTF_8));
            }
            try (OutputStream input = sandbox.addInput(new InputDescription(0, "a"))) {
                input.write("input".getBytes(StandardCharsets.UTF_8));
            }
            Email someone = new Email("a@example.org");
            var request =
                    new RunRequest(
                            new ComputationId(Bytes.copyOf(new byte[16])),
                            List.of(someone),
                            List.of(someone));
            RunReport report = sandbox.run(request, new Observer());
            System.out.println(sandbox.level() + " " + report.outcome());
            System.out.print(new String(report.log().toArray(), StandardCharsets.UTF_8));
            // These programs write no result, and a success says that in a traceback's place.
            if (!(report.outcome() instanceof RunOutcome.Success)) {
                report.traceback().ifPresent(System.out::print);
            }
        }
    }

    private static String program(String name) {
        return switch (name) {
            case "endless" -> ENDLESS;
            case "importing" -> IMPORTING;
            case "growing" -> GROWING;
            default -> TELLING;
        };
    }

    /// A package that is copied when it is imported.
    private static RuntimeFiles shelf(Path folder) throws IOException {
        Path packages = Files.createDirectories(folder.resolve("site-packages"));
        Files.writeString(
                Files.createDirectory(packages.resolve("shelf")).resolve("__init__.py"),
                "X = 7\n",
                StandardCharsets.UTF_8);
        return Folders.runtimeInParts(packages);
    }

    private static final class Observer implements RunObserver {
        @Override
        public OutputStream open(OutputKey key) {
            System.out.println("started");
            return new ByteArrayOutputStream();
        }
    }
}
