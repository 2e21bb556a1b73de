package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// A Code Provider whose client does not write bundles as ours does, and who signs for one that no
/// client of ours would write: the agent publishes no identity, so nobody grants to it. Each alters
/// one header of an accepted bundle, whose checksum is right again.
final class HostileBundleTest {
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int NAME_LENGTH = 100;
    private static final int CHECKSUM = 148;
    private static final int BLOCK = 512;

    @TempDir private Path folder;
    private Optional<AgentHarness> open = Optional.empty();

    private AgentHarness harness(UnaryOperator<byte[]> alteration) throws Exception {
        var computation =
                new TestComputation()
                        .secret("first.py", "1\n")
                        .secret("later.py", "2\n")
                        .bundledAs(alteration);
        var harness =
                new AgentHarness(
                        computation, folder, (_, _, _) -> () -> new FakeCell(FakeCell::copyInputs));
        open = Optional.of(harness);
        return harness;
    }

    @AfterEach
    void closeTheHarness() {
        open.ifPresent(AgentHarness::close);
    }

    /// Alters the header of the file `name`.
    private static UnaryOperator<byte[]> header(String name, Consumer<byte[]> change) {
        return tar -> {
            byte[] altered = tar.clone();
            int at = new String(tar, StandardCharsets.ISO_8859_1).indexOf(name + '\0');
            assertEquals(0, at % BLOCK);
            byte[] header = Arrays.copyOfRange(tar, at, at + BLOCK);
            change.accept(header);
            sum(header);
            System.arraycopy(header, 0, altered, at, BLOCK);
            return altered;
        };
    }

    private static UnaryOperator<byte[]> renamed(String from, String to) {
        return header(
                from,
                header -> {
                    Arrays.fill(header, 0, NAME_LENGTH, (byte) 0);
                    put(header, 0, to);
                });
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, header, offset, ascii.length);
    }

    private static void sum(byte[] header) {
        put(header, CHECKSUM, "        ");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, CHECKSUM, String.format("%06o\0 ", sum));
    }

    private void assertRefused(String reason, UnaryOperator<byte[]> alteration) throws Exception {
        AgentHarness harness = harness(alteration);
        harness.start();
        assertEquals("refused: the agreed code bundle is not one: " + reason, harness.end().said());
        assertTrue(harness.plane.identities.isEmpty());
    }

    @Test
    void takesTheBundleThatTheOthersAlter() throws Exception {
        harness(header("later.py.age", _ -> {})).identity();
    }

    @Test
    void refusesASymbolicLink() throws Exception {
        assertRefused(
                "bundle[later.py.age]: expected the header of a regular file in its one form, got"
                        + " another",
                header(
                        "later.py.age",
                        header -> {
                            header[TYPE] = '2';
                            put(header, LINK, "/etc/passwd");
                        }));
    }

    @Test
    void refusesAHardLink() throws Exception {
        assertRefused(
                "bundle[later.py.age]: expected the header of a regular file in its one form, got"
                        + " another",
                header(
                        "later.py.age",
                        header -> {
                            header[TYPE] = '1';
                            put(header, LINK, "run.py");
                        }));
    }

    @Test
    void refusesAPathThatLeavesTheFolder() throws Exception {
        assertRefused(
                "bundle path: expected a printable file name of at most 200 bytes without / \\ or"
                        + " control characters, got ..",
                renamed("later.py.age", "../later.py.age"));
    }

    @Test
    void refusesAPathFromTheRoot() throws Exception {
        assertRefused(
                "bundle path: expected a printable file name of at most 200 bytes without / \\ or"
                        + " control characters, got ",
                renamed("later.py.age", "/tmp/later.py.age"));
    }

    @Test
    void refusesTwoFilesOfOneName() throws Exception {
        assertRefused(
                "bundle: expected paths in ascending order, none twice, got first.py.age after"
                        + " first.py.age",
                renamed("later.py.age", "first.py.age"));
    }

    @Test
    void refusesAFileInThePlaceOfAFolder() throws Exception {
        assertRefused(
                "bundle[first.py/later.age]: expected a place of its own, got the place of"
                        + " first.py",
                renamed("later.py.age", "first.py/later.age"));
    }

    @Test
    void refusesNamesThatDifferInCaseOnly() throws Exception {
        assertRefused(
                "bundle[later.py.age]: expected a place of its own, got the place of LATER.py",
                renamed("first.py.age", "LATER.py.age"));
    }
}
