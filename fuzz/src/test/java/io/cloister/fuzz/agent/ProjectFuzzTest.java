package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.cosmian.Project;
import io.cloister.crypto.cosmian.ProjectPath;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;

/// A bundle of the Cosmian dialect is refused with a [MalformedException], or with an
/// [EOFException] where a content was being read, or every file of it has a place of its own below
/// the project's folder.
final class ProjectFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void project(byte[] bytes) throws IOException {
        Project project;
        try {
            project = Project.read(new ByteArrayInputStream(bytes));
        } catch (MalformedException | EOFException _) {
            return;
        }
        List<String> paths = project.paths().stream().map(ProjectPath::value).toList();
        if (new HashSet<>(paths).size() != paths.size()
                || !paths.contains("run.py")
                || paths.stream().anyMatch(path -> path.startsWith("/") || path.contains("../"))) {
            throw new AssertionError("a place that is not its own");
        }
        if (!project.digests().bundle().equals(Sha256.of(bytes))) {
            throw new AssertionError("not all of it was read");
        }
    }
}
