package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

class SentencesTest {
    private static final String URL = "http://127.0.0.1:1";
    private static final Terms USUAL = Terms.defaults(Play.NOW);

    private static List<String> deviations(Terms terms) {
        return Sentences.deviations(new Play(URL, terms, List.of()).agreement);
    }

    private static Map<String, Json> usual() {
        return ((Json.Obj) USUAL.toJson()).members();
    }

    /// The usual terms but for these.
    private static Terms with(Map<String, Json> changed) throws Exception {
        var builder = Json.object();
        usual().forEach((name, value) -> builder.put(name, changed.getOrDefault(name, value)));
        return Terms.read(builder.build(), "terms");
    }

    private static Arguments deviation(String term, Json value, String sentence) {
        return Arguments.of(term, value, sentence);
    }

    private static Json people(Email... people) {
        return Json.array(Stream.of(people).map(Email::value).map(Json::of).toList());
    }

    static Stream<Arguments> deviations() {
        return Stream.of(
                deviation(
                        "notAfter",
                        Json.of(USUAL.notAfter().plusSeconds(1).getEpochSecond()),
                        "It ends later than usual, at 2026-11-30T12:00:01Z."),
                deviation("cores", Json.of(3), "Unusual terms: processor cores is 3, usually 2."),
                deviation(
                        "cpuSeconds",
                        Json.of(3_601),
                        "Unusual terms: processor seconds is 3601, usually 3600."),
                deviation(
                        "memoryBytes",
                        Json.of(8L << 30),
                        "Unusual terms: memory is 8 GiB, usually 4 GiB."),
                deviation("processes", Json.of(2), "Unusual terms: processes is 2, usually 1."),
                deviation(
                        "wallSeconds",
                        Json.of(3_599),
                        "Unusual terms: wall-clock seconds is 3599, usually 3600."),
                deviation(
                        "outputBytes",
                        Json.of(2L << 30),
                        "Unusual terms: output per consumer is 2 GiB, usually 1 GiB."),
                deviation(
                        "inputMode",
                        Json.of(InputMode.STREAMING.word()),
                        "Inputs are streamed: the code starts before they are all checked, but"
                                + " nothing leaves until they are."),
                deviation(
                        "isolation",
                        Json.of(IsolationLevel.CGROUPS.word()),
                        "The least isolation level is cgroups, usually namespaces."),
                deviation(
                        "dataMayChange",
                        Json.of(true),
                        "Data providers may give other data for later runs: whoever sees two"
                                + " results learns what their difference tells about the data."),
                deviation(
                        "outputReaders",
                        people(Play.CODER, Play.CONSUMER),
                        "What the code prints, which may be anything it reads, goes to"
                                + " coder@example.org, consumer@example.org."),
                deviation(
                        "tracebackReaders",
                        people(Play.CODER),
                        "The traceback of a failed run, which may hold anything the code reads,"
                                + " goes to coder@example.org."));
    }

    @ParameterizedTest
    @MethodSource("deviations")
    void tellsEachTermThatIsNotTheUsualOne(String term, Json value, String sentence)
            throws Exception {
        assertEquals(List.of(sentence), deviations(with(Map.of(term, value))));
    }

    @Test
    void tellsOfMoreRunsAfterTheChangingDataTheyNeed() throws Exception {
        List<String> sentences =
                deviations(with(Map.of("runs", Json.of(2), "dataMayChange", Json.of(true))));
        assertEquals(2, sentences.size());
        assertEquals("Unusual terms: runs per enclave is 2, usually 1.", sentences.getLast());
    }

    /// A term that nobody thought of here would be agreed to unseen.
    @Test
    void knowsEveryTerm() {
        Set<String> told = new HashSet<>(Set.of("runs"));
        deviations().forEach(one -> told.add(String.valueOf(one.get()[0])));
        assertEquals(usual().keySet(), told);
    }

    @Test
    void saysNothingOfTheUsualTermsNorOfAnEarlierEnd() throws Exception {
        assertEquals(List.of(), deviations(USUAL));
        long earlier = USUAL.notAfter().minus(Duration.ofDays(1)).getEpochSecond();
        assertEquals(List.of(), deviations(with(Map.of("notAfter", Json.of(earlier)))));
    }

    @Test
    void namesTheMeasurementsThatTheProposalNarrowsTo() {
        String one = "simulated:" + "0".repeat(64);
        String other = "simulated:" + "1".repeat(64);
        assertEquals(
                List.of(
                        "Of the enclaves your policy accepts, only those with a measurement named"
                                + " here get a grant: "
                                + one
                                + ", "
                                + other
                                + "."),
                Sentences.deviations(new Play(URL, USUAL, List.of(one, other)).agreement));
    }
}
