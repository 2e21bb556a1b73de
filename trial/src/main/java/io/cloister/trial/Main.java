package io.cloister.trial;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;

/// The trial as a program, started by `code test`: one line on standard input says what to run, one
/// JSON object on standard output how it went, and standard error has what the code prints, while
/// it does. It ends when its standard input does.
///
/// Exit status: 0 when the object was written, 1 when the machine failed, 2 when it was told
/// nonsense.
public final class Main {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;
    private static final int STARTER_GONE = 3;
    private static final JsonLimits JOB = new JsonLimits(64 << 20, 8, 1_000_000);

    private Main() {}

    /// Runs the trial.
    ///
    /// @param arguments none
    public static void main(String[] arguments) throws InterruptedException {
        try {
            TrialJob job = TrialJob.read(Json.parse(line(System.in), JOB, "job"));
            Thread.ofPlatform().daemon().name("trial-watch").start(() -> leaveWith(System.in));
            Json answer = new Trial(job, Clock.systemUTC(), System.err).run();
            System.out.println(answer.text());
            System.out.flush();
            System.exit(0);
        } catch (MalformedException e) {
            System.err.println("trial: " + e.getMessage());
            System.exit(MISUSED);
        } catch (IOException e) {
            System.err.println("trial: " + e);
            System.exit(FAILED);
        }
    }

    private static byte[] line(InputStream input) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = input.read(); next >= 0 && next != '\n'; next = input.read()) {
            if (line.size() == JOB.maxBytes()) {
                throw new IOException("the job is longer than " + JOB.maxBytes() + " bytes");
            }
            line.write(next);
        }
        return line.toByteArray();
    }

    private static void leaveWith(InputStream input) {
        try {
            while (input.read() >= 0) {
                // Nothing more is said.
            }
        } catch (IOException _) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(STARTER_GONE);
    }
}
