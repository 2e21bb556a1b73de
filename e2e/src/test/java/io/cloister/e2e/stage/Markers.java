package io.cloister.e2e.stage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Strings to be searched for, all in one pass. Their characters stand for bytes, as ISO-8859-1.
final class Markers {
    private static final int PIECE = 1 << 20;

    private final boolean[] starts = new boolean[1 << 16];
    private final Map<Integer, List<String>> byStart = new HashMap<>();
    private final int longest;

    /// @throws IllegalArgumentException if one is shorter than two characters
    Markers(Iterable<String> markers) {
        int most = 0;
        for (String marker : markers) {
            if (marker.length() < 2) {
                throw new IllegalArgumentException("a marker of less than two characters");
            }
            int start = (marker.charAt(0) & 0xff) << 8 | (marker.charAt(1) & 0xff);
            starts[start] = true;
            byStart.computeIfAbsent(start, _ -> new ArrayList<>()).add(marker);
            most = Math.max(most, marker.length());
        }
        longest = most;
    }

    /// Those that `content` holds.
    Set<String> in(String content) {
        Set<String> found = new LinkedHashSet<>();
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        search(bytes, bytes.length, found);
        return found;
    }

    /// Those that `content`, read to its end, holds.
    Set<String> in(InputStream content) throws IOException {
        Set<String> found = new LinkedHashSet<>();
        byte[] piece = new byte[PIECE + longest];
        int held = 0;
        for (int count = content.readNBytes(piece, 0, piece.length);
                count > 0;
                count = content.readNBytes(piece, held, piece.length - held)) {
            int length = held + count;
            search(piece, length, found);
            // One that begins here may go on in the next piece.
            held = Math.min(length, longest);
            System.arraycopy(piece, length - held, piece, 0, held);
        }
        return found;
    }

    private void search(byte[] bytes, int length, Set<String> found) {
        for (int at = 0; at + 1 < length; at++) {
            int start = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
            if (starts[start]) {
                for (String marker : byStart.getOrDefault(start, List.of())) {
                    if (at + marker.length() <= length && holds(bytes, at, marker)) {
                        found.add(marker);
                    }
                }
            }
        }
    }

    private static boolean holds(byte[] bytes, int at, String marker) {
        return Arrays.equals(
                bytes,
                at,
                at + marker.length(),
                marker.getBytes(StandardCharsets.ISO_8859_1),
                0,
                marker.length());
    }
}
