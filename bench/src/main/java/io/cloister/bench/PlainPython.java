package io.cloister.bench;

import io.cloister.launcher.runtime.BuiltRuntime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `python run.py` as anyone would run it, with a runtime's packages on the path and byte code in a
/// folder of its own, as an installation has it.
///
/// @param folder for that byte code
record PlainPython(BuiltRuntime runtime, Path folder) {
    /// What a run took.
    ///
    /// @param seconds from the start of the process to its end
    /// @param peakBytes most memory it held
    record Took(double seconds, long peakBytes) {}

    /// Runs `script` with `arguments`; it writes its most memory, in KiB, to the file named last.
    ///
    /// @param byteCode whether modules' byte code is kept and used
    Took run(Path script, boolean byteCode, String... arguments)
            throws IOException, InterruptedException {
        Path peak = folder.resolve("peak");
        var command =
                new ArrayList<String>(
                        List.of(runtime.python().executable().toString(), "-s", script.toString()));
        command.addAll(List.of(arguments));
        command.add(peak.toString());
        var builder = new ProcessBuilder(command).inheritIO();
        // Nobody's settings of Python.
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().put("PYTHONPATH", runtime.folder().sitePackages().toString());
        if (byteCode) {
            builder.environment().put("PYTHONPYCACHEPREFIX", folder.resolve("pyc").toString());
        } else {
            builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        }
        String threads = Integer.toString(Runtime.getRuntime().availableProcessors());
        builder.environment().put("OPENBLAS_NUM_THREADS", threads);
        builder.environment().put("OMP_NUM_THREADS", threads);
        long start = System.nanoTime();
        if (builder.start().waitFor() != 0) {
            throw new IOException(script + " failed");
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Took(seconds, Long.parseLong(Files.readString(peak).strip()) << 10);
    }
}
