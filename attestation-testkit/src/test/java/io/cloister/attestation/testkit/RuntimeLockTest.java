package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.WheelName;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

class RuntimeLockTest {
    private static final Path RUNTIMES =
            Path.of(System.getProperty("cloister.root", ".."), "runtimes");
    private static final String HASH =
            "sha256:abababababababababababababababababababababababababababababababab";
    private static final String GOOD = "six==1.17.0 \\\n    --hash=" + HASH + "\n";

    @Test
    void readsTheShippedLocks() throws Exception {
        Bytes base = Bytes.copyOf(Files.readAllBytes(RUNTIMES.resolve("base/requirements.lock")));
        RuntimeLock lock = RuntimeLock.parse(base);

        assertTrue(
                lock.packages().keySet().containsAll(Set.of("numpy", "pandas", "python-dateutil")));
        assertEquals(Sha256.of(base), lock.digest());
        Bytes bare = Bytes.copyOf(Files.readAllBytes(RUNTIMES.resolve("bare/requirements.lock")));
        assertTrue(RuntimeLock.parse(bare).packages().isEmpty());
    }

    @Test
    void findsAPackageUnderAnySpellingOfItsNameButOneVersionOnly() throws Exception {
        RuntimeLock lock = parse("Foo.Bar_baz==1.0 \\\n    --hash=" + HASH + "\n");

        assertTrue(lock.find(wheel("foo_bar_baz-1.0-py3-none-any.whl")).isPresent());
        assertTrue(lock.find(wheel("Foo_Bar_baz-1.0-1-py3-none-any.whl")).isPresent());
        assertTrue(lock.find(wheel("foo_bar_baz-1.1-py3-none-any.whl")).isEmpty());
        assertTrue(lock.find(wheel("foo_bar-1.0-py3-none-any.whl")).isEmpty());
    }

    @Test
    void skipsCommentsBetweenPackages() throws Exception {
        assertEquals(1, parse("# top\n\n" + GOOD + "    # via pandas\n").packages().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "six==1.17.0\n",
                "six==1.17.0 \\\n",
                "six==1.17.0 \\\n    --hash=" + HASH + " \\\n",
                "six>=1.17.0 \\\n    --hash=" + HASH + "\n",
                "six==1.17.0 ; python_version < '3' \\\n    --hash=" + HASH + "\n",
                "six[extra]==1.17.0 \\\n    --hash=" + HASH + "\n",
                "six @ https://example.org/six.whl \\\n    --hash=" + HASH + "\n",
                "--index-url https://example.org\n" + GOOD,
                "-r other.txt\n" + GOOD,
                "-six==1.0 \\\n    --hash=" + HASH + "\n",
                "six==1.17.0 \\\n    --hash=md5:00\n",
                "six==1.17.0 \\\n    --hash=sha256:" + "AB" + "\n",
                "six==1.17.0 \\\n --hash=" + HASH + "\n",
                "six==1.17.0 \\\n    --hash=" + HASH + " \\\n    --hash=" + HASH + "\n",
                GOOD + GOOD,
                GOOD + "SIX==2 \\\n    --hash=" + HASH + "\n",
                "s\u0131x==1.17.0 \\\n    --hash=" + HASH + "\n",
                "six==1.17.0 \\\r\n    --hash=" + HASH + "\r\n",
            })
    void refuses(String lock) {
        assertThrows(MalformedException.class, () -> parse(lock));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "six-1.0.tar.gz",
                "six-1.0-py3-none.whl",
                "../six-1.0-py3-none-any.whl",
                "-six-1.0-py3-none-any.whl",
                "six-1.0-x-py3-none-any.whl",
                "six 2-1.0-py3-none-any.whl",
                "six-1.0-py3-none-any.whl.sig",
            })
    void refusesWhatIsNoWheelsName(String name) {
        assertThrows(MalformedException.class, () -> wheel(name));
    }

    private static RuntimeLock parse(String text) throws MalformedException {
        return RuntimeLock.parse(Bytes.utf8(text));
    }

    private static WheelName wheel(String name) throws MalformedException {
        return WheelName.parse(name, "wheel");
    }
}
