package io.cloister.client.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.Optional;

/// A card as the server passes it on.
///
/// @param email whose, as the server says
/// @param card the envelope, unchecked
/// @param tag HMAC over the card's payload, for the Owner only
public record RegisteredCard(Email email, Envelope card, Optional<Bytes> tag) {
    static RegisteredCard read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var registered =
                new RegisteredCard(
                        fields.text("email", Email::parse),
                        Envelope.read(fields.any("card"), fields.path("card")),
                        fields.optionalText("tag", RegisteredCard::tag));
        fields.end();
        return registered;
    }

    private static Bytes tag(String text, String path) throws MalformedException {
        if (text.length() != 64) {
            throw new MalformedException(path, "64 hexadecimal digits", text);
        }
        return Bytes.fromHex(text, path);
    }
}
