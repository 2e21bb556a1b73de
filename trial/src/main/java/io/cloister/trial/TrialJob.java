package io.cloister.trial;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/// What to run, and where everything lies.
///
/// @param python the interpreter
/// @param pythonPackage folder of our Python packages
/// @param runtime folder of the built runtime
/// @param lock digest of its lock
/// @param scratch private folder with a short path
/// @param results private folder for what the code writes; empty
/// @param code the project's files, in the bundle's order
/// @param providers the Data Providers, in order
/// @param consumers the Result Consumers, in order
/// @param terms what the run may use
record TrialJob(
        Path python,
        Path pythonPackage,
        Path runtime,
        Sha256 lock,
        Path scratch,
        Path results,
        List<CodeFile> code,
        List<Provider> providers,
        List<Email> consumers,
        Terms terms) {
    private static final int MOST_FILES = 100_000;
    private static final int MOST_NAME = 1_000;

    TrialJob {
        code = List.copyOf(code);
        providers = List.copyOf(providers);
        consumers = List.copyOf(consumers);
    }

    /// A file of the project.
    ///
    /// @param path in the project
    /// @param secret whether `code push` encrypts it
    /// @param file where its content is
    record CodeFile(String path, boolean secret, Path file) {
        private static final String WHEELS = "wheels/";

        /// Whether it is a package that comes with the code.
        boolean isWheel() {
            return !secret && path.startsWith(WHEELS);
        }

        /// The wheel's name.
        String wheelName() {
            return path.substring(WHEELS.length());
        }

        static CodeFile read(Json value, String at) throws MalformedException {
            Fields fields = Fields.of(value, at);
            var file =
                    new CodeFile(
                            fields.string("path", 1, MOST_NAME),
                            fields.bool("secret"),
                            fields.text("file", TrialJob::path));
            fields.end();
            return file;
        }
    }

    /// A Data Provider.
    record Provider(Email email, List<Input> inputs) {
        Provider {
            inputs = List.copyOf(inputs);
        }

        static Provider read(Json value, String at) throws MalformedException {
            Fields fields = Fields.of(value, at);
            var provider =
                    new Provider(
                            fields.text("email", Email::parse),
                            fields.list("inputs", MOST_FILES, Input::read));
            fields.end();
            return provider;
        }
    }

    /// An input.
    ///
    /// @param name as the code sees it
    /// @param file where its content is
    record Input(FileName name, Path file) {
        static Input read(Json value, String at) throws MalformedException {
            Fields fields = Fields.of(value, at);
            var input =
                    new Input(
                            fields.text("name", FileName::parse),
                            fields.text("file", TrialJob::path));
            fields.end();
            return input;
        }
    }

    /// Reads a job.
    ///
    /// @throws MalformedException naming the member that is missing or wrong
    static TrialJob read(Json value) throws MalformedException {
        Fields fields = Fields.of(value, "job");
        var job =
                new TrialJob(
                        fields.text("python", TrialJob::path),
                        fields.text("pythonPackage", TrialJob::path),
                        fields.text("runtime", TrialJob::path),
                        fields.sha256("lock"),
                        fields.text("scratch", TrialJob::path),
                        fields.text("results", TrialJob::path),
                        fields.list("code", MOST_FILES, CodeFile::read),
                        fields.list("providers", Roster.MAX_PER_ROLE, Provider::read),
                        fields.texts("consumers", Roster.MAX_PER_ROLE, Email::parse),
                        Terms.read(fields.any("terms"), fields.path("terms")));
        fields.end();
        return job;
    }

    private static Path path(String text, String at) throws MalformedException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return path;
            }
        } catch (InvalidPathException _) {
            // Answered like any other that is none.
        }
        throw new MalformedException(at, "an absolute path", text);
    }
}
