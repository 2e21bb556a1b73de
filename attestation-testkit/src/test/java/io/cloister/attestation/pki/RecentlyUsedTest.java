package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class RecentlyUsedTest {
    private final RecentlyUsed<String, Integer> recent = new RecentlyUsed<>(3, 100);

    @Test
    void forgetsWhatWasNotAskedForLongestWhenThereAreTooMany() {
        recent.put("a", 1, 1);
        recent.put("b", 2, 1);
        recent.put("c", 3, 1);
        assertEquals(Optional.of(1), recent.get("a"));

        recent.put("d", 4, 1);

        assertEquals(Optional.empty(), recent.get("b"));
        assertEquals(Optional.of(1), recent.get("a"));
        assertEquals(Optional.of(3), recent.get("c"));
        assertEquals(Optional.of(4), recent.get("d"));
    }

    @Test
    void forgetsAsManyAsItTakesToStayWithinItsBytes() {
        recent.put("a", 1, 40);
        recent.put("b", 2, 60);
        assertEquals(100, recent.bytes());

        recent.put("c", 3, 41);

        assertEquals(Optional.empty(), recent.get("a"));
        assertEquals(Optional.empty(), recent.get("b"));
        assertEquals(Optional.of(3), recent.get("c"));
        assertEquals(41, recent.bytes());
    }

    @Test
    void countsWhatIsReplacedNoMore() {
        recent.put("a", 1, 90);
        recent.put("a", 2, 20);
        recent.put("b", 3, 80);

        assertEquals(Optional.of(2), recent.get("a"));
        assertEquals(Optional.of(3), recent.get("b"));
        assertEquals(100, recent.bytes());
    }

    @Test
    void remembersNothingThatIsTooLargeByItself() {
        recent.put("a", 1, 100);
        recent.put("b", 2, 101);

        assertEquals(Optional.of(1), recent.get("a"));
        assertEquals(Optional.empty(), recent.get("b"));
    }
}
