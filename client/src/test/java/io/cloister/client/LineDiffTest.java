package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

class LineDiffTest {
    @Test
    void keepsWhatIsTheSameAndMarksWhatWentAndWhatCame() {
        assertEquals(
                List.of(" a", "-b", "+x", " c", "+d"),
                LineDiff.of(List.of("a", "b", "c"), List.of("a", "x", "c", "d")));
    }

    @Test
    void isTheShortestThereIs() {
        assertEquals(
                List.of("-a", " b", " c", "+a"),
                LineDiff.of(List.of("a", "b", "c"), List.of("b", "c", "a")));
    }

    @Test
    void goesFromNothingToEverythingAndBack() {
        assertEquals(List.of("+a", "+b"), LineDiff.of(List.of(), List.of("a", "b")));
        assertEquals(List.of("-a", "-b"), LineDiff.of(List.of("a", "b"), List.of()));
        assertEquals(List.of(), LineDiff.of(List.of(), List.of()));
    }

    /// What a line begins with is the mark's place, whatever the line itself begins with.
    @Test
    void marksLinesThatLookLikeMarks() {
        assertEquals(List.of("-+a", "+-a"), LineDiff.of(List.of("+a"), List.of("-a")));
    }

    @Test
    void countsEverythingAsReplacedBeyondWhatItCompares() {
        List<String> many = Collections.nCopies(4_001, "same");
        assertEquals(
                Stream.concat(Collections.nCopies(4_001, "-same").stream(), Stream.of("+same"))
                        .toList(),
                LineDiff.of(many, List.of("same")));
        assertEquals(List.of(" same"), LineDiff.of(List.of("same"), List.of("same")));
    }
}
