package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Optional;

/// What of a tar belongs into the agreement, and tars that don't do.
final class CodeTarTest {
    private static CodeDigests digests(byte[] tar) throws Exception {
        return CodeTar.digests(new ByteArrayInputStream(tar), Sha256.of(tar), tar.length);
    }

    private static void refuses(String why, byte[] tar) {
        var refused = assertThrows(MalformedException.class, () -> digests(tar));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    @Test
    void statesTheClearFilesAtTheRoot() throws Exception {
        byte[] tar =
                new Tars()
                        .file("requirements.lock", "l")
                        .file("requirements.txt", "r")
                        .file("run.py", "x")
                        .file("sub/requirements.txt", "other")
                        .file("sub/run.py", "other")
                        .end();
        assertEquals(
                new CodeDigests(
                        Sha256.of(tar),
                        tar.length,
                        Sha256.of(Bytes.utf8("x")),
                        Optional.of(Sha256.of(Bytes.utf8("r"))),
                        Optional.of(Sha256.of(Bytes.utf8("l")))),
                digests(tar));
        assertEquals(Optional.empty(), digests(Tars.code("m")).requirements());
    }

    @Test
    void takesNamesFromTheHeadersBefore() throws Exception {
        byte[] tar = new Tars().pax("15 path=run.py\n").file("././short", "x").end();
        assertEquals(Sha256.of(Bytes.utf8("x")), digests(tar).entrypoint());
    }

    @Test
    void refusesATarWithoutAnEntrypoint() {
        refuses("run.py", new Tars().file("sub/run.py", "x").end());
        refuses("run.py", new Tars().end());
    }

    @Test
    void refusesWhatIsNoRegularFile() {
        for (char type : new char[] {'1', '2', '5', 'g', 'L'}) {
            refuses(
                    "regular files only",
                    new Tars().file("run.py", "x").entry(type, "link", new byte[0]).end());
        }
    }

    @Test
    void refusesNamesThatLeaveTheFolderOrComeTwice() {
        for (String name : new String[] {"/etc/x", "../x", "a/../b", "./a", "a//b", "a/"}) {
            refuses("relative", new Tars().file("run.py", "x").file(name, "").end());
        }
        refuses("once", new Tars().file("run.py", "x").file("run.py", "y").end());
    }

    @Test
    void refusesHeadersThatAreNotWellFormed() {
        for (String records :
                new String[] {
                    "15 path=run.pyX",
                    "x path=a\n",
                    "3 =\n",
                    "99 path=a\n",
                    "9 nothing\n",
                    "8 xyz=1\n",
                    "11 mtime=1\n11 mtime=1\n"
                }) {
            refuses("tar", new Tars().pax(records).file("run.py", "x").end());
        }
        refuses("after each header", new Tars().file("run.py", "x").pax("11 mtime=1\n").end());
    }

    @Test
    void refusesALongEntrypoint() throws Exception {
        String longest = "#".repeat(CodeTar.MAX_CLEAR_BYTES);
        assertEquals(
                Sha256.of(Bytes.utf8(longest)),
                digests(new Tars().file("run.py", longest).end()).entrypoint());
        refuses("run.py of at most", new Tars().file("run.py", longest + "#").end());
    }

    @Test
    void refusesAChangedHeader() {
        byte[] tar = new Tars().file("run.py", "x").end();
        tar[100] ^= 1;
        refuses("checksum", tar);
        tar[100] ^= 1;
        tar[257] = 'X';
        refuses("POSIX", tar);
    }

    @Test
    void refusesATarThatIsCutShortOrGoesOn() {
        byte[] tar = new Tars().file("run.py", "x").end();
        refuses("whole", Arrays.copyOf(tar, 700));
        refuses("whole", Arrays.copyOf(tar, 1_024));
        byte[] more = Arrays.copyOf(tar, tar.length + 1);
        more[tar.length] = 1;
        refuses("nothing after", more);
        tar[514] = 1;
        refuses("zeros", tar);
    }
}
