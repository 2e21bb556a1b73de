package io.cloister.attestation.platform;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/// What the process launcher tells an agent, as one line of canonical JSON on its standard input.
/// Standard input stays open afterwards and carries nothing more: its end means that the launcher
/// is gone, and the agent leaves.
///
/// All of it comes from the untrusted operator. It says where things are, never what is acceptable:
/// the agent checks the agreement it pulls, and hashes the runtime it finds.
///
/// @param enclave the operator's name of this enclave, for logs; 32 hexadecimal digits
/// @param computation the computation to serve
/// @param dialect how that computation's parties speak
/// @param agreement digest of the one agreement to serve
/// @param link where the agent's link is
/// @param platform where simulated Evidence is asked for; nothing if the machine itself makes it
/// @param python absolute path of the real CPython executable (no shim)
/// @param pythonPackage folder of the measured Python package
/// @param runtime folder with `requirements.lock`, `wheels/` and `site-packages/`
/// @param scratch private empty folder of this enclave, removed after it
public record EnclaveBoot(
        String enclave,
        ComputationId computation,
        Dialect dialect,
        Sha256 agreement,
        LocalEndpoint link,
        Optional<LocalEndpoint> platform,
        Path python,
        Path pythonPackage,
        Path runtime,
        Path scratch) {
    /// Value of the `type` member.
    public static final String TYPE = "application/vnd.cloister.enclave-boot.v1+json";

    private static final int MAX_BYTES = 64 << 10;
    private static final String ROOT = "boot";

    /// The line to send, ending in a line feed.
    public String line() {
        JsonObjectBuilder line =
                Json.object()
                        .put("type", TYPE)
                        .put("enclave", enclave)
                        .put("computation", computation.toString())
                        .put("dialect", dialect.word())
                        .put("agreement", agreement.toString())
                        .put("link", link.toJson())
                        .put("python", python.toString())
                        .put("pythonPackage", pythonPackage.toString())
                        .put("runtime", runtime.toString())
                        .put("scratch", scratch.toString());
        platform.ifPresent(it -> line.put("platform", it.toJson()));
        return line.build().text() + "\n";
    }

    /// Reads the line from an agent's standard input and leaves `input` open, right after the line
    /// feed.
    ///
    /// @throws MalformedException if the line has another form, or there is no line feed within 64
    ///   KiB
    /// @throws IOException if reading fails
    public static EnclaveBoot read(InputStream input) throws IOException, MalformedException {
        var line = new ByteArrayOutputStream();
        for (int next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0 || line.size() == MAX_BYTES) {
                throw new MalformedException(
                        ROOT, "one line of at most 64 KiB", line.size() + " bytes, no line feed");
            }
            line.write(next);
        }
        return parse(line.toByteArray());
    }

    /// Reads the line's bytes, without the line feed.
    ///
    /// @throws MalformedException if they are anything but the canonical form
    public static EnclaveBoot parse(byte[] line) throws MalformedException {
        Fields fields = Fields.of(CanonicalJson.parse(line, JsonLimits.MESSAGE, ROOT), ROOT);
        fields.constant("type", TYPE);
        var boot =
                new EnclaveBoot(
                        fields.string("enclave", 32, 32),
                        fields.text("computation", ComputationId::parse),
                        fields.text("dialect", Dialect::parse),
                        fields.sha256("agreement"),
                        LocalEndpoint.read(fields.any("link"), fields.path("link")),
                        fields.optional("platform", LocalEndpoint::read),
                        fields.text("python", EnclaveBoot::absolutePath),
                        fields.text("pythonPackage", EnclaveBoot::absolutePath),
                        fields.text("runtime", EnclaveBoot::absolutePath),
                        fields.text("scratch", EnclaveBoot::absolutePath));
        fields.end();
        return boot;
    }

    static Path absolutePath(String text, String path) throws MalformedException {
        try {
            Path read = Path.of(text);
            if (read.isAbsolute() && read.toString().equals(text)) {
                return read;
            }
        } catch (InvalidPathException _) {
            // Refused below like a relative one.
        }
        throw new MalformedException(path, "an absolute path in its one form", text);
    }
}
