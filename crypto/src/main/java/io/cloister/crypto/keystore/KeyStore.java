package io.cloister.crypto.keystore;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A participant's key store: a folder that only its owner can enter, with the keys of every
/// computation and what the client must remember about each.
///
/// **Guaranteed:** nothing is read that others could have replaced or read (another user's files,
/// permissions wider than 0700 and 0600 and symbolic links are refused); every change is whole and
/// durable before the call returns; a damaged file is reported, never overwritten. **Not
/// guaranteed:** secrecy from whoever runs as the same user, or, without passphrase, from whoever
/// gets the disk.
///
/// **Guaranteed under a passphrase, besides:** whoever can write to the folder, as in a shared home
/// or a backup, can read nothing but which computations there are, and can neither make nor change
/// nor move a record unnoticed. **Not guaranteed:** that nothing is missing, or older than it was.
///
/// Safe for use by several threads, and by several processes on one folder. The layout is described
/// in `spec/encryption.md`.
public final class KeyStore {
    static final String STORE_TYPE = "cloister/keystore/v1";
    static final String SEALED_TYPE = "cloister/keystore-sealed/v1";

    /// Largest age file that [#restore] reads.
    private static final int MAX_BACKUP = 512 << 20;

    private static final String LOCK = "lock";
    private static final String CHANGES = "client-lock";
    private static final String TEMPORARY = "tmp";

    /// Where everything is in a store under a passphrase. That it is there is what says so: a store
    /// that has one is never taken for a clear one.
    private static final String SEALED = "sealed";

    /// A [#SEALED] that is being made.
    private static final String UNFINISHED = ".tmp-sealed";

    private final Path folder;
    private final Path records;
    private final Protection protection;

    /// Whether what was clear is known to be gone.
    private volatile boolean settled;

    private KeyStore(Path folder, Protection protection) {
        this.folder = folder;
        this.records =
                switch (protection) {
                    case Protection.Clear _ -> folder;
                    case Protection.UnderPassphrase _ -> folder.resolve(SEALED);
                };
        this.protection = protection;
    }

    /// Keeps others out, from [#hold], until it is closed.
    public interface Held extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /// What is done while no other process writes.
    interface Change<T> {
        T make() throws IOException;
    }

    /// Whether there is a key store in `folder`.
    public static boolean exists(Path folder) {
        return isThere(folder.resolve(Protection.FILE)) || isThere(folder.resolve(SEALED));
    }

    private static boolean isThere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /// Makes a key store without passphrase in `folder`, which is made too; its parent must exist.
    ///
    /// @throws KeyStoreException if there is one already, or others could read it
    /// @throws IOException if it cannot be made
    public static KeyStore create(Path folder) throws IOException {
        return create(folder, new Protection.Clear());
    }

    /// Makes a key store that can be read with `passphrase` only.
    ///
    /// @throws KeyStoreException if there is one already, or others could read it
    /// @throws IOException if it cannot be made
    public static KeyStore create(Path folder, Passphrase passphrase) throws IOException {
        return create(folder, Protection.under(passphrase, new SecureRandom()));
    }

    private static KeyStore create(Path folder, Protection protection) throws IOException {
        StoreFiles.makeFolder(folder);
        var store = new KeyStore(folder, protection);
        try (var _ = lock(folder)) {
            if (exists(folder)) {
                throw new KeyStoreException(Kind.PLACE, folder + ": there is a key store already");
            }
            if (store.isProtected()) {
                store.makeSealed(List.of());
            } else {
                StoreFiles.write(
                        folder.resolve(Protection.FILE), protection.description().toFile());
            }
        }
        return store;
    }

    /// Opens the key store in `folder`.
    ///
    /// @param passphrases asked when something is first read or written, if the store is under a
    ///   passphrase
    /// @throws KeyStoreException if there is none, it is damaged, or others could have read it
    /// @throws IOException if it cannot be read
    public static KeyStore open(Path folder, PassphraseSource passphrases) throws IOException {
        if (!isThere(folder)) {
            throw noStore(folder);
        }
        StoreFiles.requireFolder(folder);
        Path sealed = folder.resolve(SEALED);
        try {
            if (!isThere(sealed)) {
                Path file = folder.resolve(Protection.FILE);
                var record = description(file).orElseThrow(() -> noStore(folder));
                return new KeyStore(folder, Protection.readClear(record, file.toString()));
            }
            StoreFiles.requireFolder(sealed);
            Path file = sealed.resolve(Protection.FILE);
            var record =
                    description(file)
                            .orElseThrow(() ->
                                    new KeyStoreException(
                                            Kind.DAMAGED,
                                            file + ": missing" + KeyStoreException.RESTORE_HINT));
            return new KeyStore(folder, Protection.read(record, passphrases, file.toString()));
        } catch (MalformedException e) {
            throw KeyStoreException.damaged(e);
        }
    }

