package io.cloister.client;

import io.cloister.client.server.Progress;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Armor;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
        try {
            write(
                    source,
                    target,
                    "encrypt",
                    progress,
                    (in, out) -> sealing.file(in, out, Sealing.allCores()));
        } catch (AgeException e) {
            throw new CloisterBugException("nothing is opened while sealing", e);
        }
    }

    /// Opens `source` into `target`.
    ///
    /// @param source binary, or in ASCII armor
    /// @param target must not exist; nothing is left of it if opening fails
    /// @param identityFiles each with one secret key per line; other lines begin with `#`
    /// @throws MalformedException if an identity or the age file is malformed, or the file is for
    ///   none of the keys
    /// @throws RefusedException if it is for one of them, and was altered or cut
    /// @throws ClientException if a file is not there, or can't be read or written
    public static void open(Path source, Path target, List<Path> identityFiles, Progress progress)
            throws ClientException, MalformedException, RefusedException {
        List<Identity> identities = new ArrayList<>();
        for (Path file : identityFiles) {
            identities.addAll(identities(file));
        }
        if (identities.isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.USAGE, "there is no AGE-SECRET-KEY in the identity files");
        }
        var opening = Opening.with(identities);
        try {
            write(
                    source,
                    target,
                    "decrypt",
                    progress,
                    (in, out) -> opening.open(dearmored(in), out, Sealing.allCores()));
        } catch (AgeException e) {
            String message = String.valueOf(e.getMessage());
            switch (e.stage()) {
                case ARMOR, HEADER, NO_MATCH ->
                        throw new MalformedException(
                                String.valueOf(source), "an age file for this key", message);
                case HMAC, PAYLOAD ->
                        throw RefusedException.of(
                                Finding.Kind.NOT_AUTHENTIC,
                                "file-altered",
                                source + " was altered after it was sealed: " + message);
            }
        }
    }

    /// The binary file, whether it came as such or as text that was pasted.
    private static InputStream dearmored(InputStream file) throws IOException {
        var buffered = new BufferedInputStream(file);
        return Armor.isNext(buffered) ? Armor.decoding(buffered) : buffered;
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
            throw unreadable("identity ", file, e);
        }
        return identities;
    }

    private interface Work {
        void run(InputStream in, OutputStream out) throws IOException;
    }

    private static void write(Path source, Path target, String what, Progress progress, Work work)
            throws ClientException, AgeException {
        boolean whole = false;
        try (InputStream in = source(source, what, progress)) {
            OutputStream out = target(target);
            try {
                try (out) {
                    work.run(in, out);
                }
                whole = true;
            } finally {
                if (!whole) {
                    delete(target);
                }
            }
        } catch (AgeException e) {
            throw e;
        } catch (IOException e) {
            throw ClientException.local("can't " + what + " " + source + " into " + target, e);
        }
    }

    private static InputStream source(Path file, String what, Progress progress)
            throws ClientException {
        try {
            return new ProgressStream(
                    Files.newInputStream(file),
                    what + " " + file.getFileName(),
                    Files.size(file),
                    progress);
        } catch (IOException e) {
            throw unreadable("", file, e);
        }
    }

    /// @param role of the file, with a blank after it, or nothing
    private static ClientException unreadable(String role, Path file, IOException e) {
        return e instanceof NoSuchFileException
                ? new ClientException(
                        ClientException.Kind.NOT_FOUND, "there is no " + role + "file " + file)
                : ClientException.local("can't read the " + role + "file " + file, e);
    }

    private static OutputStream target(Path file) throws ClientException {
        try {
            return Files.newOutputStream(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw ClientException.local("can't write " + file, e);
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
