package io.cloister.server;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Papers;
import io.cloister.protocol.state.PendingAction;

import org.jdbi.v3.core.Handle;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Computations, who belongs to them, and their events.
final class ComputationTable {
    private ComputationTable() {}

    /// A row of `event`.
    record Recorded(long number, Instant at, Event event) {}

    /// A row of `computation`, for lists.
    record Summary(
            long sequence,
            ComputationId id,
            String state,
            boolean archived,
            Instant createdAt,
            Email owner,
            Dialect dialect,
            Json pending) {}

    /// What a list needs of a computation that is not in its first columns.
    record Head(Email owner, Instant createdAt, Dialect dialect) {}

    static void insert(
            Handle handle, Papers papers, Event.First first, Computation state, Instant now) {
        String id = papers.computation().toString();
        handle.createUpdate(
                        """
                        INSERT INTO computation
                            (id, owner, created_at, state, archived, pending, last_event, dialect)
                        VALUES (:id, :owner, :now, :state, 0, :pending, 0, :dialect)\
                        """)
                .bind("id", id)
                .bind("owner", papers.owner().value())
                .bind("now", now.toEpochMilli())
                .bind("state", state.word())
                .bind("pending", pending(state))
                .bind("dialect", papers.dialect().word())
                .execute();
        var people = new LinkedHashSet<Email>(papers.roster().people());
        people.add(papers.owner());
        for (Email person : people) {
            var roles = new ArrayList<String>();
            if (person.equals(papers.owner())) {
                roles.add(Access.OWNER.word());
            }
            papers.roster().roles(person).forEach(role -> roles.add(role.word()));
            handle.createUpdate(
                            "INSERT INTO member (email, computation, roles) VALUES (:email, :id,"
                                    + " :roles)")
                    .bind("email", person.value())
                    .bind("id", id)
                    .bind("roles", String.join(" ", roles))
                    .execute();
        }
        append(handle, papers.computation(), 1, first, state, now);
    }

    static void append(
            Handle handle,
            ComputationId computation,
            long number,
            Event event,
            Computation state,
            Instant now) {
        handle.createUpdate(
                        """
                        INSERT INTO event (computation, number, at, type, data)
                        VALUES (:computation, :number, :at, :type, :data)\
                        """)
                .bind("computation", computation.toString())
                .bind("number", number)
                .bind("at", now.toEpochMilli())
                .bind("type", event.type())
                .bind("data", event.data().text())
                .execute();
        handle.createUpdate(
                        """
                        UPDATE computation SET state = :state, archived = :archived, pending = :pending,
                            last_event = :number
                        WHERE id = :computation\
                        """)
                .bind("computation", computation.toString())
                .bind("state", state.word())
                .bind("archived", state.dossier().archived() ? 1 : 0)
                .bind("pending", pending(state))
                .bind("number", number)
                .execute();
    }

    private static String pending(Computation state) {
        List<Json> actions = new ArrayList<>();
        for (PendingAction action : state.pendingActions()) {
            actions.add(
                    Json.object()
                            .putIfPresent("email", action.who())
                            .put("action", action.action().toString())
                            .build());
        }
        return Json.array(actions).text();
    }

    static List<Recorded> events(Handle handle, ComputationId computation, long after, int limit) {
        return handle.createQuery(
                        """
                        SELECT number, at, type, data FROM event
                        WHERE computation = :computation AND number > :after ORDER BY number LIMIT :limit\
                        """)
                .bind("computation", computation.toString())
                .bind("after", after)
                .bind("limit", limit)
                .map((rows, _) -> recorded(rows))
                .list();
    }

    static Optional<Recorded> lastEvent(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        """
                        SELECT number, at, type, data FROM event
                        WHERE computation = :computation ORDER BY number DESC LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .map((rows, _) -> recorded(rows))
                .findOne();
    }

    /// The agreement that was signed last and not undone by a reset of the code.
    static Optional<Envelope> agreement(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        """
                        SELECT number, at, type, data FROM event
                        WHERE computation = :computation AND type IN ('agreement-signed', 'code-reset')
                        ORDER BY number DESC LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .map((rows, _) -> recorded(rows).event())
                .findOne()
                .flatMap(event ->
                        event instanceof Event.AgreementSigned(var agreement)
                                ? Optional.of(agreement)
                                : Optional.empty());
    }

    /// People whose blobs were to be deleted: who declined or withdrew.
    static List<Email> left(Handle handle, ComputationId computation) {
        return handle
                .createQuery(
                        """
                        SELECT number, at, type, data FROM event
                        WHERE computation = :computation AND type IN ('declined', 'withdrawn') ORDER BY number\
                        """)
                .bind("computation", computation.toString())
                .map((rows, _) -> recorded(rows).event())
                .list()
                .stream()
                .flatMap(event ->
                        switch (event) {
                            case Event.Declined(var person, var _) -> Stream.of(person);
                            case Event.Withdrawn(var person, var _) -> Stream.of(person);
                            default -> Stream.empty();
                        })
                .toList();
    }

