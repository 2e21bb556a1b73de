package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Duration;

/// How late something may be: a platform, or what vouches for it. Both at once can't be said, since
/// their days would add up.
public sealed interface Grace {
    /// Most days there may be.
    int MAX_DAYS = 730;

    /// How many days, 1 to 730.
    int days();

    /// Its author's reason.
    Reason reason();

    /// As JSON.
    Json toJson();

    /// How long.
    default Duration length() {
        return Duration.ofDays(days());
    }

    /// Platforms that Intel rates out of date count as not so until that many days after the date
    /// of their TCB level: weaknesses published before that date are mended.
    ///
    /// @param days 1 to 730
    /// @param reason its author's
    record Platform(int days, Reason reason) implements Grace {
        private static final String WORD = "platform";

        public Platform {
            requireDays(days);
        }

        @Override
        public Json toJson() {
            return json(WORD, this);
        }
    }

    /// Revocation lists, TCB info and QE identities count until that many days after they have
    /// expired, if they are the newest at hand: in this time the policy's author would not learn
    /// that something was revoked or is out of date. Certificates count no longer than they say.
    ///
    /// @param days 1 to 730
    /// @param reason its author's
    record Collateral(int days, Reason reason) implements Grace {
        private static final String WORD = "collateral";

        public Collateral {
            requireDays(days);
        }

        @Override
        public Json toJson() {
            return json(WORD, this);
        }
    }

    /// Reads one.
    ///
    /// @throws MalformedException if it is none, naming `path`
    static Grace read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String of = fields.string("of", 1, 40);
        int days = (int) fields.integer("days", 1, MAX_DAYS);
        Reason reason = Reason.read(fields.any("reason"), fields.path("reason"));
        fields.end();
        return switch (of) {
            case Platform.WORD -> new Platform(days, reason);
            case Collateral.WORD -> new Collateral(days, reason);
            default ->
                    throw new MalformedException(fields.path("of"), "platform or collateral", of);
        };
    }

    private static Json json(String word, Grace grace) {
        return Json.object()
                .put("of", word)
                .put("days", grace.days())
                .put("reason", grace.reason().text())
                .build();
    }

    private static void requireDays(int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("1 to " + MAX_DAYS + " days");
        }
    }
}
