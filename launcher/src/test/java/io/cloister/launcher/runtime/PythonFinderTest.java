package io.cloister.launcher.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

class PythonFinderTest {
    @TempDir Path temporary;

    @Test
    void findsTheRealInterpreterOfThisMachine() throws Exception {
        PythonInterpreter python = new PythonFinder(System.getenv()).find();

        assertTrue(python.isNewEnough());
        assertFalse(Files.isSymbolicLink(python.executable()));
        assertEquals(python.executable().toRealPath(), python.executable());
    }

    @Test
    void looksBehindAShim() throws Exception {
        PythonInterpreter real = new PythonFinder(System.getenv()).find();
        script("python3", "exec '" + real.executable() + "' \"$@\"");

        assertEquals(real.executable(), find(Map.of("PATH", temporary.toString())).executable());
    }

    @Test
    void passesOverWhatIsTooOldOrNoPython() throws Exception {
        PythonInterpreter real = new PythonFinder(System.getenv()).find();
        script(
                "python3",
                "echo '{\"implementation\":\"CPython\",\"executable\":\""
                        + temporary.resolve("python3")
                        + "\",\"major\":3,\"minor\":10,\"abi\":\"cpython-310\",\"pip\":true}'");
        script("python3.12", "echo hello");
        script("python3.11", "exec '" + real.executable() + "' \"$@\"");

        assertEquals(real.executable(), find(Map.of("PATH", temporary.toString())).executable());
    }

    @Test
    void prefersAnInterpreterThatHasPip() throws Exception {
        script(
                "python3",
                "echo '{\"implementation\":\"CPython\",\"executable\":\""
                        + temporary.resolve("python3")
                        + "\",\"major\":3,\"minor\":12,\"abi\":\"cpython-312\",\"pip\":false}'");
        script(
                "python3.13",
                "echo '{\"implementation\":\"CPython\",\"executable\":\""
                        + temporary.resolve("python3.13")
                        + "\",\"major\":3,\"minor\":13,\"abi\":\"cpython-313\",\"pip\":true}'");

        assertEquals(13, find(Map.of("PATH", temporary.toString())).minor());
    }

    @Test
    void saysHowToGetOneWhereThereIsNone() {
        var none =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> find(Map.of("PATH", temporary.toString())));

        assertEquals("no CPython 3.11 or newer on PATH", none.getMessage());
        assertTrue(none.hint().contains("apt install python3"), none.hint());
    }

    @Test
    void saysWhenTheNamedOneIsUnfit() throws Exception {
        script("old", "echo 2.7");
        var unfit =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () ->
                                find(
                                        Map.of(
                                                PythonFinder.VARIABLE,
                                                temporary.resolve("old").toString())));

        assertTrue(String.valueOf(unfit.getMessage()).startsWith("CLOISTER_PYTHON names"));
    }

    private static PythonInterpreter find(Map<String, String> environment) throws Exception {
        return new PythonFinder(environment).find();
    }

    private void script(String name, String line) throws IOException {
        Path file = temporary.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
