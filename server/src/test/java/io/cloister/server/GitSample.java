package io.cloister.server;

import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

/// A bare repository in a folder, for code to be fetched from.
final class GitSample implements AutoCloseable {
    static final String RUN = "from cosmian_lib_sgx import Enclave\n";

    private final Repository repository;
    private final Map<String, DirCacheEntry> files = new LinkedHashMap<>();

    GitSample(Path folder) throws IOException {
        repository = new FileRepositoryBuilder().setGitDir(folder.toFile()).setBare().build();
        repository.create(true);
        repository.updateRef(Constants.HEAD).link(Constants.R_HEADS + "main");
    }

    Repository repository() {
        return repository;
    }

    /// Puts something at `path`; for a submodule, its name of a commit is made up.
    GitSample put(FileMode mode, String path, String content) throws IOException {
        var entry = new DirCacheEntry(path.getBytes(StandardCharsets.UTF_8));
        entry.setFileMode(mode);
        try (ObjectInserter objects = repository.newObjectInserter()) {
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            entry.setObjectId(
                    mode.equals(FileMode.GITLINK)
                            ? objects.idFor(Constants.OBJ_BLOB, bytes)
                            : objects.insert(Constants.OBJ_BLOB, bytes));
            objects.flush();
        }
        files.put(path, entry);
        return this;
    }

    GitSample file(String path, String content) throws IOException {
        return put(FileMode.REGULAR_FILE, path, content);
    }

    /// Commits all that was put so far to a ref, `at` seconds after 1970.
    GitSample commit(String ref, long at) throws IOException {
        DirCache index = DirCache.newInCore();
        DirCacheBuilder builder = index.builder();
        files.values().forEach(builder::add);
        builder.finish();
        try (ObjectInserter objects = repository.newObjectInserter()) {
            var commit = new CommitBuilder();
            commit.setTreeId(index.writeTree(objects));
            var who =
                    new PersonIdent(
                            "a", "a@example.org", Instant.ofEpochSecond(at), ZoneOffset.UTC);
            commit.setAuthor(who);
            commit.setCommitter(who);
            commit.setMessage("at " + at);
            ObjectId before = repository.resolve(ref);
            if (before != null) {
                commit.setParentId(before);
            }
            ObjectId id = objects.insert(commit);
            objects.flush();
            RefUpdate update = repository.updateRef(ref);
            update.setNewObjectId(id);
            update.forceUpdate();
        }
        return this;
    }

    @Override
    public void close() {
        repository.close();
    }
}