    /// As [#open], for whoever knows that theirs is under a passphrase.
    ///
    /// @throws KeyStoreException as [#open], and if it is under none: somebody may have put it
    ///   there
    public static KeyStore openProtected(Path folder, PassphraseSource passphrases)
            throws IOException {
        KeyStore store = open(folder, passphrases);
        if (!store.isProtected()) {
            throw new KeyStoreException(
                    Kind.UNPROTECTED,
                    folder
                            + ": this key store is not under a passphrase, and one was expected; if"
                            + " it was, somebody replaced it");
        }
        return store;
    }

    private static KeyStoreException noStore(Path folder) {
        return new KeyStoreException(Kind.PLACE, folder + ": there is no key store");
    }

    private static Optional<StoredRecord> description(Path file)
            throws IOException, MalformedException {
        Optional<byte[]> content = StoreFiles.read(file, StoredRecord.MAX_FILE_LENGTH);
        return content.isEmpty()
                ? Optional.empty()
                : Optional.of(StoredRecord.parse(content.get(), file.toString()));
    }

    /// Puts the store under a passphrase, or under another one. Whatever the moment of a crash, the
    /// store is whole and under the old protection or the new one.
    ///
    /// Changing a passphrase does not change what it opens: whoever has an old copy of the store
    /// and its passphrase can read that copy, and what is sealed later with the same key. For a
    /// passphrase that others know, restore a backup into a new store. What was clear before is
    /// removed, which does not wipe a disk.
    ///
    /// @return the store from now on; this object and those of other processes can't write to a
    ///   store that was clear any more
    /// @throws KeyStoreException if it is damaged, or its passphrase until now is another
    /// @throws IOException if it cannot be written; it is as it was then
    public KeyStore protect(Passphrase passphrase) throws IOException {
        return switch (protection) {
            case Protection.Clear _ -> {
                var changed =
                        new KeyStore(folder, Protection.under(passphrase, new SecureRandom()));
                locked(() -> {
                    changed.makeSealed(contents());
                    return true;
                });
                changed.removeClear();
                yield changed;
            }
            case Protection.UnderPassphrase before -> {
                Protection.UnderPassphrase under = before.under(passphrase);
                locked(() -> {
                    StoreFiles.write(
                            records.resolve(Protection.FILE), under.description().toFile());
                    return true;
                });
                yield new KeyStore(folder, under);
            }
        };
    }

    /// Asks for the passphrase now, if there is one and it has not been asked for.
    ///
    /// @throws KeyStoreException if it is another
    /// @throws IOException if there is nobody to ask
    public void unlock() throws IOException {
        prepare();
    }

    /// Asks for the passphrase if need be, and then removes what a crash left of the store as it
    /// was when it was clear.
    private void prepare() throws IOException {
        try {
            protection.prepare();
        } catch (KeyStoreException e) {
            if (e.kind() == Kind.PASSPHRASE && !clearBeside().isEmpty()) {
                throw new KeyStoreException(
                        Kind.PASSPHRASE, e.getMessage() + "; " + twoStores(), e);
            }
            throw e;
        }
        if (isProtected() && !settled) {
            removeClear();
            settled = true;
        }
    }

    /// A file's place and content.
    private record Content(StorePath place, SecretBytes content) {}

    private List<Content> contents() throws IOException {
        List<Content> all = new ArrayList<>();
        for (StorePath place : paths()) {
            content(place).ifPresent(content -> all.add(new Content(place, content)));
        }
        return all;
    }

