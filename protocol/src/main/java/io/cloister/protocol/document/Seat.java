package io.cloister.protocol.document;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// One person in one role: what a key belongs to in the Cosmian dialect, where somebody with three
/// roles registers three keys.
///
/// @param person who
/// @param role as what
public record Seat(Email person, Role role) {
    /// Reads `{"person":…,"role":…}`.
    ///
    /// @throws MalformedException naming the member that is missing, unknown or no such word
    public static Seat read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        var seat = new Seat(fields.text("person", Email::parse), fields.text("role", Role::parse));
        fields.end();
        return seat;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object().put("person", person.value()).put("role", role.word()).build();
    }

    @Override
    public String toString() {
        return person + " as " + role;
    }
}
