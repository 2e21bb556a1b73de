package io.cloister.e2e.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

final class MarkersTest {
    private static final List<String> MARKERS =
            List.of("first-marker", "first-mark-of-another", "\u00ff\u0000binary", "no such");

    @Test
    void areFoundWhereverTheyStand() throws Exception {
        var markers = new Markers(MARKERS);
        String binary = "\u00ff\u0000binary";
        assertEquals(Set.of("first-marker", binary), markers.in("first-markerx" + binary));
        assertEquals(Set.of(), markers.in("first-marke"));
        // Across the border of two pieces, too.
        for (int before = (1 << 20) - 30; before < (1 << 20) + 60; before++) {
            byte[] content = new byte[before + 100];
            byte[] marker = "first-marker".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(marker, 0, content, before, marker.length);
            assertEquals(Set.of("first-marker"), markers.in(new ByteArrayInputStream(content)));
        }
    }

    @Test
    void areTwoCharactersAtLeast() {
        assertThrows(IllegalArgumentException.class, () -> new Markers(List.of("x")));
    }
}