    /// Makes the folder of a store under a passphrase, whole and durable, and then puts it in place
    /// in one step. The caller holds the lock.
    private void makeSealed(List<Content> contents) throws IOException {
        Path unfinished = folder.resolve(UNFINISHED);
        StoreFiles.removeAll(unfinished);
        StoreFiles.makeFolder(unfinished);
        StoreFiles.write(unfinished.resolve(Protection.FILE), protection.description().toFile());
        for (Content one : contents) {
            write(unfinished, one.place(), one.content());
        }
        StoreFiles.moveFolder(unfinished, records);
    }

    /// Removes what a crash left of a store that was clear before it got its passphrase: what this
    /// store holds too, and nothing else. Anybody's store may have been put beside a clear one.
    ///
    /// @throws KeyStoreException if there is anything else; nothing has been removed then
    private void removeClear() throws IOException {
        if (clearBeside().isEmpty()) {
            return;
        }
        try (var _ = lock(folder)) {
            for (String root : List.of(StorePath.COMPUTATIONS, StorePath.SETTINGS)) {
                requireHeld(folder.resolve(root));
            }
            for (Path path : clearBeside()) {
                StoreFiles.removeAll(path);
            }
        }
    }

    /// What a store without passphrase has in this folder.
    private List<Path> clearBeside() {
        return Stream.of(UNFINISHED, Protection.FILE, StorePath.COMPUTATIONS, StorePath.SETTINGS)
                .map(folder::resolve)
                .filter(KeyStore::isThere)
                .toList();
    }

    private void requireHeld(Path root) throws IOException {
        if (!isThere(root)) {
            return;
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(root)) {
            files =
                    walk.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                            .toList();
        }
        for (Path file : files) {
            if (!StoreFiles.isTemporary(file) && !isHeld(file)) {
                throw new KeyStoreException(
                        Kind.DAMAGED, file + " is not in " + records + " as well; " + twoStores());
            }
        }
    }

    /// Whether this store has the same record in the same place as the clear one in `file`.
    private boolean isHeld(Path file) throws IOException {
        try {
            StorePath place = StorePath.parse(folder.relativize(file).toString(), file.toString());
            Optional<byte[]> clear = StoreFiles.read(file, StoredRecord.MAX_FILE_LENGTH);
            if (clear.isEmpty()) {
                return true;
            }
            StoredRecord record = StoredRecord.parse(clear.get(), file.toString());
            Optional<SecretBytes> own = stored(place);
            return own.isPresent()
                    && own.get()
                            .equals(new Protection.Clear().open(place, record, file.toString()));
        } catch (MalformedException _) {
            return false;
        }
    }

    private String twoStores() {
        return folder
                + " has two key stores, one without passphrase and the one in "
                + folder.resolve(SEALED)
                + "; nothing was removed. Move the one that is not yours away";
    }

    /// Every computation of which the store has keys or documents, in order.
    ///
    /// @throws KeyStoreException if an entry is damaged or open to others
    /// @throws IOException if the store cannot be read
    public List<KeyName> list() throws IOException {
        List<KeyName> names = new ArrayList<>();
        for (String folderName : StoreFiles.list(records.resolve(StorePath.COMPUTATIONS))) {
            StorePath path = namePath(folderName);
            Optional<byte[]> file = StoreFiles.read(path.in(records), StoredRecord.MAX_FILE_LENGTH);
            // Without its name an entry was never finished: a crash came between.
            if (file.isPresent()) {
                names.add(nameIn(file.get(), path));
            }
        }
        return names.stream().sorted().toList();
    }

    private StorePath namePath(String folderName) throws IOException {
        StoreFiles.requireFolder(records.resolve(StorePath.COMPUTATIONS).resolve(folderName));
        try {
            return StorePath.parse(
                    StorePath.COMPUTATIONS + "/" + folderName + "/name", "key store");
        } catch (MalformedException e) {
            throw KeyStoreException.damaged(e);
        }
    }

    private KeyName nameIn(byte[] file, StorePath path) throws KeyStoreException {
        try {
            var record = StoredRecord.parse(file, path.in(records).toString());
            KeyName name = KeyDocuments.readName(record.content(), path.in(records).toString());
            if (!StorePath.nameOf(name).equals(path)) {
                throw new MalformedException(
                        path.in(records).toString(), "the folder of " + name, "another folder");
            }
            return name;
        } catch (MalformedException e) {
            throw KeyStoreException.damaged(e);
        }
    }

