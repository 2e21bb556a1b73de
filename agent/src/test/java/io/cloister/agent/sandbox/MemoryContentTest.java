package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Nothing the agent holds is in the interpreter's process: the program hands out every byte it can
/// read of its own memory and descriptors, and the agent's marker is not among them, while a marker
/// in an input is.
final class MemoryContentTest {
    // In two parts, so that neither whole is a constant of any class file.
    private static final String KEY_PART = "agents-own-key-";
    private static final String INPUT_PART = "data-of-an-input-";

    @Test
    void theAgentsKeysAreInNoByteOfTheInterpretersMemoryOrDescriptors() {
        String key = KEY_PART + ProcessHandle.current().pid() + "-7d1c9e";
        String data = INPUT_PART + ProcessHandle.current().pid() + "-b00c3a";
        // As text, as bytes, and in an environment the sandbox is started from.
        byte[] held = key.getBytes(StandardCharsets.UTF_8);
        System.setProperty("io.cloister.test.key", key);
        try {
            Run.Result result =
                    Run.of(
                                    "import ctypes, os",
                                    "from cloister import Enclave",
                                    "e = Enclave()",
                                    "with e.output('memory', 0) as out:",
                                    "    for line in open('/proc/self/maps').read().splitlines():",
                                    "        place, mode, *rest = line.split(None, 5)",
                                    "        start, end = (int(x, 16) for x in place.split('-'))",
                                    "        if mode[0] == 'r' and not line.endswith(('[vvar]',"
                                            + " '[vsyscall]', '[vvar_vclock]')):",
                                    "            out.write(ctypes.string_at(start, end - start))",
                                    "with e.output('descriptors', 0) as out:",
                                    "    for fd in os.listdir('/proc/self/fd'):",
                                    "        path = f'/proc/self/fd/{fd}'",
                                    "        if os.path.exists(path) and 'memfd' in"
                                            + " os.readlink(path):",
                                    "            out.write(open(f'/proc/self/fd/{fd}',"
                                            + " 'rb').read())",
                                    "print(len(os.listdir('/proc/self/fd')))")
                            .input(0, "a", data)
                            .run();

            assertEquals(new RunOutcome.Success(), result.report().outcome());
            Map<String, String> found =
                    result.written().entrySet().stream()
                            .collect(
                                    Collectors.toMap(
                                            entry -> entry.getKey().name().orElse(""),
                                            entry -> latin1(entry.getValue())));
            assertTrue(
                    found.getOrDefault("memory", "").length() > 5 << 20,
                    "the memory of an interpreter");
            assertTrue(
                    found.getOrDefault("descriptors", "").contains(data),
                    "the search finds what is there");
            for (String content : found.values()) {
                assertFalse(content.contains(new String(held, StandardCharsets.UTF_8)));
                assertFalse(content.contains(KEY_PART));
            }
            assertEquals(
                    List.of("descriptors", "memory"), found.keySet().stream().sorted().toList());
        } finally {
            System.clearProperty("io.cloister.test.key");
        }
    }

    private static String latin1(Bytes content) {
        return new String(content.toArray(), StandardCharsets.ISO_8859_1);
    }
}
