package io.cloister.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;

import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Repository;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Code of the Cosmian dialect from a git repository, in clear: fetched from hosts that the
/// operator allows, made a tar, and then treated as one that was uploaded.
final class CosmianRepositoryOperations {
    private static final int MAX_REF = 255;

    private final Control control;
    private final List<String> hosts;
    private final GitCode git;

    /// @param hosts those that code may come from; none by default
    CosmianRepositoryOperations(Control control, List<String> hosts, GitCode git) {
        this.control = control;
        this.hosts = hosts;
        this.git = git;
    }

    void repository(Call call) throws Problem, Refusal, MalformedException, IOException {
        Fields body = call.fields();
        Fields github = body.object("github");
        String url = github.string("repository_url", 1, GitAddress.MAX_LENGTH);
        Optional<String> ref = ref(github);
        github.end();
        body.end();
        if (hosts.isEmpty()) {
            throw Problem.of(
                    403,
                    "git-not-allowed",
                    "this server takes no code from a git repository; upload the folder instead");
        }
        GitAddress address = GitAddress.parse(url, hosts);
        if (control.registry().get(call.computation()).state() instanceof Computation.Ended) {
            throw Problem.wrongState("a computation that is ended takes no code");
        }
        Path tar = control.folder().temporary();
        try {
            git.fetch(address, ref, tar, control.folder().temporary());
            try (InputStream content = Files.newInputStream(tar)) {
                CosmianFileOperations.keepCode(control, call, content);
            }
        } finally {
            Files.deleteIfExists(tar);
        }
        CosmianOperations.done(call);
    }

    private static Optional<String> ref(Fields github) throws MalformedException {
        if (!github.has("ref_name") || github.any("ref_name") instanceof Json.Null) {
            return Optional.empty();
        }
        String name = github.string("ref_name", 1, MAX_REF);
        if (!Repository.isValidRefName(Constants.R_HEADS + name)) {
            throw new MalformedException(
                    github.path("ref_name"), "the name of a branch or tag", name);
        }
        return Optional.of(name);
    }
}