    /// The keys for a computation, or nothing.
    ///
    /// @throws KeyStoreException if they are damaged or open to others, or the passphrase is wrong
    /// @throws IOException if the store cannot be read
    public Optional<ParticipantKeys> keys(KeyName name) throws IOException {
        StorePath path = StorePath.keysOf(name);
        Optional<SecretBytes> content = content(path);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (SecretBytes keys = content.get()) {
            return Optional.of(KeyDocuments.readKeys(keys, name));
        } catch (MalformedException _) {
            // Without the reader's message and cause, which could quote a key.
            throw new KeyStoreException(
                    Kind.DAMAGED,
                    path.in(records)
                            + ": not the keys of "
                            + name
                            + KeyStoreException.RESTORE_HINT);
        }
    }

    /// The keys for a computation, made afresh if there are none; whoever asks at the same time
    /// gets the same.
    ///
    /// @throws KeyStoreException as [#keys]
    /// @throws IOException if they cannot be stored; then none are
    public ParticipantKeys keysOrNew(KeyName name, SecureRandom random) throws IOException {
        return locked(() -> {
            Optional<ParticipantKeys> present = keys(name);
            if (present.isPresent()) {
                return present.get();
            }
            var fresh = ParticipantKeys.generate(random);
            store(name, fresh);
            return fresh;
        });
    }

    /// Stores keys made elsewhere, for example with an X25519 identity that somebody brings.
    ///
    /// @throws KeyStoreException if there are keys for that computation
    /// @throws IOException if they cannot be stored
    public void add(KeyName name, ParticipantKeys keys) throws IOException {
        locked(() -> {
            if (isPresent(StorePath.keysOf(name))) {
                throw new KeyStoreException(
                        Kind.CONFLICT, "there are keys for " + name + " already");
            }
            store(name, keys);
            return true;
        });
    }

    private void store(KeyName name, ParticipantKeys keys) throws IOException {
        writeName(name);
        try (SecretBytes content = KeyDocuments.writeKeys(name, keys)) {
            write(StorePath.keysOf(name), content);
        }
    }

    /// The documents of one computation.
    public Documents documents(KeyName name) {
        return new Documents(
                this, StorePath.folder(name) + "/" + StorePath.DOCUMENTS, Optional.of(name));
    }

    /// Documents that belong to no computation.
    public Documents settings() {
        return new Documents(this, StorePath.SETTINGS, Optional.empty());
    }

