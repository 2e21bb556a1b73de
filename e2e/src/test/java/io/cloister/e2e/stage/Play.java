package io.cloister.e2e.stage;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What is to be computed: code, data, people and terms.
///
/// @param title for people
/// @param runtime Python packages
/// @param roster who takes part
/// @param code the Code Provider's folder
/// @param data each Data Provider's files in order
/// @param terms what user code may do
public record Play(
        String title,
        String runtime,
        Roster roster,
        Path code,
        Map<Email, List<Path>> data,
        Terms terms) {
    public Play {
        data = new LinkedHashMap<>(data);
    }

    /// The same play on other terms.
    public Play on(UnaryOperator<Terms> change) {
        return new Play(title, runtime, roster, code, data, change.apply(terms));
    }

    /// One of the repository's examples.
    public static Play example(String name) throws Exception {
        Path folder = Checkout.root().resolve("examples").resolve(name);
        Fields fields =
                Fields.of(
                        Json.parse(
                                Files.readAllBytes(folder.resolve("example.json")),
                                JsonLimits.MESSAGE,
                                name),
                        name);
        Map<Email, List<Path>> data = new LinkedHashMap<>();
        fields.list(
                "dataProviders",
                Roster.MAX_PER_ROLE,
                (value, path) -> {
                    Fields provider = Fields.of(value, path);
                    Email email = provider.text("email", Email::parse);
                    data.put(
                            email, provider.texts("files", 100, (file, _) -> folder.resolve(file)));
                    return email;
                });
        List<Email> consumers =
                fields.list(
                        "resultConsumers",
                        Roster.MAX_PER_ROLE,
                        (value, path) -> Fields.of(value, path).text("email", Email::parse));
        return new Play(
                fields.string("title", 1, 100),
                fields.string("runtime", 1, 40),
                new Roster(
                        fields.text("codeProvider", Email::parse),
                        List.copyOf(data.keySet()),
                        consumers),
                folder.resolve("code"),
                data,
                Terms.defaults(Clock.systemUTC().instant()));
    }

    /// What `consumer` must get in example `name`.
    public static byte[] expected(String name, Email consumer) throws Exception {
        String person = consumer.value().substring(0, consumer.value().indexOf('@'));
        return Files.readAllBytes(
                Checkout.root()
                        .resolve("examples")
                        .resolve(name)
                        .resolve("expected")
                        .resolve(person));
    }

    /// A play of a few lines of Python in `run.py` and one secret module, for two providers and two
    /// consumers, on the bare runtime.
    ///
    /// @param folder where to write the code and data
    /// @param body of the `with` block, without indentation
    public static Play of(Path folder, String body) throws Exception {
        Path code = Files.createDirectories(folder.resolve("code"));
        Files.writeString(
                code.resolve("run.py"),
                """
                from cosmian_lib_sgx import Enclave


                def main() -> int:
                    with Enclave() as enclave:
                        import secret_module
                %s
                    return 0


                if __name__ == "__main__":
                    main()
                """
                        .formatted(body.indent(8).stripTrailing()));
        Files.writeString(
                code.resolve("secret_module.py"),
                """
                MARKER = "secret-code-marker-5f1c"


                def join(datas):
                    return b"".join(data.read() for data in datas)
                """);
        Path first = Files.writeString(folder.resolve("first.txt"), "first-clear-data-marker-a1;");
        Path second =
                Files.writeString(folder.resolve("second.txt"), "second-clear-data-marker-b2;");
        Path third = Files.writeString(folder.resolve("third.txt"), "third-clear-data-marker-c3;");
        Email alice = new Email("alice@example.org");
        Email bob = new Email("bob@example.org");
        Map<Email, List<Path>> data = new LinkedHashMap<>();
        data.put(alice, List.of(first, second));
        data.put(bob, List.of(third));
        return new Play(
                "Test",
                "bare",
                new Roster(
                        new Email("coder@example.org"),
                        List.of(alice, bob),
                        List.of(new Email("carol@example.org"), new Email("dave@example.org"))),
                code,
                data,
                Terms.defaults(Clock.systemUTC().instant()));
    }

    /// The play most tests use: everything that was read, joined, goes to every consumer.
    public static Play joining(Path folder) throws Exception {
        return of(folder, "enclave.write(secret_module.join(enclave.read()))");
    }

    /// What consumers get from [#joining].
    public static final String JOINED =
            "first-clear-data-marker-a1;second-clear-data-marker-b2;third-clear-data-marker-c3;";
}
