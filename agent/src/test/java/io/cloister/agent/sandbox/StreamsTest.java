package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/// Inputs that come while the code reads them.
final class StreamsTest {
    private static final String[] READ_FIRST = {
        "from cloister import Enclave, UserError", "i = Enclave().inputs[0]", "f = i.open()"
    };

    private static Run after(String... lines) {
        String[] all = new String[READ_FIRST.length + lines.length];
        System.arraycopy(READ_FIRST, 0, all, 0, READ_FIRST.length);
        System.arraycopy(lines, 0, all, READ_FIRST.length, lines.length);
        return Run.of(all);
    }

    private static Run.Opened text(String text) {
        return () -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /// So many bytes, all the same, held nowhere.
    private static InputStream letters(long count) {
        return new InputStream() {
            private long left = count;

            @Override
            public int read() {
                return left-- > 0 ? 'a' : -1;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (left <= 0) {
                    return -1;
                }
                int given = (int) Math.min(length, left);
                Arrays.fill(into, offset, offset + given, (byte) 'a');
                left -= given;
                return given;
            }
        };
    }

    private static void assertPrints(String expected, Run run) {
        Run.Result result = run.run();
        assertEquals(expected, result.printed());
        assertInstanceOf(RunOutcome.Success.class, result.report().outcome());
    }

    @Test
    void givesAllBytesInOrder() throws Exception {
        byte[] content = new byte[3_000_001];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31 + i / 251);
        }
        assertPrints(
                Sha256.of(content).toString().substring("sha256:".length()) + " 3000001\n",
                after(
                                "import hashlib",
                                "h, n = hashlib.sha256(), 0",
                                "for size in (1, 10, 100_000, 2_000_000, -1):",
                                "    part = f.read(size)",
                                "    h.update(part); n += len(part)",
                                "assert f.read() == b''",
                                "print(h.hexdigest(), n)")
                        .streamed(0, "x", () -> new ByteArrayInputStream(content)));
    }

    @Test
    void isReadForwardOnly() {
        assertPrints(
                "UnsupportedOperation False data.csv None [b'a,b\\n', b'1,2']\n",
                after(
                                "import io",
                                "try: f.seek(0)",
                                "except io.UnsupportedOperation as x: print(type(x).__name__, end='"
                                        + " ')",
                                "print(f.seekable(), f.name, i.size, list(f))")
                        .streamed(0, "data.csv", text("a,b\n1,2")));
    }

    @Test
    void isReadOnce() {
        assertPrints(
                "x is a streamed input: it can be read only once, from its start to its end\n",
                after("try: i.open()", "except UserError as x: print(x)")
                        .streamed(0, "x", text("abc")));
    }

    @Test
    void needNotFitIntoTheMemory() {
        assertPrints(
                "419430400\n",
                after("n = 0", "while part := f.read(1 << 20): n += len(part)", "print(n)")
                        .memory(128L << 20)
                        .streamed(0, "large", () -> letters(400L << 20)));
    }

    @Test
    void standsAmongTheInputsInTheirOrder() {
        assertPrints(
                "[b'held', b'one', b'two'] [b'two']\n",
                Run.of(
                                "from cloister import Enclave",
                                "e = Enclave()",
                                "first = [f.read() for f in e.read(0)]",
                                "third, = (f.read() for f in e.read(1))",
                                "print([*first, third], [third])")
                        .input(0, "held", "held")
                        .streamed(0, "one", text("one"))
                        .streamed(1, "two", text("two")));
    }

    @Test
    void anEmptyOneIsAnEmptyFile() {
        assertPrints("b'' b''\n", after("print(f.read(), f.read(1))").streamed(0, "x", text("")));
    }

    @Test
    void closingOneTellsWhoGivesIt() {
        var closed = new AtomicInteger();
        assertPrints(
                "b'abc'\n",
                after("print(f.read(3))", "f.close()")
                        .streamed(
                                0,
                                "x",
                                () ->
                                        new FilterInputStream(letters(0)) {
                                            private final InputStream given = text("abcdef").open();

                                            @Override
                                            public int read(byte[] into, int offset, int length)
                                                    throws IOException {
                                                return given.read(into, offset, length);
                                            }

                                            @Override
                                            public void close() {
                                                closed.incrementAndGet();
                                            }
                                        }));
        assertEquals(1, closed.get());
    }

    @Test
    void sixteenMayBeOpenAtATime() {
        Run run =
                Run.of(
                        "from cloister import Enclave, UserError",
                        "i = Enclave().inputs",
                        "files = [each.open() for each in i[:16]]",
                        "for f in files: f.read(1)",
                        "try: i[16].open()",
                        "except UserError as x: print(x)",
                        "files[3].read()",
                        "print(i[16].open().read())");
        for (int i = 0; i < 17; i++) {
            run.streamed(0, "x" + i, () -> letters(3L << 20));
        }
        Run.Result result = run.run();
        assertTrue(
                result.printed()
                        .startsWith(
                                "no more than 16 streamed inputs may be open at a time: close some"
                                        + "\nb'aaa"),
                result.printed());
    }

    @Test
    void readersInSeveralThreadsGetWholePieces() {
        assertPrints(
                "[5000000, 5000000]\n",
                Run.of(
                                "import threading",
                                "from cloister import Enclave",
                                "n = [0, 0]",
                                "def read(k):",
                                "    with Enclave().inputs[k].open() as f:",
                                "        while part := f.read(7000):",
                                "            assert part.strip(b'a') == b''",
                                "            n[k] += len(part)",
                                "t = [threading.Thread(target=read, args=(k,)) for k in (0, 1)]",
                                "for each in t: each.start()",
                                "for each in t: each.join()",
                                "print(n)")
                        .streamed(0, "x", () -> letters(5_000_000))
                        .streamed(1, "y", () -> letters(5_000_000)));
    }

    @Test
    void aFeedThatFailsEndsTheRun() {
        Run.Result result =
                after("print(f.read(1))")
                        .streamed(
                                0,
                                "x",
                                () -> {
                                    throw new IOException("not what was signed");
                                })
                        .run();
        assertInstanceOf(RunOutcome.Stopped.class, result.report().outcome());
        assertEquals("", result.printed());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4294967295, 1", "0, 1048577", "0, 4294967295"})
    void aRequestForWhatThereIsNotIsMisbehaviour(long stream, long most) {
        Run.Result result =
                Run.of(
                                "import os, struct",
                                "os.write(4, struct.pack('>II', %d, %d))".formatted(stream, most),
                                "os.read(4, 1)")
                        .streamed(0, "x", text("abc"))
                        .run();
        assertInstanceOf(RunOutcome.Misbehaved.class, result.report().outcome());
    }

    @Test
    void moreOpenThanAllowedIsMisbehaviour() {
        Run run =
                Run.of(
                        "import os, struct",
                        "for k in range(17):",
                        "    os.write(4, struct.pack('>II', k, 1))",
                        "    os.read(4, 5)");
        for (int i = 0; i < 17; i++) {
            run.streamed(0, "x" + i, text("abc"));
        }
        assertInstanceOf(RunOutcome.Misbehaved.class, run.run().report().outcome());
    }

    @Test
    void onlyTheProcessOfTheProgramReadsThem() {
        assertPrints(
                "only the process that runs run.py can read streamed inputs: hand the bytes over\n"
                        + "b'abc'\n",
                after(
                                "import os",
                                "from cloister import InternalError",
                                "if os.fork() == 0:",
                                "    try: f.read()",
                                "    except InternalError as x: print(x, flush=True)",
                                "    os._exit(0)",
                                "os.wait()",
                                "print(f.read())")
                        .processes(2)
                        .streamed(0, "x", text("abc")));
    }
}
