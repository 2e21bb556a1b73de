package io.cloister.client.code;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.WheelName;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.RuntimeRef;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A project's `requirements.lock` as `code lock` writes it: comments that say what it was made of
/// and for, then the packages. The enclave reads the packages only.
///
/// @param requirements digest of the `requirements.txt` it was made of
/// @param runtime with whose packages they go together
/// @param target what the wheels are for
/// @param lock the packages
public record CodeLock(
        Sha256 requirements, RuntimeRef runtime, PythonTarget target, RuntimeLock lock) {
    private static final Pattern FORM =
            Pattern.compile(
                    "# Made by `cloister code lock`; don't edit\\.\n"
                            + "# requirements\\.txt (sha256:[0-9a-f]{64})\n"
                            + "# runtime ([a-z0-9][a-z0-9-]{0,39}) (sha256:[0-9a-f]{64})\n"
                            + "# CPython 3\\.([1-9][0-9]) on Linux (x86_64|aarch64)\n");

    /// A locked wheel.
    ///
    /// @param wheel its name
    /// @param digest of it
    record Pinned(WheelName wheel, Sha256 digest) {}

    /// The text of a lock.
    static String text(
            Sha256 requirements, RuntimeRef runtime, PythonTarget target, List<Pinned> wheels) {
        var text =
                new StringBuilder(
                                "# Made by `cloister code lock`; don't edit.\n# requirements.txt ")
                        .append(requirements)
                        .append("\n# runtime ")
                        .append(runtime.name())
                        .append(' ')
                        .append(runtime.digest())
                        .append("\n# ")
                        .append(target)
                        .append('\n');
        Map<String, Pinned> sorted = new TreeMap<>();
        wheels.forEach(wheel -> sorted.put(wheel.wheel().name(), wheel));
        sorted.forEach((name, wheel) ->
                text.append(name)
                        .append("==")
                        .append(wheel.wheel().version())
                        .append(" \\\n    --hash=")
                        .append(wheel.digest())
                        .append('\n'));
        return text.toString();
    }

    /// Reads a lock.
    ///
    /// @throws MalformedException if it is none, or was not made by `code lock`
    public static CodeLock parse(Bytes file) throws MalformedException {
        RuntimeLock lock = RuntimeLock.parse(file);
        Matcher head = FORM.matcher(new String(file.toArray(), StandardCharsets.US_ASCII));
        if (!head.lookingAt()) {
            throw new MalformedException(
                    "requirements.lock", "the first lines that `code lock` writes", "others");
        }
        try {
            return new CodeLock(
                    Sha256.parse(head.group(1), "requirements.lock"),
                    new RuntimeRef(head.group(2), Sha256.parse(head.group(3), "requirements.lock")),
                    new PythonTarget(Integer.parseInt(head.group(4)), head.group(5)),
                    lock);
        } catch (IllegalArgumentException e) {
            throw new MalformedException(
                    "requirements.lock", "a CPython that enclaves have", head.group(4));
        }
    }
}
