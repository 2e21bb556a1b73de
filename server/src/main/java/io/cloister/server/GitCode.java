package io.cloister.server;

import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TooLargeObjectInPackException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectChecker;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.util.FileUtils;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/// Fetches code from git repositories: one commit, without what came before it. A few at a time.
/// Safe for use by several threads.
final class GitCode {
    private static final int AT_ONCE = 2;

    /// How long a host may be silent, in seconds.
    private static final int SILENCE = 15;

    /// What git says besides a pack: names, progress.
    private static final long TALK = 16 << 20;

    private final Remote remote;
    private final Bounds bounds;
    private final Semaphore turns = new Semaphore(AT_ONCE);

    GitCode(Remote remote, Bounds bounds) {
        this.remote = remote;
        this.bounds = bounds;
        if (!(SystemReader.getInstance() instanceof GitNoSettings)) {
            SystemReader.setInstance(new GitNoSettings(SystemReader.getInstance()));
        }
    }

    /// What one fetch may bring.
    ///
    /// @param packBytes of git's objects as they are sent
    /// @param objects how many of them, and names in folders
    /// @param fileBytes of one file; git holds several versions of one in memory, some 50 at most
    /// @param allBytes of all files
    /// @param time from asking the host until the tar is written
    record Bounds(long packBytes, int objects, long fileBytes, long allBytes, Duration time) {
        static final Bounds USUAL =
                new Bounds(128 << 20, 100_000, 4 << 20, 256 << 20, Duration.ofSeconds(45));
    }

    /// How a repository is reached.
    @FunctionalInterface
    interface Remote {
        /// A connection to be made, between `address` and `local`.
        Transport open(Repository local, GitAddress address, GitBudget budget, Bounds bounds)
                throws URISyntaxException, NotSupportedException, TransportException;
    }

    /// Over https, with the certificates the JDK trusts.
    static Transport https(Repository local, GitAddress address, GitBudget budget, Bounds bounds)
            throws URISyntaxException, NotSupportedException, TransportException {
        return http(local, URI.create(address.toString()), budget, bounds);
    }

    /// Over HTTP of either kind.
    static Transport http(Repository local, URI repository, GitBudget budget, Bounds bounds)
            throws URISyntaxException, NotSupportedException, TransportException {
        Transport transport = Transport.open(local, new URIish(repository.toString()));
        if (!(transport instanceof TransportHttp http)) {
            transport.close();
            throw new NotSupportedException("not HTTP");
        }
        http.setHttpConnectionFactory(
                new GitConnections(repository, budget, bounds.packBytes() + TALK));
        return http;
    }

    /// Fetches the branch or tag `name`, or what the repository offers first, and writes its files
    /// as a tar.
    ///
    /// @param tar file to make
    /// @param scratch folder to use meanwhile
    /// @throws Problem if it can't be had, or is not what code of the dialect may be
    void fetch(GitAddress address, Optional<String> name, Path tar, Path scratch)
            throws Problem, IOException {
        if (!turns.tryAcquire()) {
            throw Problem.of(
                    429,
                    "git-busy",
                    "this server is fetching code for others; try again in a minute");
        }
        try {
            var budget = new GitBudget(System::nanoTime, bounds.time().toNanos());
            try (GitScratch repository = GitScratch.create(scratch, budget, bounds)) {
                fetch(repository, address, name, tar, budget);
            }
        } finally {
            turns.release();
            FileUtils.delete(
                    scratch.toFile(),
                    FileUtils.RECURSIVE
                            | FileUtils.SKIP_MISSING
                            | FileUtils.RETRY
                            | FileUtils.IGNORE_ERRORS);
        }
    }

    private void fetch(
            GitScratch repository,
            GitAddress address,
            Optional<String> name,
            Path tar,
            GitBudget budget)
            throws Problem, IOException {
        try {
            Ref ref = bring(repository, address, name, budget);
            try (RevWalk commits = new RevWalk(repository);
                    OutputStream out =
                            new BufferedOutputStream(
                                    Files.newOutputStream(tar, StandardOpenOption.CREATE_NEW))) {
                GitTree.write(
                        commits.getObjectReader(),
                        commits.parseCommit(ref.getObjectId()).getTree(),
                        out,
                        budget,
                        bounds);
            }
        } catch (URISyntaxException
                | NotSupportedException
                | TransportException
                | MissingObjectException
                | CorruptObjectException
                | IncorrectObjectTypeException e) {
            if (Storage.isFull(e)) {
                throw new IOException(e);
            }
            if (budget.isTooLarge() || isTooLarge(e)) {
                throw tooLarge();
            }
            if (budget.isCancelled()) {
                throw tooSlow(bounds);
            }
            throw Problem.of(
                    422,
                    "git-unreachable",
                    "could not fetch from "
                            + address
                            + ": it is not there, not open to everybody, moved, or not sound");
        }
    }

    private Ref bring(
            GitScratch repository, GitAddress address, Optional<String> name, GitBudget budget)
            throws Problem, URISyntaxException, NotSupportedException, TransportException {
        List<String> candidates =
                name.map(given -> List.of(Constants.R_HEADS + given, Constants.R_TAGS + given))
                        .orElse(List.of(Constants.HEAD));
        try (Transport transport = remote.open(repository, address, budget, bounds)) {
            transport.setDepth(1);
            transport.setTimeout(SILENCE);
            transport.setObjectChecker(new ObjectChecker());
            try (FetchConnection connection =
                    transport.openFetch(List.of(), candidates.toArray(String[]::new))) {
                Ref ref =
                        candidates.stream()
                                .map(connection::getRef)
                                .filter(GitCode::isThere)
                                .findFirst()
                                .orElseThrow(() -> unknown(name));
                connection.fetch(budget, Set.of(ref), Set.of());
                return ref;
            }
        }
    }

    private static boolean isThere(@Nullable Ref ref) {
        return ref != null && ref.getObjectId() != null;
    }

    private static Problem unknown(Optional<String> name) {
        return Problem.field(
                422,
                "git-ref-unknown",
                "body.github.ref_name",
                "a branch or tag of that repository",
                name.orElse("none, and the repository is empty"));
    }

    private static boolean isTooLarge(Throwable failure) {
        for (@Nullable Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof TooLargeObjectInPackException) {
                return true;
            }
        }
        return false;
    }

    static Problem tooSlow(Bounds bounds) {
        return Problem.of(
                422,
                "git-too-slow",
                "fetching took longer than " + bounds.time().toSeconds() + " seconds");
    }

    static Problem tooLarge() {
        return Problem.of(
                413, "git-too-large", "the repository is larger than what this server fetches");
    }
}
