package io.cloister.client;

import io.cloister.client.ResultDesk.Delivery;
import io.cloister.protocol.document.FileName;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Files on their way into a folder: private and under random names until all are whole. A name
/// someone else chose is used only if it is of a strict ASCII subset; nothing is written through a
/// link, nothing is replaced unless asked for.
final class Landing implements AutoCloseable {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}");
    private static final Set<String> RESERVED = Set.of("con", "prn", "aux", "nul");

    private final Delivery delivery;
    private final boolean only;
    private final List<Pending> pending = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private record Pending(FileName name, Path temporary, Path target) {}

    Landing(Delivery delivery, int count) throws ClientException {
        this.delivery = delivery;
        this.only = count == 1;
        if (delivery.name().isPresent() && !only) {
            throw new ClientException(
                    ClientException.Kind.USAGE,
                    "there are " + count + " results, so they can't have one name",
                    "give a folder with --output");
        }
        try {
            Files.createDirectories(delivery.folder());
        } catch (IOException e) {
            throw ClientException.local("can't create " + delivery.folder(), e);
        }
    }

    /// Where to write the content of a file called `name` by the code.
    Path place(FileName name, int position) throws ClientException {
        Path target = delivery.folder().resolve(fileName(name, position));
        requireFree(target);
        try {
            Path temporary =
                    Files.createTempFile(
                            delivery.folder(),
                            ".cloister-",
                            ".part",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")));
            pending.add(new Pending(name, temporary, target));
            return temporary;
        } catch (IOException e) {
            throw ClientException.local("can't write to " + delivery.folder(), e);
        }
    }

    private void requireFree(Path target) throws ClientException {
        boolean there = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        if (there
                && (!delivery.overwrite()
                        || Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS))) {
            throw exists(target);
        }
    }

    private static ClientException exists(Path target) {
        return new ClientException(
                ClientException.Kind.LOCAL,
                target + " exists",
                "give another --output, or --force to replace it");
    }

    private String fileName(FileName name, int position) {
        Optional<String> given = delivery.name();
        String chosen = given.orElseGet(() -> safe(name, position));
        for (int i = position + 1; !names.add(chosen.toLowerCase(Locale.ROOT)); i++) {
            chosen = "result-" + i;
        }
        return chosen;
    }

    private static String safe(FileName name, int position) {
        String text = name.value();
        String stem = text.toLowerCase(Locale.ROOT).replaceFirst("\\..*$", "");
        return SAFE.matcher(text).matches() && !RESERVED.contains(stem)
                ? text
                : "result-" + (position + 1);
    }

    /// Gives every file its name.
    List<OpenedFile> deliver() throws ClientException {
        List<OpenedFile> files = new ArrayList<>();
        for (Pending one : pending) {
            try {
                move(one);
            } catch (FileAlreadyExistsException _) {
                throw exists(one.target());
            } catch (IOException e) {
                throw ClientException.local("can't write " + one.target(), e);
            }
            files.add(new OpenedFile(one.name(), one.target()));
        }
        return List.copyOf(files);
    }

    /// A hard link fails where something has the name already, in one step; a move would replace
    /// it.
    private void move(Pending one) throws IOException {
        if (delivery.overwrite()) {
            Files.move(
                    one.temporary(),
                    one.target(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        try {
            Files.createLink(one.target(), one.temporary());
            Files.delete(one.temporary());
        } catch (UnsupportedOperationException _) {
            Files.move(one.temporary(), one.target());
        }
    }

    /// Deletes what did not get its name.
    @Override
    public void close() {
        for (Pending one : pending) {
            try {
                Files.deleteIfExists(one.temporary());
            } catch (IOException _) {
                // The folder's owner sees a .part file and can delete it.
            }
        }
    }
}
