package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.cli.InProcess;
import io.cloister.e2e.operator.HostileProxy.Answer;
import io.cloister.e2e.operator.HostileProxy.Call;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every string of every answer the operator gives, one at a time, full of what terminals act on
/// and of ways out of a folder; then every screen that asked for that answer. The title, which an
/// Owner may have made up with the operator, is so from the start. Nothing that a terminal acts on
/// comes out, and no file appears outside the folder a command writes to.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class HostileStringsTest {
    /// Escape sequences in both spellings, a title, a bell, a carriage return, lines, bidirectional
    /// controls, what is not seen.
    private static final String CONTROLS =
            "\u001b[2J\u009b31m\u001b]0;x\u0007\r\n\u0085\u2028\u202e\u2066\u200b\u0000\u007f";

    private static final String SHORT = "\u001b[2J\u009b1m\r\n\u202e";
    private static final String OUTSIDE = "../../../escaped-from-its-folder";
    private static final String TITLE = "Study \u001b[2J\u009b31m\r\n\u202e " + OUTSIDE;

    private static final List<String> OWNERS =
            List.of(
                    "computation list",
                    "computation show",
                    "computation watch --events 1",
                    "invitation show",
                    "agreement show",
                    "agreement sign");
    private static final List<String> EVERYONES =
            List.of(
                    "computation show",
                    "computation watch --events 1",
                    "agreement show",
                    "agreement phrase",
                    "evidence show",
                    "evidence verify --policy simulated",
                    "approve --policy simulated",
                    "code pull pulled",
                    "data list",
                    "result wait --timeout 0s",
                    "result get --again -o results/",
                    "result get --log -o results/",
                    "receipt show -o receipt.json",
                    "receipt verify --policy simulated");

    private Path folder;
    private Site site;
    private Cast played;
    private Cast waiting;
    private int commands;

    @BeforeAll
    void playOneAndStopBeforeAnothersApproval(@TempDir Path temporary) throws Exception {
        folder = temporary;
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        played = cast("a").played();
        played.result(played.play().roster().resultConsumers().getFirst());
        waiting = cast("b").readyToApprove();
    }

    private Cast cast(String name) throws Exception {
        Play play =
                Play.of(
                                folder.resolve("play-" + name),
                                "print('printed')\n"
                                        + "enclave.write(secret_module.join(enclave.read()))")
                        .on(terms -> terms);
        var titled =
                new Play(
                        TITLE,
                        play.runtime(),
                        play.roster(),
                        play.code(),
                        play.data(),
                        play.terms());
        return Cast.proposing(site, titled, folder.resolve("homes-" + name));
    }

    @AfterAll
    void close() {
        played.close();
        waiting.close();
        site.close();
    }

    /// One command of one person.
    ///
    /// @param home the key store
    /// @param line the command
    private record Screen(Path home, String line) {}

    private List<Screen> screens() {
        List<Screen> screens = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            Path homes = folder.resolve("homes-" + name);
            OWNERS.forEach(line -> screens.add(screen(homes, "owner", line)));
            EVERYONES.forEach(line -> screens.add(screen(homes, "carol", line)));
        }
        Path homes = folder.resolve("homes-b");
        screens.add(screen(homes, "alice", "data list"));
        screens.add(screen(homes, "coder", "code pull pulled"));
        screens.add(screen(homes, "alice", "decline"));
        return screens;
    }

    private static Screen screen(Path homes, String person, String line) {
        return new Screen(homes.resolve(person + "@example.org"), line);
    }

    private void assertHarmless(Screen screen) throws Exception {
        assertHarmless(screen, List.of("", " --json"));
    }

    private void assertHarmless(Screen screen, List<String> formats) throws Exception {
        for (String format : formats) {
            Path work = Files.createDirectories(folder.resolve("outer/inner/work" + commands++));
            List<String> words = List.of((screen.line() + format).split(" ", -1));
            InProcess.Outcome outcome = InProcess.run(screen.home(), work, words);
            assertNotEquals(1, outcome.exit(), () -> screen + " found a defect: " + outcome);
            assertPlain(screen, outcome.out());
            assertPlain(screen, outcome.err());
            if (!format.isEmpty() && !outcome.out().isEmpty()) {
                for (String line : outcome.out().lines().toList()) {
                    Json.parse(line.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "out");
                }
            }
            delete(work);
            assertEquals(Set.of(), files(folder.resolve("outer")));
        }
    }

    private static void assertPlain(Screen screen, String printed) {
        printed.codePoints()
                .filter(one -> one != '\n' && one != '\\')
                .forEach(one -> {
                    String shown = Shown.escaped("x" + Character.toString(one), 2).substring(1);
                    assertEquals(
                            Character.toString(one),
                            shown,
                            () -> screen + " prints U+" + Integer.toHexString(one));
                });
    }

    private static Set<Path> files(Path folder) throws Exception {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).collect(Collectors.toSet());
        }
    }

    private static void delete(Path folder) throws Exception {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }

    /// A call without what differs from one computation or time to another.
    private static String kind(Call call) {
        return call.method()
                + " "
                + call.path().replaceFirst("\\?.*", "").replaceAll("[0-9a-f]{32,64}", "*");
    }

    private static Json json(Answer answer) throws MalformedException {
        return Json.parse(answer.body(), JsonLimits.DOCUMENT, "answer");
    }

    /// Where strings are in `value`, of lists the first element for all.
    private static void strings(Json value, String at, Set<String> into) {
        switch (value) {
            case Json.Obj object ->
                    object.members().forEach((name, one) -> strings(one, at + "/" + name, into));
            case Json.Arr array -> {
                for (Json element : array.elements()) {
                    strings(element, at + "/0", into);
                }
            }
            case Json.Str _ -> into.add(at);
            case Json.Num _, Json.Bool _, Json.Null _ -> {}
        }
    }

    private static Json with(Json value, String at, UnaryOperator<String> change) {
        if (at.isEmpty()) {
            return value instanceof Json.Str text ? Json.of(change.apply(text.value())) : value;
        }
        int end = at.indexOf('/', 1) < 0 ? at.length() : at.indexOf('/', 1);
        String name = at.substring(1, end);
        String rest = at.substring(end);
        return switch (value) {
            case Json.Obj object -> {
                Map<String, Json> members = new LinkedHashMap<>(object.members());
                members.computeIfPresent(name, (_, one) -> with(one, rest, change));
                yield new Json.Obj(members);
            }
            case Json.Arr array ->
                    Json.array(
                            array.elements().stream().map(one -> with(one, rest, change)).toList());
            case Json.Str _, Json.Num _, Json.Bool _, Json.Null _ -> value;
        };
    }

    private static boolean isJson(Answer answer) {
        return answer.body().length > 0 && answer.body()[0] == '{';
    }

    /// Honest again, but for the stream of events, which would not end: it is one event.
    private void behave() {
        site.proxy().behave();
        site.proxy()
                .replace(
                        HostileStringsTest::isEvents,
                        event("something", Json.object().put("x", "y").build()));
    }

    private static boolean isEvents(Call call) {
        return call.path().contains("/events");
    }

    private static Answer event(String type, Json data) {
        Json event =
                Json.object()
                        .put("number", 1_000_000)
                        .put("at", "2026-01-01T00:00:00Z")
                        .put("type", type)
                        .put("data", data)
                        .build();
        return new Answer(200, ("data: " + event.text() + "\n\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theScreensSayWhatIsTrueWhenTheOperatorIsHonest() throws Exception {
        behave();
        for (Screen screen : screens()) {
            assertHarmless(screen);
        }
        Path here = Files.createDirectories(folder.resolve("honest"));
        Path home = folder.resolve("homes-a/carol@example.org");
        for (String line :
                List.of(
                        "computation show",
                        "agreement show",
                        "result get --again -o results/",
                        "receipt show")) {
            InProcess.Outcome outcome = InProcess.run(home, here, List.of(line.split(" ", -1)));
            assertEquals(0, outcome.exit(), () -> line + ": " + outcome);
        }
        String shown = InProcess.run(home, here, List.of("computation", "show")).out();
        assertTrue(shown.contains("Study \\u{1b}[2J\\u{9b}31m\\u{d}\\u{a}\\u{202e} "), shown);
    }

    @Test
    void noStringOfAnyAnswerReachesATerminalOrAnotherFolder() throws Exception {
        behave();
        Map<String, Set<String>> places = new TreeMap<>();
        Map<String, Set<Screen>> askers = new TreeMap<>();
        for (Screen screen : screens()) {
            Map<String, Set<String>> seen = new ConcurrentHashMap<>();
            site.proxy()
                    .answer(
                            call -> !isEvents(call),
                            (call, honest) -> {
                                Set<String> found =
                                        seen.computeIfAbsent(kind(call), _ -> new TreeSet<>());
                                if (isJson(honest)) {
                                    strings(parsed(honest), "", found);
                                }
                                return honest;
                            });
            assertHarmless(screen);
            behave();
            seen.forEach((call, found) -> {
                places.computeIfAbsent(call, _ -> new TreeSet<>()).addAll(found);
                askers.computeIfAbsent(
                                call, _ -> new TreeSet<>(Comparator.comparing(Screen::toString)))
                        .add(screen);
            });
        }
        assertTrue(places.size() >= 12, places::toString);
        int strings = 0;
        for (Map.Entry<String, Set<String>> entry : places.entrySet()) {
            for (String place : entry.getValue()) {
                strings++;
                Set<Screen> screens = Objects.requireNonNull(askers.get(entry.getKey()));
                behave();
                alter(entry.getKey(), place, CONTROLS + OUTSIDE);
                for (Screen screen : screens) {
                    assertHarmless(screen);
                }
                for (String text : List.of(SHORT, OUTSIDE)) {
                    behave();
                    alter(entry.getKey(), place, text);
                    for (Screen screen : onePerCommand(screens)) {
                        assertHarmless(screen, List.of(""));
                    }
                }
            }
        }
        assertTrue(strings >= 45, places::toString);
    }

    private static Collection<Screen> onePerCommand(Set<Screen> screens) {
        Map<String, Screen> first = new TreeMap<>();
        screens.forEach(screen -> first.putIfAbsent(screen.line(), screen));
        return first.values();
    }

    private static Json parsed(Answer answer) {
        try {
            return json(answer);
        } catch (MalformedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void alter(String kind, String place, String text) {
        site.proxy()
                .answer(
                        call -> kind(call).equals(kind),
                        (_, honest) ->
                                isJson(honest)
                                        ? new Answer(
                                                honest.status(),
                                                with(parsed(honest), place, _ -> text).canonical())
                                        : honest);
    }

    @Test
    void noProblemsTextReachesATerminal() throws Exception {
        for (int status : List.of(400, 404, 409, 500)) {
            Json problem =
                    Json.object()
                            .put("type", CONTROLS)
                            .put("title", CONTROLS)
                            .put("status", status)
                            .put("code", SHORT)
                            .put("detail", CONTROLS + OUTSIDE)
                            .put("field", CONTROLS)
                            .put("expected", CONTROLS)
                            .put("actual", CONTROLS)
                            .put("requestId", CONTROLS)
                            .build();
            site.proxy().behave();
            site.proxy().replace(_ -> true, new Answer(status, problem.canonical()));
            for (Screen screen : screens()) {
                if (!screen.line().contains(" watch ")) {
                    assertHarmless(screen);
                }
            }
            behave();
        }
    }

    @Test
    void noEventReachesATerminalAsItIs() throws Exception {
        site.proxy().behave();
        site.proxy()
                .replace(
                        HostileStringsTest::isEvents,
                        event(CONTROLS + OUTSIDE, Json.object().put(CONTROLS, CONTROLS).build()));
        for (Screen screen : screens()) {
            if (screen.line().contains(" watch ")) {
                assertHarmless(screen);
            }
        }
        behave();
    }

    @Test
    void bytesThatAreNoJsonReachNoTerminalEither() throws Exception {
        site.proxy().behave();
        site.proxy()
                .replace(
                        _ -> true,
                        new Answer(200, (CONTROLS + OUTSIDE).getBytes(StandardCharsets.UTF_8)));
        for (Screen screen : screens()) {
            if (!screen.line().contains(" watch ")) {
                assertHarmless(screen);
            }
        }
        behave();
    }
}
