package io.cloister.cli;

import io.cloister.client.Sentences;
import io.cloister.client.server.Progress;
import io.cloister.protocol.Shown;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/// One line on a terminal that says how far long work is. It appears only after a second, is drawn
/// at most ten times a second, and is gone when the work is.
final class ProgressLine implements Progress {
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final Duration PACE = Duration.ofMillis(100);
    private static final int WIDTH = 24;

    private final PrintStream err;
    private final Clock clock;
    private String current = "";
    private Instant began = Instant.MIN;
    private Instant drawn = Instant.MIN;
    private boolean visible;

    ProgressLine(PrintStream err, Clock clock) {
        this.err = err;
        this.clock = clock;
    }

    @Override
    public synchronized void at(String what, long done, long total) {
        Instant now = clock.instant();
        if (!what.equals(current)) {
            erase();
            current = what;
            began = now;
        }
        if (done >= total) {
            erase();
        } else if (now.isAfter(began.plus(QUIET)) && (!visible || now.isAfter(drawn.plus(PACE)))) {
            draw(done, total);
            drawn = now;
        }
    }

    private void draw(long done, long total) {
        int filled = (int) (done * (double) WIDTH / total);
        err.print(
                "\r"
                        + Shown.escaped(current, 40)
                        + " ["
                        + "#".repeat(filled)
                        + " ".repeat(WIDTH - filled)
                        + "] "
                        + done * 100 / total
                        + "% of "
                        + Sentences.size(total)
                        + "\u001b[K");
        err.flush();
        visible = true;
    }

    private void erase() {
        if (visible) {
            err.print("\r\u001b[K");
            err.flush();
            visible = false;
        }
    }
}
