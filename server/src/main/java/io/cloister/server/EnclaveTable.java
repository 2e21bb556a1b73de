package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Enclaves, what was handed to them, their runs and outputs.
final class EnclaveTable {
    private EnclaveTable() {}

    /// When an enclave was queued, stopped and why.
    record Times(
            long number, Instant queuedAt, Optional<Instant> stoppedAt, Optional<String> reason) {}

    /// What an agent published.
    record Published(long number, Bytes identity, Bytes evidence) {}

    /// A sealed grant, or input list of a run. In the Cosmian dialect a key blob, which has a role,
    /// or what the server says the inputs of a run are.
    record Sealed(
            long number,
            Email signer,
            Optional<Role> role,
            long run,
            Sha256 digest,
            Bytes content) {}

    /// When a run started and ended.
    record RunTimes(long enclave, long run, Instant startedAt, Optional<Instant> endedAt) {}

    /// An age file: its header, and the name of the file with its payload.
    record Output(
            Email reader,
            String kind,
            long position,
            Bytes header,
            long size,
            Sha256 digest,
            String file) {}

    static void insert(Handle handle, ComputationId computation, long number, Instant now) {
        handle.createUpdate(
                        "INSERT INTO enclave (computation, number, queued_at) VALUES (:computation,"
                                + " :number, :now)")
                .bind("computation", computation.toString())
                .bind("number", number)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static void stopped(
            Handle handle, ComputationId computation, long number, String reason, Instant now) {
        handle.createUpdate(
                        """
                        UPDATE enclave SET stopped_at = :now, reason = :reason
                        WHERE computation = :computation AND number = :number AND stopped_at IS NULL\
                        """)
                .bind("computation", computation.toString())
                .bind("number", number)
                .bind("reason", reason)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static void publish(
            Handle handle, ComputationId computation, Sha256 digest, Published published) {
        handle.createUpdate(
                        """
                        UPDATE enclave SET identity_digest = :digest, identity = :identity, evidence = :evidence
                        WHERE computation = :computation AND number = :number\
                        """)
                .bind("computation", computation.toString())
                .bind("number", published.number())
                .bind("digest", digest.toString())
                .bind("identity", published.identity().toArray())
                .bind("evidence", published.evidence().toArray())
                .execute();
    }

    static List<Times> times(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        """
                        SELECT number, queued_at, stopped_at, reason FROM enclave WHERE computation = :computation\
                        """)
                .bind("computation", computation.toString())
                .map((rows, _) ->
                        new Times(
                                rows.getLong("number"),
                                Instant.ofEpochMilli(rows.getLong("queued_at")),
                                optionalInstant(rows, "stopped_at"),
                                Optional.ofNullable(rows.getString("reason"))))
                .list();
    }

    static Optional<Published> published(Handle handle, ComputationId computation, Sha256 digest) {
        return handle.createQuery(
                        """
                        SELECT number, identity, evidence FROM enclave
                        WHERE computation = :computation AND identity_digest = :digest\
                        """)
                .bind("computation", computation.toString())
                .bind("digest", digest.toString())
                .map((rows, _) ->
                        new Published(
                                rows.getLong("number"),
                                bytes(rows, "identity"),
                                bytes(rows, "evidence")))
                .findOne();
    }

    static long attempts(
            Handle handle, ComputationId computation, long enclave, Email signer, long run) {
        return handle.createQuery(
                        """
                        SELECT COUNT(*) FROM sealed WHERE computation = :computation AND enclave = :enclave
                            AND signer = :signer AND run = :run\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("signer", signer.value())
                .bind("run", run)
                .mapTo(Long.class)
                .one();
    }

    /// Stores what was sealed for an enclave under the next number, which it returns.
    static long insertSealed(
            Handle handle,
            ComputationId computation,
            long enclave,
            Email signer,
            Optional<Role> role,
            long run,
            Sha256 digest,
            Bytes content) {
        long number =
                1
                        + handle.createQuery(
                                        """
                                        SELECT COALESCE(MAX(number), 0) FROM sealed
                                        WHERE computation = :computation AND enclave = :enclave\
                                        """)
                                .bind("computation", computation.toString())
                                .bind("enclave", enclave)
                                .mapTo(Long.class)
                                .one();
        handle.createUpdate(
                        """
                        INSERT INTO sealed (computation, enclave, number, signer, role, run, digest, content)
                        VALUES (:computation, :enclave, :number, :signer, :role, :run, :digest, :content)\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("number", number)
                .bind("signer", signer.value())
                .bind("role", role.map(Role::word))
                .bind("run", run)
                .bind("digest", digest.toString())
                .bind("content", content.toArray())
                .execute();
        return number;
    }

    static Optional<Sealed> nextSealed(
            Handle handle, ComputationId computation, long enclave, long after) {
        return handle.createQuery(
                        """
                        SELECT number, signer, role, run, digest, content FROM sealed
                        WHERE computation = :computation AND enclave = :enclave AND number > :after
                        ORDER BY number LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("after", after)
                .map((rows, _) ->
                        new Sealed(
                                rows.getLong("number"),
                                AccountTable.email(rows.getString("signer")),
                                role(rows.getString("role")),
                                rows.getLong("run"),
                                AccountTable.digest(rows.getString("digest")),
                                bytes(rows, "content")))
                .findOne();
    }

    private static Optional<Role> role(@Nullable String stored) {
        if (stored == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Role.parse(stored, "database"));
        } catch (MalformedException e) {
            throw new CloisterBugException("the database holds a role there is not", e);
        }
    }

    /// The number under which an enclave was handed `digest` last, by enclave, newest first.
    static Optional<Handed> handed(Handle handle, ComputationId computation, Sha256 digest) {
        return handle.createQuery(
                        """
                        SELECT enclave, number FROM sealed
                        WHERE computation = :computation AND digest = :digest
                        ORDER BY enclave DESC, number DESC LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .bind("digest", digest.toString())
                .map((rows, _) -> new Handed(rows.getLong("enclave"), rows.getLong("number")))
                .findOne();
    }

    /// To which enclave something was handed, and under which number.
    record Handed(long enclave, long number) {}

    /// What an enclave of the Cosmian dialect was told last about the inputs of `run`.
    static Optional<Told> lastInputs(
            Handle handle, ComputationId computation, long enclave, long run) {
        return handle.createQuery(
                        """
                        SELECT number, digest FROM sealed
                        WHERE computation = :computation AND enclave = :enclave AND run = :run
                        ORDER BY number DESC LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .map((rows, _) ->
                        new Told(
                                rows.getLong("number"),
                                AccountTable.digest(rows.getString("digest"))))
                .findOne();
    }

    /// A list of inputs that an enclave was told, and under which number.
    record Told(long number, Sha256 digest) {}

    /// The number under which an enclave was handed `blob` of `seat` last.
    static Optional<Long> keyItem(
            Handle handle, ComputationId computation, long enclave, Seat seat, Sha256 blob) {
        return handle.createQuery(
                        """
                        SELECT number FROM sealed
                        WHERE computation = :computation AND enclave = :enclave AND run = 0
                            AND signer = :signer AND role = :role AND digest = :digest
                        ORDER BY number DESC LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("signer", seat.person().value())
                .bind("role", seat.role().word())
                .bind("digest", blob.toString())
                .mapTo(Long.class)
                .findOne();
    }

    /// Notes that `email` was shown the identity of `enclave`.
    static void shown(Handle handle, ComputationId computation, Email email, long enclave) {
        handle.createUpdate(
                        """
                        INSERT INTO shown_identity (computation, email, enclave)
                        VALUES (:computation, :email, :enclave)
                        ON CONFLICT (computation, email) DO UPDATE SET enclave = excluded.enclave\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .bind("enclave", enclave)
                .execute();
    }

    /// The last enclave whose identity `email` was shown.
    static Optional<Long> shown(Handle handle, ComputationId computation, Email email) {
        return handle.createQuery(
                        "SELECT enclave FROM shown_identity WHERE computation = :computation AND"
                                + " email = :email")
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .mapTo(Long.class)
                .findOne();
    }

    static void runStarted(
            Handle handle, ComputationId computation, long enclave, long run, Instant now) {
        handle.createUpdate(
                        """
                        INSERT INTO run (computation, enclave, run, started_at)
                        VALUES (:computation, :enclave, :run, :now)\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static void runEnded(
            Handle handle,
            ComputationId computation,
            long enclave,
            long run,
            String receipt,
            Instant now) {
        handle.createUpdate(
                        """
                        UPDATE run SET ended_at = :now, receipt = :receipt
                        WHERE computation = :computation AND enclave = :enclave AND run = :run\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .bind("receipt", receipt)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    static List<RunTimes> runTimes(Handle handle, ComputationId computation) {
        return handle.createQuery(
                        "SELECT enclave, run, started_at, ended_at FROM run WHERE computation ="
                                + " :computation")
                .bind("computation", computation.toString())
                .map((rows, _) ->
                        new RunTimes(
                                rows.getLong("enclave"),
                                rows.getLong("run"),
                                Instant.ofEpochMilli(rows.getLong("started_at")),
                                optionalInstant(rows, "ended_at")))
                .list();
    }

    static Optional<String> receipt(
            Handle handle, ComputationId computation, long enclave, long run) {
        return handle.createQuery(
                        """
                        SELECT receipt FROM run WHERE computation = :computation AND enclave = :enclave
                            AND run = :run AND receipt IS NOT NULL\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .mapTo(String.class)
                .findOne();
    }

    static void insertOutput(
            Handle handle, ComputationId computation, long enclave, long run, Output output) {
        handle.createUpdate(
                        """
                        INSERT INTO output
                            (computation, enclave, run, reader, kind, position, header, size, digest, file)
                        VALUES (:computation, :enclave, :run, :reader, :kind, :position, :header, :size, :digest, :file)\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .bind("reader", output.reader().value())
                .bind("kind", output.kind())
                .bind("position", output.position())
                .bind("header", output.header().toArray())
                .bind("size", output.size())
                .bind("digest", output.digest().toString())
                .bind("file", output.file())
                .execute();
    }

    /// What `reader` may fetch of a run: the index, results, what was printed, the traceback.
    static List<Output> outputs(
            Handle handle, ComputationId computation, long enclave, long run, Email reader) {
        return handle.createQuery(
                        """
                        SELECT reader, kind, position, header, size, digest, file FROM output
                        WHERE computation = :computation AND enclave = :enclave AND run = :run AND reader = :reader
                        ORDER BY CASE kind WHEN 'index' THEN 0 WHEN 'result' THEN 1 WHEN 'output' THEN 2 ELSE 3 END,
                            position\
                        """)
                .bind("computation", computation.toString())
                .bind("enclave", enclave)
                .bind("run", run)
                .bind("reader", reader.value())
                .map((rows, _) ->
                        new Output(
                                AccountTable.email(rows.getString("reader")),
                                rows.getString("kind"),
                                rows.getLong("position"),
                                bytes(rows, "header"),
                                rows.getLong("size"),
                                AccountTable.digest(rows.getString("digest")),
                                rows.getString("file")))
                .list();
    }

    /// Names of all payload files, relative to the outputs folder.
    static List<String> outputFiles(Handle handle) {
        return handle.createQuery("SELECT file FROM output").mapTo(String.class).list();
    }

    private static Bytes bytes(ResultSet rows, String column) throws SQLException {
        byte @Nullable [] content = rows.getBytes(column);
        return Bytes.copyOf(content == null ? new byte[0] : content);
    }

    private static Optional<Instant> optionalInstant(ResultSet rows, String column)
            throws SQLException {
        long millis = rows.getLong(column);
        return rows.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