    /// Whether the Owner archived it.
    static boolean isArchived(Handle handle, ComputationId computation) {
        return handle.createQuery(
                                "SELECT count(*) FROM event WHERE computation = :computation AND"
                                        + " type = 'archived'")
                        .bind("computation", computation.toString())
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    private static Recorded recorded(ResultSet rows) throws SQLException {
        try {
            Json data =
                    Json.parse(
                            rows.getString("data").getBytes(StandardCharsets.UTF_8),
                            JsonLimits.DOCUMENT,
                            "database.event");
            return new Recorded(
                    rows.getLong("number"),
                    Instant.ofEpochMilli(rows.getLong("at")),
                    Event.read(rows.getString("type"), data));
        } catch (MalformedException e) {
            throw new CloisterBugException("the database holds an event that can't be read", e);
        }
    }

    static Set<Access> roles(Handle handle, ComputationId computation, Email email) {
        return handle.createQuery(
                        "SELECT roles FROM member WHERE email = :email AND computation ="
                                + " :computation")
                .bind("email", email.value())
                .bind("computation", computation.toString())
                .mapTo(String.class)
                .findOne()
                .map(Access::ofMember)
                .orElse(Set.of());
    }

    static Optional<Head> head(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        "SELECT owner, created_at, dialect FROM computation WHERE id = :id")
                .bind("id", computation.toString())
                .map((rows, _) ->
                        new Head(
                                AccountTable.email(rows.getString("owner")),
                                Instant.ofEpochMilli(rows.getLong("created_at")),
                                dialect(rows.getString("dialect"))))
                .findOne();
    }

    private static Dialect dialect(String stored) {
        try {
            return Dialect.parse(stored, "database");
        } catch (MalformedException e) {
            throw new CloisterBugException("the database holds a dialect there is not", e);
        }
    }

    /// Events of some `types`, in order.
    static List<Recorded> eventsOf(Handle handle, ComputationId computation, List<String> types) {
        return handle.createQuery(
                        """
                        SELECT number, at, type, data FROM event
                        WHERE computation = :computation AND type IN (<types>) ORDER BY number\
                        """)
                .bind("computation", computation.toString())
                .bindList("types", types)
                .map((rows, _) -> recorded(rows))
                .list();
    }

    /// How many enclaves were queued since the code was reset last, or ever if it was not.
    static long enclavesSinceCodeReset(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        """
                        SELECT COUNT(*) FROM event
                        WHERE computation = :computation AND type = 'enclave-queued'
                            AND number > (SELECT COALESCE(MAX(number), 0) FROM event
                                WHERE computation = :computation AND type = 'code-reset')\
                        """)
                .bind("computation", computation.toString())
                .mapTo(Long.class)
                .one();
    }

    /// The computations of one dialect that `email` belongs to, newest first, archived ones
    /// included.
    static List<ComputationId> ofDialect(Handle handle, Email email, Dialect dialect, int limit) {
        return handle.createQuery(
                        """
                        SELECT c.id FROM member m JOIN computation c ON c.id = m.computation
                        WHERE m.email = :email AND c.dialect = :dialect
                        ORDER BY c.sequence DESC LIMIT :limit\
                        """)
                .bind("email", email.value())
                .bind("dialect", dialect.word())
                .bind("limit", limit)
                .mapTo(String.class)
                .map(AccountTable::computation)
                .list();
    }

    /// A page of the computations `email` belongs to, newest first.
    ///
    /// @param only the one computation a guest may see, if any
    /// @param before sequence number the page lies below
    static List<Summary> list(
            Handle handle,
            Email email,
            Optional<ComputationId> only,
            boolean archived,
            long before,
            int limit) {
        return handle.createQuery(
                        """
                        SELECT c.sequence, c.id, c.owner, c.created_at, c.state, c.archived, c.pending, c.dialect
                        FROM member m JOIN computation c ON c.id = m.computation
                        WHERE m.email = :email AND c.archived = :archived AND c.sequence < :before
                            AND (:only IS NULL OR c.id = :only)
                        ORDER BY c.sequence DESC LIMIT :limit\
                        """)
                .bind("email", email.value())
                .bind("archived", archived ? 1 : 0)
                .bind("before", before)
                .bind("only", only.map(ComputationId::toString))
                .bind("limit", limit)
                .map((rows, _) -> summary(rows))
                .list();
    }

    private static Summary summary(ResultSet rows) throws SQLException {
        try {
            return new Summary(
                    rows.getLong("sequence"),
                    AccountTable.computation(rows.getString("id")),
                    rows.getString("state"),
                    rows.getInt("archived") != 0,
                    Instant.ofEpochMilli(rows.getLong("created_at")),
                    AccountTable.email(rows.getString("owner")),
                    dialect(rows.getString("dialect")),
                    Json.parse(
                            rows.getString("pending").getBytes(StandardCharsets.UTF_8),
                            JsonLimits.DOCUMENT,
                            "database.pending"));
        } catch (MalformedException e) {
            throw new CloisterBugException(
                    "the database holds pending actions that can't be read", e);
        }
    }

    /// Ids of the computations in one of `states`.
    static List<ComputationId> inStates(Handle handle, List<String> states) {
        return handle.createQuery(
                        "SELECT id FROM computation WHERE state IN (<states>) ORDER BY sequence")
                .bindList("states", states)
                .mapTo(String.class)
                .map(AccountTable::computation)
                .list();
    }
}
