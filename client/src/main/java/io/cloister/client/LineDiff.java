package io.cloister.client;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A shortest line-by-line difference (longest common subsequence). Bounded: beyond 4,000 lines on
/// a side everything counts as replaced.
final class LineDiff {
    private static final int MAX_LINES = 4_000;

    private LineDiff() {}

    /// Each line with ` `, `-` or `+` before it.
    static List<String> of(List<String> before, List<String> after) {
        List<String> diff = new ArrayList<>();
        if (before.size() > MAX_LINES || after.size() > MAX_LINES) {
            before.forEach(line -> diff.add("-" + line));
            after.forEach(line -> diff.add("+" + line));
            return diff;
        }
        int[][] common = commonLengths(before, after);
        int i = before.size();
        int j = after.size();
        while (i > 0 || j > 0) {
            if (i > 0 && j > 0 && before.get(i - 1).equals(after.get(j - 1))) {
                diff.add(" " + before.get(--i));
                j--;
            } else if (j > 0 && (i == 0 || common[i][j - 1] >= common[i - 1][j])) {
                diff.add("+" + after.get(--j));
            } else {
                diff.add("-" + before.get(--i));
            }
        }
        Collections.reverse(diff);
        return diff;
    }

    private static int[][] commonLengths(List<String> before, List<String> after) {
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = 1; i <= before.size(); i++) {
            for (int j = 1; j <= after.size(); j++) {
                common[i][j] =
                        before.get(i - 1).equals(after.get(j - 1))
                                ? common[i - 1][j - 1] + 1
                                : Math.max(common[i - 1][j], common[i][j - 1]);
            }
        }
        return common;
    }
}
