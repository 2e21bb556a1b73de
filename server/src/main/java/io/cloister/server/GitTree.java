package io.cloister.server;

import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.treewalk.TreeWalk;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// The files of a commit, read from the objects themselves: nothing is checked out, so nothing can
/// be written elsewhere and no link is followed. Hidden files and folders are left out, as the old
/// client does with a folder it uploads.
final class GitTree {
    private static final int MAX_DEPTH = 32;

    private final ObjectReader objects;
    private final GitBudget budget;
    private final GitCode.Bounds bounds;
    private final Map<String, Entry> files = new TreeMap<>();

    /// @param executable whether git says so
    private record Entry(ObjectId content, boolean executable) {}

    private GitTree(ObjectReader objects, GitBudget budget, GitCode.Bounds bounds) {
        this.objects = objects;
        this.budget = budget;
        this.bounds = bounds;
    }

    /// Writes the files below `root` as a tar, sorted by name.
    ///
    /// @throws Problem 422 if anything but files and folders is among them, or if time is up, 413
    ///   if they are too many or too large
    static void write(
            ObjectReader objects,
            RevTree root,
            OutputStream out,
            GitBudget budget,
            GitCode.Bounds bounds)
            throws Problem, IOException {
        var tree = new GitTree(objects, budget, bounds);
        tree.list(root);
        tree.write(out);
    }

    private void list(RevTree root) throws Problem, IOException {
        try (TreeWalk walk = new TreeWalk(objects)) {
            walk.addTree(root);
            walk.setRecursive(false);
            for (long seen = 0; walk.next(); seen++) {
                if (budget.isCancelled()) {
                    throw GitCode.tooSlow(bounds);
                }
                if (seen > bounds.objects()) {
                    throw GitCode.tooLarge();
                }
                if (!walk.getNameString().startsWith(".")) {
                    add(walk);
                }
            }
        }
    }

    private void add(TreeWalk walk) throws Problem, IOException {
        String path = walk.getPathString();
        if (!Arrays.equals(path.getBytes(StandardCharsets.UTF_8), walk.getRawPath())) {
            throw unfit(path, "has a name that is not UTF-8");
        }
        FileMode mode = walk.getFileMode();
        if (mode.equals(FileMode.TREE)) {
            if (walk.getDepth() >= MAX_DEPTH) {
                throw unfit(path, "is too deep");
            }
            walk.enterSubtree();
        } else if (mode.equals(FileMode.REGULAR_FILE) || mode.equals(FileMode.EXECUTABLE_FILE)) {
            var entry = new Entry(walk.getObjectId(0), mode.equals(FileMode.EXECUTABLE_FILE));
            if (files.put(path, entry) != null) {
                throw unfit(path, "is there twice");
            }
            if (files.size() > CodeTar.MAX_FILES) {
                throw GitCode.tooLarge();
            }
        } else if (mode.equals(FileMode.SYMLINK)) {
            throw unfit(path, "is a symbolic link");
        } else if (mode.equals(FileMode.GITLINK)) {
            throw unfit(path, "is a submodule");
        } else {
            throw unfit(path, "is neither a file nor a folder");
        }
    }

    private static Problem unfit(String path, String why) {
        return Problem.field(
                422, "git-not-plain", path, "files and folders only", "one that " + why);
    }

    private void write(OutputStream out) throws Problem, IOException {
        long all = 0;
        try (PlainTar tar = new PlainTar(out)) {
            for (Map.Entry<String, Entry> file : files.entrySet()) {
                ObjectLoader content = objects.open(file.getValue().content(), Constants.OBJ_BLOB);
                all += content.getSize();
                if (budget.isCancelled()) {
                    throw GitCode.tooSlow(bounds);
                }
                if (content.getSize() > bounds.fileBytes() || all > bounds.allBytes()) {
                    throw GitCode.tooLarge();
                }
                tar.file(
                        file.getKey(),
                        file.getValue().executable(),
                        content.getSize(),
                        content::copyTo);
            }
        }
    }
}
