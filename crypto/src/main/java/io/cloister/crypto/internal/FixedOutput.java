package io.cloister.crypto.internal;

import io.cloister.protocol.CloisterBugException;

import java.security.Provider;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;

/// A "random" source that gives out given bytes once: the only way to make a key pair from a seed
/// with the JDK's own key pair generators.
///
/// It relies on a generator taking exactly the seed, in the order of its specification. That is a
/// property of the provider and not of its API, so known-answer tests pin it, and asking for more
/// than there is, or for less, is an error and never a weak key.
public final class FixedOutput extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient byte[] output;
    private int used;

    /// @param output what to give out; not copied
    public FixedOutput(byte[] output) {
        // The two-argument constructor neither looks providers up nor seeds anything.
        super(new Unseeded(), new NoProvider());
        this.output = output;
    }

    @Override
    public synchronized void nextBytes(byte[] bytes) {
        if (bytes.length > output.length - used) {
            throw new CloisterBugException("a key pair generator asked for more than its seed");
        }
        System.arraycopy(output, used, bytes, 0, bytes.length);
        used += bytes.length;
    }

    /// Checks that everything was asked for.
    ///
    /// @throws CloisterBugException if something is left
    public synchronized void requireUsedUp() {
        if (used != output.length) {
            throw new CloisterBugException("a key pair generator left part of its seed unused");
        }
    }

    private static final class Unseeded extends SecureRandomSpi {
        private static final long serialVersionUID = 1L;

        @Override
        protected void engineSetSeed(byte[] seed) {
            throw new CloisterBugException("a fixed output cannot be seeded");
        }

        @Override
        protected void engineNextBytes(byte[] bytes) {
            throw new CloisterBugException("a fixed output answers nextBytes itself");
        }

        @Override
        protected byte[] engineGenerateSeed(int numBytes) {
            throw new CloisterBugException("a fixed output makes no seeds");
        }
    }

    private static final class NoProvider extends Provider {
        private static final long serialVersionUID = 1L;

        NoProvider() {
            super("CloisterFixedOutput", "1", "none");
        }
    }
}
