package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a backup holds: the content of every file of a store, by its place in the folder. Inside
/// the age file it is one JSON document, so that it can be read without Cloister too.
final class Backup {
    private static final String TYPE = "cloister/keystore-backup/v1";

    /// Largest content of a backup in bytes.
    static final int MAX_LENGTH = 256 << 20;

    private static final int MAX_FILES = 200_000;
    private static final JsonLimits LIMITS = new JsonLimits(MAX_LENGTH, 4, 4 * MAX_FILES);

    private final SortedMap<StorePath, SecretBytes> files;

    private Backup(SortedMap<StorePath, SecretBytes> files) {
        this.files = files;
    }

    int size() {
        return files.size();
    }

    /// Everything in `store`.
    static Backup of(KeyStore store) throws IOException {
        SortedMap<StorePath, SecretBytes> files = new TreeMap<>();
        for (StorePath path : store.paths()) {
            files.put(path, store.content(path).orElseThrow());
        }
        return new Backup(files);
    }

    SecretBytes toJson() {
        var exposure = SecretExposure.acknowledged();
        List<Json> list = new ArrayList<>();
        files.forEach((path, content) ->
                list.add(
                        Json.object()
                                .put("path", path.toString())
                                .put("content", Bytes.copyOf(content.expose(exposure)).base64())
                                .build()));
        byte[] json =
                CanonicalJson.write(Json.object().put("type", TYPE).put("files", list).build());
        try {
            return SecretBytes.copyOf(json, exposure);
        } finally {
            Arrays.fill(json, (byte) 0);
        }
    }

    /// Opens a backup.
    ///
    /// @param path names it in errors
    static Backup open(Bytes sealed, Opening opening, String path) throws KeyStoreException {
        try (SecretBytes json = opening.open(sealed, MAX_LENGTH)) {
            return parse(json, path);
        } catch (AgeException e) {
            throw new KeyStoreException(
                    Kind.BACKUP, path + ": cannot be opened: " + e.getMessage(), e);
        } catch (MalformedException _) {
            // Without the reader's message and cause, which could quote a key.
            throw new KeyStoreException(Kind.BACKUP, path + ": not a backup of a key store");
        }
    }

    /// Reads a backup's content.
    ///
    /// @throws MalformedException if it is none. Its message may quote a key: callers drop it
    static Backup parse(SecretBytes json, String path) throws MalformedException {
        byte[] utf8 = json.expose(SecretExposure.acknowledged());
        try {
            Fields fields = Fields.of(CanonicalJson.parse(utf8, LIMITS, path), path);
            fields.constant("type", TYPE);
            SortedMap<StorePath, SecretBytes> files = new TreeMap<>();
            for (BackedUp file : fields.list("files", MAX_FILES, BackedUp::read)) {
                if (files.put(file.path(), file.content()) != null) {
                    throw new MalformedException(path, "every path once", file.path() + " twice");
                }
            }
            fields.end();
            var backup = new Backup(files);
            backup.requireNames();
            return backup;
        } finally {
            Arrays.fill(utf8, (byte) 0);
        }
    }

    /// Every computation's folder has its name in it, and is the folder that belongs to that name,
    /// and its keys are that computation's.
    private void requireNames() throws MalformedException {
        for (var file : files.entrySet()) {
            StorePath path = file.getKey();
            if (path.isOfComputation()) {
                SecretBytes nameFile = files.get(path.name());
                if (nameFile == null) {
                    throw new MalformedException("backup", path.name() + "", "nothing");
                }
                Bytes content = Bytes.copyOf(nameFile.expose(SecretExposure.acknowledged()));
                KeyName name = KeyDocuments.readName(content, "backup");
                if (!StorePath.nameOf(name).equals(path.name())) {
                    throw new MalformedException("backup", "the folder of " + name, "another");
                }
                if (path.equals(StorePath.keysOf(name))) {
                    KeyDocuments.readKeys(file.getValue(), name);
                }
            }
        }
    }

    /// Writes what `store` lacks.
    ///
    /// @return how many files that was
    /// @throws KeyStoreException if anything differs; nothing has been written then
    int restoreInto(KeyStore store) throws IOException {
        List<StorePath> missing = new ArrayList<>();
        List<StorePath> differing = new ArrayList<>();
        for (var file : files.entrySet()) {
            var present = store.content(file.getKey());
            if (present.isEmpty()) {
                missing.add(file.getKey());
            } else if (!present.get().equals(file.getValue())) {
                differing.add(file.getKey());
            }
        }
        if (!differing.isEmpty()) {
            throw new KeyStoreException(
                    Kind.CONFLICT,
                    "the key store has other content than the backup, and nothing was restored: "
                            + differing.stream()
                                    .map(StorePath::toString)
                                    .collect(Collectors.joining(", ")));
        }
        // Names sort after documents and keys: an entry that is cut short by a crash is not listed,
        // and gets whole when
        // the restore is run again.
        for (StorePath path : missing) {
            SecretBytes content = files.get(path);
            if (content != null) {
                store.write(path, content);
            }
        }
        return missing.size();
    }

    private record BackedUp(StorePath path, SecretBytes content) {
        static BackedUp read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            StorePath where = fields.text("path", StorePath::parse);
            Bytes content = fields.base64("content", 0, StoredRecord.MAX_LENGTH);
            fields.end();
            return new BackedUp(
                    where, SecretBytes.copyOf(content.toArray(), SecretExposure.acknowledged()));
        }
    }
}
