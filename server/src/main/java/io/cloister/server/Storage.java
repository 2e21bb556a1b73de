package io.cloister.server;

import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

import java.nio.file.FileSystemException;
import java.util.Locale;

/// Tells a full disk from other failures.
final class Storage {
    private Storage() {}

    /// Whether `failure`, or what caused it, is that there is no room left.
    static boolean isFull(Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof SQLiteException sqlite
                    && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL) {
                return true;
            }
            if (cause instanceof java.io.IOException && saysFull(cause)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /// The JDK has no exception of its own for ENOSPC, EDQUOT and EFBIG, only the system's words.
    private static boolean saysFull(Throwable failure) {
        String reason =
                failure instanceof FileSystemException file
                        ? file.getReason()
                        : failure.getMessage();
        if (reason == null) {
            return false;
        }
        String words = reason.toLowerCase(Locale.ROOT);
        return words.contains("no space left")
                || words.contains("quota exceeded")
                || words.contains("file too large");
    }
}
