package io.cloister.cli;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;

/// What must not stay behind: closed last first, then the folder is deleted. Closing again does
/// nothing, so that the end of the work and the end of the process may both do it.
final class Leftovers implements AutoCloseable {
    private final Path folder;
    private final boolean keep;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean closed;

    /// @param keep whether the folder stays
    Leftovers(Path folder, boolean keep) {
        this.folder = folder;
        this.keep = keep;
    }

    /// Has `one` closed at the end; at once, if the end has been.
    synchronized void add(AutoCloseable one) {
        open.push(one);
        if (closed) {
            closeAll();
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        closeAll();
        if (!keep) {
            delete();
        }
    }

    private void closeAll() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception _) {
                // The rest must be closed all the same.
            }
        }
    }

    private void delete() {
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path visited, @Nullable IOException failure) throws IOException {
                            Files.delete(visited);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException _) {
            // The system clears its temporary folder.
        }
    }
}
