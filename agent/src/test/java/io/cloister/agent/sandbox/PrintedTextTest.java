package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

class PrintedTextTest {
    private static final String TEXT = "a line\n".repeat(3000);

    /// Hears what is printed.
    private record Listener(ByteArrayOutputStream heard) implements RunObserver {
        @Override
        public OutputStream open(OutputKey key) throws IOException {
            throw new IOException("nothing is written here");
        }

        @Override
        public void printed(byte[] text) {
            heard.writeBytes(text);
        }

        String text() {
            return heard.toString(StandardCharsets.UTF_8);
        }
    }

    private static PrintedText printing(int bound) {
        return new PrintedText(
                new ByteArrayInputStream(TEXT.getBytes(StandardCharsets.UTF_8)), bound);
    }

    @Test
    void tellsWhatComesAfterwards() {
        PrintedText printed = printing(1 << 20);
        var listener = new Listener(new ByteArrayOutputStream());
        printed.tell(listener);
        assertEquals("", listener.text());
        printed.run();
        assertEquals(TEXT, listener.text());
    }

    @Test
    void tellsWhatCameBefore() {
        PrintedText printed = printing(1 << 20);
        printed.run();
        var listener = new Listener(new ByteArrayOutputStream());
        printed.tell(listener);
        assertEquals(TEXT, listener.text());
    }

    @Test
    void tellsNoMoreThanIsKept() {
        PrintedText printed = printing(100);
        var listener = new Listener(new ByteArrayOutputStream());
        printed.tell(listener);
        printed.run();
        assertEquals(TEXT.substring(0, 100), listener.text());
        assertTrue(printed.truncated());
    }
}
