package io.cloister.client;

import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What differs between two agreements. Lines of `run.py` are as others wrote them: show them
/// escaped.
///
/// @param participants one line per difference
/// @param terms one line per difference
/// @param other one line per difference: runtime, code, keys
/// @param run a line-by-line difference of `run.py`, each line beginning with ` `, `-` or `+`;
///   empty if it is the same
public record Changes(
        List<String> participants, List<String> terms, List<String> other, List<String> run) {
    public Changes {
        participants = List.copyOf(participants);
        terms = List.copyOf(terms);
        other = List.copyOf(other);
        run = List.copyOf(run);
    }

    static Changes between(
            VerifiedAgreement before, String runBefore, VerifiedAgreement after, String runAfter) {
        List<String> other = new ArrayList<>();
        Proposal old = before.proposal();
        Proposal fresh = after.proposal();
        differ(other, "runtime", old.runtime(), fresh.runtime());
        differ(other, "measurements", old.measurements(), fresh.measurements());
        differ(other, "owner", old.owner(), fresh.owner());
        differ(other, "code bundle", before.code().bundle(), after.code().bundle());
        if (!before.cards().equals(after.cards())) {
            other.add("someone's keys changed");
        }
        return new Changes(
                participants(old, fresh),
                members(old.terms().toJson(), fresh.terms().toJson()),
                other,
                runBefore.equals(runAfter)
                        ? List.of()
                        : LineDiff.of(runBefore.lines().toList(), runAfter.lines().toList()));
    }

    private static List<String> participants(Proposal old, Proposal fresh) {
        List<String> lines = new ArrayList<>();
        differ(lines, "code provider", old.roster().codeProvider(), fresh.roster().codeProvider());
        differ(
                lines,
                "data providers",
                old.roster().dataProviders(),
                fresh.roster().dataProviders());
        differ(
                lines,
                "result consumers",
                old.roster().resultConsumers(),
                fresh.roster().resultConsumers());
        return lines;
    }

    private static List<String> members(Json before, Json after) {
        List<String> lines = new ArrayList<>();
        if (before instanceof Json.Obj(var old) && after instanceof Json.Obj(var fresh)) {
            for (Map.Entry<String, Json> member : fresh.entrySet()) {
                Json previous = old.getOrDefault(member.getKey(), new Json.Null());
                differ(lines, member.getKey(), previous.text(), member.getValue().text());
            }
        }
        return lines;
    }

    private static void differ(List<String> lines, String name, Object before, Object after) {
        if (!before.equals(after)) {
            lines.add(name + ": " + before + " → " + after);
        }
    }

    /// Whether nothing differs.
    public boolean isEmpty() {
        return participants.isEmpty() && terms.isEmpty() && other.isEmpty() && run.isEmpty();
    }
}
