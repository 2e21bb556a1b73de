package io.cloister.protocol.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Life;
import io.cloister.protocol.state.PendingAction;
import io.cloister.protocol.state.StopReason;
import io.cloister.protocol.state.Transition;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The documents in spec/ say what the code does: their tables are read and tried.
final class SpecTest {
    private static String text(String name) throws IOException {
        return Files.readString(VectorFiles.root().resolve("spec").resolve(name));
    }

    /// The rows of the first table after `heading`, without its two head rows.
    private static List<List<String>> table(String file, String heading) throws IOException {
        String text = text(file);
        int at = text.indexOf(heading);
        assertTrue(at >= 0, heading);
        List<List<String>> rows = new ArrayList<>();
        for (String line : text.substring(at).lines().toList()) {
            if (line.startsWith("|")) {
                String[] cells = line.substring(1, line.length() - 1).split("(?<!\\\\)\\|", -1);
                rows.add(Arrays.stream(cells).map(String::strip).toList());
            } else if (!rows.isEmpty()) {
                break;
            }
        }
        return rows.subList(2, rows.size());
    }

    private static Set<String> quoted(String cell) {
        return Arrays.stream(cell.split("`", -1))
                .filter(part -> part.matches("[a-zA-Z.-]+"))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Test
    void theIndexNamesEveryDocument() throws IOException {
        String index = text("README.md");
        try (Stream<Path> files = Files.list(VectorFiles.root().resolve("spec"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                assertTrue(
                        name.equals("README.md")
                                || index.contains("| [" + name + "](" + name + ") |"),
                        name);
            }
        }
    }

    /// A section that a comment or a document cites is there.
    @Test
    void sectionsThatCodeCitesAreThere() throws IOException {
        Pattern citation = Pattern.compile("spec/([a-z-]+\\.md) §([0-9]+(?:\\.[0-9]+)?)");
        try (Stream<Path> files = Files.walk(VectorFiles.root().resolve("protocol/src/main"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Matcher cited =
                        citation.matcher(Files.readString(file).replaceAll("\\s+(///)?\\s*", " "));
                while (cited.find()) {
                    String heading = "\n#+ " + Pattern.quote(cited.group(2)) + "\\.? ";
                    assertTrue(
                            Pattern.compile(heading).matcher(text(cited.group(1))).find(),
                            file + ": " + cited.group());
                }
            }
        }
    }

    @Test
    void termsHaveTheBoundsAndDefaultsTheySay() throws Exception {
        Json defaults = Terms.defaults(Samples.NOW).toJson();
        Json wide = JsonEdits.set(defaults, "dataMayChange", Json.of(true));
        Set<String> named = new LinkedHashSet<>();
        for (List<String> row : table("terms.md", "A grant takes")) {
            String member = row.get(0).replace("`", "");
            named.add(member);
            Json value = JsonEdits.get(defaults, member);
            if (value instanceof Json.Num(var number)) {
                long least = Long.parseLong(row.get(2).replace(",", ""));
                long most = Long.parseLong(row.get(3).replace(",", ""));
                Terms.read(JsonEdits.set(wide, member, Json.of(least)), "terms");
                Terms.read(JsonEdits.set(wide, member, Json.of(most)), "terms");
                assertThrows(
                        MalformedException.class,
                        () -> Terms.read(JsonEdits.set(wide, member, Json.of(least - 1)), "terms"));
                assertThrows(
                        MalformedException.class,
                        () -> Terms.read(JsonEdits.set(wide, member, Json.of(most + 1)), "terms"));
                assertEquals(
                        member.equals("notAfter")
                                ? "7 days from now"
                                : String.format("%,d", number),
                        row.get(4).replace("\u00a0", ","));
            } else {
                assertEquals(
                        value.text().replace("\"", "").replace("[]", "none"),
                        row.get(4).replace("`", ""));
            }
        }
        assertEquals(((Json.Obj) defaults).members().keySet(), named);
        assertEquals(Samples.NOW.plusSeconds(7 * 86_400), Terms.defaults(Samples.NOW).notAfter());
    }

    @Test
    void everyDocumentNamesEveryMember() throws IOException {
        String documents = text("documents.md");
        Map<String, Kind> sections = new LinkedHashMap<>();
        sections.put("## 2. Proposal", Kind.PROPOSAL);
        sections.put("## 3. Card", Kind.CARD);
        sections.put("## 4. Code statement", Kind.CODE_STATEMENT);
        sections.put("## 5. Agreement", Kind.AGREEMENT);
        sections.put("## 8. Input list", Kind.INPUT_LIST);
        sections.put("## 9. Receipt", Kind.RECEIPT);
        sections.forEach((heading, kind) -> {
            int from = documents.indexOf(heading);
            assertTrue(from >= 0, heading);
            String section = documents.substring(from, documents.indexOf("\n## ", from + 1));
            Json payload =
                    Vectors.json(
                            new String(kind.good().payload().toArray(), StandardCharsets.UTF_8));
            for (String member : ((Json.Obj) payload).members().keySet()) {
                assertTrue(
                        section.contains("| `" + member + "`")
                                || section.contains("| `" + member + "."),
                        heading + ": " + member);
            }
            assertTrue(section.contains(kind.type().payloadType()), heading);
        });
        String receipt =
                documents.substring(documents.indexOf("## 9."), documents.indexOf("## 10."));
        Json predicate = JsonEdits.get(Receipt.TYPE.write(Samples.receipt()), "predicate");
        for (String member : ((Json.Obj) predicate).members().keySet()) {
            assertTrue(receipt.contains("| `" + member), member);
        }
        for (Outcome outcome : Outcome.values()) {
            assertTrue(receipt.contains("`" + outcome + "`"), outcome.word());
        }
        for (Receipt.Kind kind : Receipt.Kind.values()) {
            assertTrue(receipt.contains("`" + kind + "`"), kind.word());
        }
    }

    @Test
    void theListOfEventsIsComplete() throws IOException {
        Set<String> named =
                table("computation.md", "## 2. Events").stream()
                        .map(row -> row.get(0).replace("`", ""))
                        .collect(Collectors.toSet());
        Set<String> known =
                candidates().values().stream()
                        .flatMap(List::stream)
                        .map(Event::type)
                        .collect(Collectors.toSet());
        assertEquals(known, named);
        Set<String> others =
                table("cosmian.md", "those of a native computation").stream()
                        .map(row -> row.get(0).replace("`", ""))
                        .collect(Collectors.toSet());
        assertTrue(Collections.disjoint(named, others));
        // What a computation begins with is one more kind of event, for two of them.
        assertEquals(
                Event.class.getPermittedSubclasses().length
                        - 1
                        + Event.First.class.getPermittedSubclasses().length,
                named.size() + others.size());
        String text = text("computation.md");
        for (StopReason reason : StopReason.values()) {
            assertTrue(text.contains("`" + reason + "`"), reason.toString());
        }
        Set<String> actions =
                table("computation.md", "## 4. Pending").stream()
                        .map(row -> row.get(0).replace("`", ""))
                        .collect(Collectors.toSet());
        assertEquals(
                Arrays.stream(PendingAction.Action.values())
                        .map(PendingAction.Action::toString)
                        .collect(Collectors.toSet()),
                actions);
        for (Computation.End end : Computation.End.values()) {
            assertTrue(text.contains("`" + end.name().toLowerCase(Locale.ROOT) + "`"), end.name());
        }
    }

    /// Every cell of the table of transitions: no event leads anywhere else, and one does lead
    /// there.
    @Test
    void theTableOfTransitionsHolds() throws IOException {
        List<String> states =
                List.of(
                        "gathering",
                        "agreed",
                        "starting",
                        "granting",
                        "running",
                        "completed",
                        "ended");
        Map<String, List<Event>> candidates = candidates();
        List<Life> lives = new ArrayList<>(ComputationVectors.lives().values());
        lives.add(Life.begun().with(Life.card(Samples.CARL)));
        lives.add(Life.ran().with(new Event.CodeReset()));
        lives.add(Life.ran().with(new Event.EnclaveStopped(1, StopReason.LOST, "")));
        lives.add(
                Life.ran()
                        .with(
                                new Event.EnclaveStopped(1, StopReason.LOST, ""),
                                new Event.EnclaveQueued(2)));
        lives.add(Life.ran().with(new Event.RunStarted(1, 2)));
        Set<String> rows = new LinkedHashSet<>();
        for (List<String> row : table("computation.md", "The table gives the new state")) {
            List<Event> events = new ArrayList<>();
            for (String name : quoted(row.get(0).replaceAll("\\(.*\\)", ""))) {
                for (Event event : candidates.getOrDefault(name, List.of())) {
                    if (!(event instanceof Event.EnclaveStopped stopped)
                            || row.get(0).contains(reason(stopped))) {
                        events.add(event);
                        rows.add(event.type());
                    }
                }
            }
            assertFalse(events.isEmpty(), row.get(0));
            for (int column = 0; column < states.size(); column++) {
                String state = states.get(column);
                List<Life> here =
                        lives.stream().filter(life -> life.state().word().equals(state)).toList();
                checkCell(row.get(0) + " in " + state, row.get(column + 1), here, events);
            }
        }
        assertEquals(candidates.keySet(), rows);
    }

    private static String reason(Event.EnclaveStopped stopped) {
        return switch (stopped.reason()) {
            case EXHAUSTED -> "`exhausted`";
            case EXPIRED -> "`expired`";
            case GRANT_EXPIRED,
                    IDLE,
                    FAILED_TO_START,
                    REFUSED,
                    LOST,
                    SERVER_STOPPED,
                    WITHDRAWN,
                    CODE_RESET,
                    ARCHIVED ->
                    "other reasons";
        };
    }

    private static void checkCell(String where, String cell, List<Life> lives, List<Event> events) {
        Set<String> outcomes = new LinkedHashSet<>();
        for (Life life : lives) {
            for (Event event : events) {
                outcomes.add(
                        switch (life.state().apply(event)) {
                            case Transition.Accepted(var next, var _) -> "→ `" + next.word() + "`";
                            case Transition.Unchanged _ -> "=";
                            case Transition.Refused(var code, var _) -> code;
                        });
            }
        }
        assertTrue(
                cell.equals("–") || outcomes.contains(cell),
                where + ": " + cell + " is not among " + outcomes);
        assertTrue(
                outcomes.stream()
                        .noneMatch(outcome -> outcome.startsWith("→") && !outcome.equals(cell)),
                where + ": " + cell + " is not all of " + outcomes);
    }

    private static Map<String, List<Event>> candidates() {
        List<Event> all = new ArrayList<>(ComputationVectors.events().values());
        for (StopReason reason : StopReason.values()) {
            all.add(new Event.EnclaveStopped(1, reason, ""));
            all.add(new Event.EnclaveStopped(2, reason, ""));
        }
        all.add(new Event.EnclaveStarted(2));
        all.add(new Event.Declined(Samples.RITA, ""));
        all.add(new Event.Withdrawn(Samples.RITA, ""));
        all.add(new Event.Refused(1, Optional.empty(), "x", ""));
        all.removeIf(event ->
                event instanceof Event.Created created
                        && !created.proposal().equals(Samples.signedProposal()));
        return all.stream().collect(Collectors.groupingBy(Event::type));
    }
}
