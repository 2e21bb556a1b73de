package io.cloister.agent;

import io.cloister.agent.sandbox.Wheels;
import io.cloister.crypto.bundle.BundleReader;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;

import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;

/// The wheels of a code bundle, fetched anew for each sandbox and checked again: a wheel is
/// complete for the sandbox only once its hash is one that the lock of the agreement has, and none
/// is used unless the whole bundle is the agreed one.
///
/// @param expected digest of each wheel by its file name, as it was when all were held against the
///   lock
record BundleWheels(ControlPlane plane, CodeDigests code, Map<String, Sha256> expected)
        implements Wheels {
    BundleWheels {
        expected = Map.copyOf(expected);
    }

    @Override
    public void send(Into sandbox) throws IOException {
        try (var blob = plane.blob(code.bundle()).stream()) {
            var source = new CheckedSource(blob.input(), code.bundleBytes(), code.bundle());
            var reader = new BundleReader(source);
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                if (entry.get().path().isWheel()) {
                    send(entry.get(), sandbox);
                }
            }
            if (!source.endsAsPromised()) {
                throw changed();
            }
        } catch (MalformedException _) {
            throw changed();
        }
    }

    private void send(BundleReader.Entry entry, Into sandbox) throws IOException {
        String name = entry.path().wheelName();
        MessageDigest digest = Sha256.newDigest();
        // Not closed where something fails: closing it is what makes it complete.
        OutputStream into = sandbox.wheel(name);
        entry.content().transferTo(new DigestOutputStream(into, digest));
        if (!Sha256.finish(digest).equals(expected.get(name))) {
            throw changed();
        }
        into.close();
    }

    private static IOException changed() {
        return new IOException("the code bundle is not the one of the agreement any more");
    }
}
