package io.cloister.e2e.operator;

import io.cloister.e2e.operator.HostileProxy.Answer;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Answers of the control plane as JSON objects, for an operator who alters a part of one.
public final class Answers {
    private Answers() {}

    /// An answer that holds `json`.
    public static Answer of(Json json) {
        return new Answer(200, json.canonical());
    }

    /// An answer that is a signed document.
    public static Answer of(Envelope envelope) {
        return of(envelope.toJson());
    }

    /// The answer with one member exchanged.
    public static Answer with(Answer answer, String name, Json value) {
        Map<String, Json> changed = new LinkedHashMap<>(members(answer));
        changed.put(name, value);
        return new Answer(answer.status(), new Json.Obj(changed).canonical());
    }

    /// The answer without one member.
    public static Answer without(Answer answer, String name) {
        Map<String, Json> changed = new LinkedHashMap<>(members(answer));
        changed.remove(name);
        return new Answer(answer.status(), new Json.Obj(changed).canonical());
    }

    /// The members of an answer that is an object.
    public static Map<String, Json> members(Answer answer) {
        try {
            return ((Json.Obj) Json.parse(answer.body(), JsonLimits.DOCUMENT, "answer")).members();
        } catch (MalformedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The elements of the list in member `name`.
    public static List<Json> elements(Answer answer, String name) {
        return ((Json.Arr) member(new Json.Obj(members(answer)), name)).elements();
    }

    /// Member `name` of an object that has one.
    public static Json member(Json object, String name) {
        return Objects.requireNonNull(((Json.Obj) object).members().get(name), name);
    }

    /// The text in member `name` of an object that has one.
    public static String text(Json object, String name) {
        return ((Json.Str) member(object, name)).value();
    }
}
