package io.cloister.client;

import io.cloister.client.server.Progress;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Encrypts and opens files on this machine, as any age tool does.
public final class SealedFiles {
    private SealedFiles() {}

    /// Encrypts `source` into `target`.
    ///
    /// @param target must not exist
    /// @param recipients `age1…` texts; post-quantum and classical ones don't mix
    /// @throws MalformedException if a recipient is malformed
    /// @throws ClientException if a file can't be read or written; no file is left behind then
    public static void seal(Path source, Path target, List<String> recipients, Progress progress)
            throws ClientException, MalformedException {
        List<Recipient> parsed = new ArrayList<>();
        for (String recipient : recipients) {
            parsed.add(Recipient.parse(recipient, "recipient"));
        }
        Sealing sealing;
        try {
            sealing = Sealing.to(parsed);
        } catch (IllegalArgumentException e) {
            throw new ClientException(ClientException.Kind.USAGE, String.valueOf(e.getMessage()));
        }
        write(
                source,
                target,
                "encrypt",
                progress,
                (in, out) -> sealing.file(in, out, Sealing.allCores()));
    }

    /// Opens `source` into `target`.
    ///
    /// @param target must not exist
    /// @param identityFiles each with one secret key per line; other lines begin with `#`
    /// @throws MalformedException if an identity or the age file is malformed or can't be opened
    /// @throws ClientException if a file can't be read or written; no file is left behind then
    public static void open(Path source, Path target, List<Path> identityFiles, Progress progress)
            throws ClientException, MalformedException {
        List<Identity> identities = new ArrayList<>();
        for (Path file : identityFiles) {
            identities.addAll(identities(file));
        }
        if (identities.isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.USAGE, "there is no AGE-SECRET-KEY in the identity files");
        }
        write(
                source,
                target,
                "decrypt",
                progress,
                (in, out) -> Opening.with(identities).open(in, out, Sealing.allCores()));
    }

    static List<Identity> identities(Path file) throws ClientException, MalformedException {
        List<Identity> identities = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String text = line.strip();
                if (!text.isEmpty() && !text.startsWith("#")) {
                    byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
                    identities.add(
                            Identity.parse(
                                    SecretBytes.copyOf(ascii, SecretExposure.acknowledged()),
                                    "identity"));
                }
            }
        } catch (IOException e) {
            throw ClientException.local("can't read the identity file " + file, e);
        }
        return identities;
    }

    private interface Work {
        void run(InputStream in, OutputStream out) throws IOException;
    }

    private static void write(Path source, Path target, String what, Progress progress, Work work)
            throws ClientException, MalformedException {
        boolean whole = false;
        boolean made = false;
        try (InputStream in =
                new ProgressStream(
                        Files.newInputStream(source),
                        what + " " + source.getFileName(),
                        Files.size(source),
                        progress)) {
            try (OutputStream out =
                    Files.newOutputStream(
                            target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                made = true;
                work.run(in, out);
            }
            whole = true;
        } catch (AgeException e) {
            throw new MalformedException(
                    String.valueOf(source),
                    "an age file for this key",
                    String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw ClientException.local("can't write " + target, e);
        } finally {
            if (made && !whole) {
                delete(target);
            }
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // The error that led here is the one to report.
        }
    }
}
