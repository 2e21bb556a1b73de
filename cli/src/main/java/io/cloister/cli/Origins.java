package io.cloister.cli;

import io.cloister.client.endorsement.Origin;
import io.cloister.protocol.json.Json;

import java.util.List;

/// Where Endorsements came from, and how old they are.
final class Origins {
    /// The member of `--json`: one object for each document that was needed, with `url`, `how`,
    /// `fetchedAt` and `validUntil`; none if nobody was asked.
    static final String MEMBER = "origins";

    private Origins() {}

    static void show(Screen screen, List<Origin> origins) {
        for (Origin origin : origins) {
            screen.line(
                    origin.how().word()
                            + "  "
                            + origin.url()
                            + "  of "
                            + origin.fetchedAt()
                            + ", valid until "
                            + origin.validUntil());
        }
    }

    /// An object with them as one member more.
    static Json beside(Json object, List<Origin> origins) {
        if (!(object instanceof Json.Obj(var members))) {
            throw new IllegalArgumentException("no object");
        }
        var all = Json.object();
        members.forEach(all::put);
        return all.put(MEMBER, json(origins)).build();
    }

    static List<Json> json(List<Origin> origins) {
        return origins.stream()
                .<Json>map(origin ->
                        Json.object()
                                .put("url", origin.url())
                                .put("how", origin.how().word())
                                .put("fetchedAt", origin.fetchedAt().toString())
                                .put("validUntil", origin.validUntil().toString())
                                .build())
                .toList();
    }
}
