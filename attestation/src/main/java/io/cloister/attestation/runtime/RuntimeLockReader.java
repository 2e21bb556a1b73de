package io.cloister.attestation.runtime;

import io.cloister.attestation.runtime.RuntimeLock.LockedPackage;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the lines of a lock; used by one thread, once.
final class RuntimeLockReader {
    static final int MAX_PACKAGES = 1_000;
    static final int MAX_HASHES = 2_000;

    private static final Pattern REQUIREMENT =
            Pattern.compile(
                    "([A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?)==([A-Za-z0-9][A-Za-z0-9.!+_]{0,79})"
                        + " \\\\");
    private static final Pattern HASH = Pattern.compile(" {4}--hash=(sha256:[0-9a-f]{64})( \\\\)?");

    private final List<String> lines;
    private int at;

    RuntimeLockReader(List<String> lines) {
        this.lines = lines;
    }

    List<LockedPackage> read() throws MalformedException {
        var packages = new ArrayList<LockedPackage>();
        for (skipComments(); at < lines.size(); skipComments()) {
            if (packages.size() == MAX_PACKAGES) {
                throw malformed("at most " + MAX_PACKAGES + " packages");
            }
            packages.add(lockedPackage());
        }
        return packages;
    }

    private void skipComments() {
        while (at < lines.size()
                && (lines.get(at).isBlank() || lines.get(at).strip().startsWith("#"))) {
            at++;
        }
    }

    private LockedPackage lockedPackage() throws MalformedException {
        Matcher requirement = REQUIREMENT.matcher(lines.get(at));
        if (!requirement.matches()) {
            throw malformed(
                    "name==version and a backslash, without options, markers, extras or URLs");
        }
        at++;
        return new LockedPackage(
                RuntimeLock.normalised(requirement.group(1)), requirement.group(2), hashes());
    }

    private Set<Sha256> hashes() throws MalformedException {
        var hashes = new HashSet<Sha256>();
        boolean more = true;
        while (more) {
            Matcher hash = HASH.matcher(at < lines.size() ? lines.get(at) : "");
            if (!hash.matches() || hashes.size() == MAX_HASHES) {
                throw malformed("four blanks and --hash=sha256: with 64 hexadecimal digits");
            }
            if (!hashes.add(Sha256.parse(hash.group(1), path()))) {
                throw malformed("each hash once");
            }
            more = hash.group(2) != null;
            at++;
        }
        return hashes;
    }

    private String path() {
        return "lock line " + (at + 1);
    }

    private MalformedException malformed(String expected) {
        return new MalformedException(
                path(), expected, at < lines.size() ? lines.get(at) : "the end");
    }
}
