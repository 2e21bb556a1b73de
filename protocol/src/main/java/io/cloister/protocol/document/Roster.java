package io.cloister.protocol.document;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Who takes part, by e-mail and role, in order: `read(n)` means the n-th Data Provider, `write(x,
/// n)` the n-th Result Consumer. One person may have several roles.
///
/// @param codeProvider the one who brings the code
/// @param dataProviders 1 to 64, in order, no one twice
/// @param resultConsumers 1 to 64, in order, no one twice
public record Roster(Email codeProvider, List<Email> dataProviders, List<Email> resultConsumers) {
    /// Most Data Providers, and most Result Consumers.
    public static final int MAX_PER_ROLE = 64;

    public Roster {
        dataProviders = List.copyOf(dataProviders);
        resultConsumers = List.copyOf(resultConsumers);
        requireSensible(dataProviders);
        requireSensible(resultConsumers);
    }

    private static void requireSensible(List<Email> people) {
        if (people.isEmpty()
                || people.size() > MAX_PER_ROLE
                || Set.copyOf(people).size() != people.size()) {
            throw new IllegalArgumentException(
                    "1 to " + MAX_PER_ROLE + " people per role, nobody twice");
        }
    }

    static Roster read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        var roster =
                new Roster(
                        fields.text("codeProvider", Email::parse),
                        people(fields, "dataProviders"),
                        people(fields, "resultConsumers"));
        fields.end();
        return roster;
    }

    private static List<Email> people(Fields fields, String name) throws MalformedException {
        List<Email> people = fields.texts(name, MAX_PER_ROLE, Email::parse);
        return Lists.unique(Lists.nonEmpty(people, fields.path(name)), fields.path(name));
    }

    Json toJson() {
        return Json.object()
                .put("codeProvider", codeProvider.value())
                .put("dataProviders", Lists.texts(dataProviders))
                .put("resultConsumers", Lists.texts(resultConsumers))
                .build();
    }

    /// Everyone once: Code Provider, Data Providers, Result Consumers, each at their first place.
    public List<Email> people() {
        var people = new LinkedHashSet<Email>();
        people.add(codeProvider);
        people.addAll(dataProviders);
        people.addAll(resultConsumers);
        return List.copyOf(people);
    }

    /// The roles of `person`, in the order of [Role]; empty for a stranger.
    public List<Role> roles(Email person) {
        var roles = new ArrayList<Role>();
        if (codeProvider.equals(person)) {
            roles.add(Role.CODE_PROVIDER);
        }
        if (dataProviders.contains(person)) {
            roles.add(Role.DATA_PROVIDER);
        }
        if (resultConsumers.contains(person)) {
            roles.add(Role.RESULT_CONSUMER);
        }
        return List.copyOf(roles);
    }

    /// Whether `person` has `role`.
    public boolean has(Email person, Role role) {
        return roles(person).contains(role);
    }
}
