package io.cloister.agent;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.cosmian.RefusedException;
import io.cloister.crypto.cosmian.SecretboxKey;
import io.cloister.crypto.cosmian.SecretboxOpening;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Opens what one participant encrypted.
sealed interface Unsealing {
    /// Opens a whole file.
    ///
    /// @param workers threads that may help
    /// @throws AgeException if the age file does not open: what was written is worthless
    /// @throws RefusedException if the secretbox message does not open: the same
    /// @throws IOException if reading or writing fails
    void open(InputStream file, OutputStream into, int workers) throws IOException;

    /// An age file, of the native dialect.
    ///
    /// @param identity opens it
    record Age(Identity identity) implements Unsealing {
        @Override
        public void open(InputStream file, OutputStream into, int workers) throws IOException {
            opening().open(file, into, workers);
        }

        /// For a file that is opened while it is read.
        Opening opening() {
            return Opening.with(identity);
        }
    }

    /// A secretbox message, of the Cosmian dialect. It has one tag, so that nothing of it can be
    /// used before its end.
    ///
    /// @param key opens it
    record Secretbox(SecretboxKey key) implements Unsealing {
        @Override
        public void open(InputStream file, OutputStream into, int workers) throws IOException {
            SecretboxOpening.transfer(key, file, into);
        }
    }
}