    /// Writes all keys and documents into one age file.
    ///
    /// @param file must not exist; only its owner can read it
    /// @param sealing whom the file is for; its body must not have been made
    /// @return how many files it holds
    /// @throws KeyStoreException if something in the store is damaged, or `file` exists
    /// @throws IOException if reading or writing fails; no file is left behind then
    public int backup(Path file, Sealing sealing) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new KeyStoreException(Kind.CONFLICT, file + ": there is a file already");
        }
        return locked(() -> {
            Backup backup = Backup.of(this);
            try (SecretBytes content = backup.toJson()) {
                StoreFiles.write(file, sealing.file(content.expose(SecretExposure.acknowledged())));
            }
            return backup.size();
        });
    }

    /// Brings everything back that a backup holds. What is there already and is the same stays; if
    /// anything differs, nothing is changed and the message names all of it.
    ///
    /// @return how many files were added
    /// @throws KeyStoreException if the backup cannot be opened or is damaged, or differs from the
    ///   store
    /// @throws IOException if reading or writing fails; running it again goes on
    public int restore(Path file, Opening opening) throws IOException {
        if (Files.size(file) > MAX_BACKUP) {
            throw new KeyStoreException(
                    Kind.BACKUP, file + ": expected at most " + MAX_BACKUP + " bytes");
        }
        Bytes sealed = Bytes.copyOf(Files.readAllBytes(file));
        Backup backup = Backup.open(sealed, opening, file.toString());
        return locked(() -> backup.restoreInto(this));
    }

    /// Keeps every other thread and process that asks for the same out, for a change of several
    /// steps: read, decide, write. Reading and writing documents goes on meanwhile; whoever holds
    /// it must not ask for it again.
    ///
    /// @throws KeyStoreException if another does not let go in time, or the lock is a link
    /// @throws IOException if it cannot be had
    public Held hold() throws IOException {
        prepare();
        StoreLock lock = StoreLock.acquire(folder.resolve(CHANGES), StoreLock.PATIENCE);
        return lock::close;
    }

    /// A folder for temporary files, on the store's disk and as private; it holds no secrets.
    ///
    /// @throws KeyStoreException if it is a link, another user's, or open to others
    /// @throws IOException if it cannot be made
    public Path temporary() throws IOException {
        Path temporary = folder.resolve(TEMPORARY);
        StoreFiles.makeFolder(temporary);
        return temporary;
    }

    /// Where the store is.
    public Path folder() {
        return folder;
    }

    /// Where its records are: for tests and [Documents].
    Path records() {
        return records;
    }

    /// Whether a passphrase is needed to read and to write.
    public boolean isProtected() {
        return protection instanceof Protection.UnderPassphrase;
    }

    <T> T locked(Change<T> change) throws IOException {
        // Before the lock: asking people while holding it would keep others waiting.
        prepare();
        try (var _ = lock(folder)) {
            requireStillClear();
            return change.make();
        }
    }

    private static StoreLock lock(Path folder) throws IOException {
        return StoreLock.acquire(folder.resolve(LOCK), StoreLock.PATIENCE);
    }

    /// What was written beside a store that has got a passphrase would be lost, and clear.
    private void requireStillClear() throws KeyStoreException {
        if (!isProtected() && isThere(folder.resolve(SEALED))) {
            throw new KeyStoreException(
                    Kind.CONFLICT,
                    folder + ": the key store was put under a passphrase in the meantime");
        }
    }

    /// Every file of the store but its own description.
    List<StorePath> paths() throws IOException {
        List<StorePath> paths = new ArrayList<>();
        for (KeyName name : list()) {
            paths.add(StorePath.nameOf(name));
            if (isPresent(StorePath.keysOf(name))) {
                paths.add(StorePath.keysOf(name));
            }
            addDocuments(
                    paths, documents(name), StorePath.folder(name) + "/" + StorePath.DOCUMENTS);
        }
        addDocuments(paths, settings(), StorePath.SETTINGS);
        return paths;
    }

    private static void addDocuments(List<StorePath> paths, Documents documents, String folder)
            throws IOException {
        for (String name : documents.names()) {
            paths.add(new StorePath(folder + "/" + name));
        }
    }

    boolean isPresent(StorePath path) throws IOException {
        return StoreFiles.read(path.in(records), StoredRecord.MAX_FILE_LENGTH).isPresent();
    }

    /// The content of a file, or nothing if there is none.
    Optional<SecretBytes> content(StorePath path) throws IOException {
        if (!path.isName()) {
            prepare();
        }
        return stored(path);
    }

    private Optional<SecretBytes> stored(StorePath path) throws IOException {
        Path file = path.in(records);
        Optional<byte[]> stored = StoreFiles.read(file, StoredRecord.MAX_FILE_LENGTH);
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        StoredRecord record;
        try {
            record = StoredRecord.parse(stored.get(), file.toString());
        } catch (MalformedException e) {
            throw KeyStoreException.damaged(e);
        }
        return Optional.of(protectionOf(path).open(path, record, file.toString()));
    }

    /// Writes a file, and the folders it stands in. The caller holds the lock.
    void write(StorePath path, SecretBytes content) throws IOException {
        write(records, path, content);
    }

    private void write(Path root, StorePath path, SecretBytes content) throws IOException {
        Path parent = root;
        for (String part : path.folders()) {
            parent = parent.resolve(part);
            StoreFiles.makeFolder(parent);
        }
        StoreFiles.write(path.in(root), protectionOf(path).store(path, content).toFile());
    }

    /// Writes a computation's name unless it is there. The caller holds the lock.
    void writeName(KeyName name) throws IOException {
        StorePath path = StorePath.nameOf(name);
        if (!isPresent(path)) {
            byte[] content = KeyDocuments.writeName(name).toArray();
            write(path, SecretBytes.copyOf(content, SecretExposure.acknowledged()));
        }
    }

    /// Names stay clear, so that [#list] needs no passphrase; a name can't be changed, since its
    /// folder follows from it.
    private Protection protectionOf(StorePath path) {
        return path.isName() ? new Protection.Clear() : protection;
    }
}
