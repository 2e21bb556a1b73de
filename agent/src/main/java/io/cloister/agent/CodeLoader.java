package io.cloister.agent;

import io.cloister.agent.sandbox.SandboxException;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.bundle.BundleReader;
import io.cloister.crypto.cosmian.ProjectPath;
import io.cloister.crypto.cosmian.ProjectReader;
import io.cloister.crypto.cosmian.RefusedException;
import io.cloister.protocol.MalformedException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;

/// Puts the files of a code bundle into a cell. The bundle has been looked at before; whether it is
/// still the same shows only at its end.
sealed interface CodeLoader {
    /// How many files there are.
    int files();

    /// Reads the bundle to its last file and opens what is encrypted. A file that does not open is
    /// no reason to stop before the end: whether the bundle is the agreed one says more.
    ///
    /// @throws AgeException if a file did not open
    /// @throws RefusedException if a file did not open
    /// @throws MalformedException if the bundle is none
    /// @throws IOException if reading or writing fails
    void load(InputStream bundle, Unsealing key, Cell cell)
            throws IOException, MalformedException, SandboxException;

    /// A bundle of the native dialect.
    ///
    /// @param files how many
    record Bundle(int files) implements CodeLoader {
        @Override
        public void load(InputStream bundle, Unsealing key, Cell cell)
                throws IOException, MalformedException, SandboxException {
            var unopened = new Unopened();
            var reader = new BundleReader(bundle);
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                BundleReader.Entry file = entry.get();
                // The cell has installed the wheels.
                if (!file.path().isWheel()) {
                    OutputStream into =
                            cell.addFile(file.path().clearPath(), !file.path().isClear());
                    unopened.pass(file.content(), !file.path().isClear(), key, into);
                }
            }
            unopened.rethrow();
        }
    }

    /// A bundle of the Cosmian dialect.
    ///
    /// @param files how many
    /// @param hidden clear files in whose place an encrypted one stands
    record Project(int files, Set<ProjectPath> hidden) implements CodeLoader {
        public Project {
            hidden = Set.copyOf(hidden);
        }

        @Override
        public void load(InputStream bundle, Unsealing key, Cell cell)
                throws IOException, MalformedException, SandboxException {
            var unopened = new Unopened();
            var reader = new ProjectReader(bundle);
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                ProjectReader.Entry file = entry.get();
                if (!hidden.contains(file.path())) {
                    boolean encrypted = file.path().isEncrypted();
                    OutputStream into = cell.addFile(file.path().clearPath(), encrypted);
                    unopened.pass(file.content(), encrypted, key, into);
                }
            }
            unopened.rethrow();
        }
    }

    /// The first file that did not open, kept until the bundle's end.
    final class Unopened {
        private @Nullable IOException first;

        private void pass(InputStream content, boolean encrypted, Unsealing key, OutputStream into)
                throws IOException {
            try (into) {
                if (encrypted) {
                    key.open(content, into, 1);
                } else {
                    content.transferTo(into);
                }
            } catch (AgeException | RefusedException e) {
                first = first == null ? e : first;
            }
        }

        private void rethrow() throws IOException {
            if (first != null) {
                throw first;
            }
        }
    }
}
