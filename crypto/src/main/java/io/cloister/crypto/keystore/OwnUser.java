package io.cloister.crypto.keystore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.OptionalInt;

/// Whose files a key store may consist of: those of the user this process runs as, by number. Names
/// don't do: a container may have none for its user.
///
/// Without this, permissions alone would let whoever runs as root use a folder that another user
/// prepared and can go on changing.
final class OwnUser {
    private static final String NUMBER = "unix:uid";

    private OwnUser() {}

    /// Number of the user this process runs as. Java has no call for it, so a file is made and
    /// asked: the same on Linux and macOS.
    ///
    /// @return nothing where no temporary file can be made, or has no such number
    static OptionalInt number() {
        return Made.NUMBER;
    }

    /// Number of the user whose file `path` is; a link is not followed.
    ///
    /// @return nothing if its file system does not tell
    static OptionalInt of(Path path) throws IOException {
        try {
            return Files.getAttribute(path, NUMBER, LinkOption.NOFOLLOW_LINKS) instanceof Integer id
                    ? OptionalInt.of(id)
                    : OptionalInt.empty();
        } catch (UnsupportedOperationException | IllegalArgumentException _) {
            return OptionalInt.empty();
        }
    }

    /// Number of the user whose file one is that is made in `temporary`.
    ///
    /// @return nothing if none can be made there, or its file system does not tell
    static OptionalInt askedIn(Path temporary) {
        try {
            Path made = Files.createTempFile(temporary, "cloister", ".user");
            try {
                return of(made);
            } finally {
                Files.deleteIfExists(made);
            }
        } catch (IOException _) {
            return OptionalInt.empty();
        }
    }

    /// Asked once: a process's user does not change.
    private static final class Made {
        private static final OptionalInt NUMBER =
                askedIn(Path.of(System.getProperty("java.io.tmpdir")));
    }
}
