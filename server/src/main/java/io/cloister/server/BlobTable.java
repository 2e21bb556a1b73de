package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;

import org.jdbi.v3.core.Handle;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Which ciphertexts are stored.
final class BlobTable {
    private BlobTable() {}

    /// A row of `blob`.
    record Blob(Email email, Sha256 digest, long size, Instant storedAt) {}

    /// A blob and whose computation it belongs to.
    record Placed(ComputationId computation, Blob blob) {}

    static boolean insert(Handle handle, ComputationId computation, Blob blob) {
        return handle.createUpdate(
                                """
                                INSERT OR IGNORE INTO blob (computation, email, digest, size, stored_at)
                                VALUES (:computation, :email, :digest, :size, :at)\
                                """)
                        .bind("computation", computation.toString())
                        .bind("email", blob.email().value())
                        .bind("digest", blob.digest().toString())
                        .bind("size", blob.size())
                        .bind("at", blob.storedAt().toEpochMilli())
                        .execute()
                == 1;
    }

    static boolean delete(Handle handle, ComputationId computation, Email email, Sha256 digest) {
        return handle.createUpdate(
                                """
                                DELETE FROM blob WHERE computation = :computation AND email = :email AND digest = :digest\
                                """)
                        .bind("computation", computation.toString())
                        .bind("email", email.value())
                        .bind("digest", digest.toString())
                        .execute()
                == 1;
    }

    static List<Blob> of(Handle handle, ComputationId computation, Email email) {
        return handle.createQuery(
                        """
                        SELECT email, digest, size, stored_at FROM blob
                        WHERE computation = :computation AND email = :email ORDER BY stored_at, digest\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .map((rows, _) -> blob(rows))
                .list();
    }

    static long count(Handle handle, ComputationId computation, Email email) {
        return handle.createQuery(
                        "SELECT COUNT(*) FROM blob WHERE computation = :computation AND email ="
                                + " :email")
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .mapTo(Long.class)
                .one();
    }

    static Optional<Blob> find(
            Handle handle, ComputationId computation, Email email, Sha256 digest) {
        return handle.createQuery(
                        """
                        SELECT email, digest, size, stored_at FROM blob
                        WHERE computation = :computation AND email = :email AND digest = :digest\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .bind("digest", digest.toString())
                .map((rows, _) -> blob(rows))
                .findOne();
    }

    /// Any person's blob of this digest: an enclave names blobs by digest alone.
    static Optional<Blob> findAny(Handle handle, ComputationId computation, Sha256 digest) {
        return handle.createQuery(
                        """
                        SELECT email, digest, size, stored_at FROM blob
                        WHERE computation = :computation AND digest = :digest LIMIT 1\
                        """)
                .bind("computation", computation.toString())
                .bind("digest", digest.toString())
                .map((rows, _) -> blob(rows))
                .findOne();
    }

    static List<Placed> all(Handle handle) {
        return handle.createQuery("SELECT computation, email, digest, size, stored_at FROM blob")
                .map((rows, _) ->
                        new Placed(
                                AccountTable.computation(rows.getString("computation")),
                                blob(rows)))
                .list();
    }

    private static Blob blob(ResultSet rows) throws SQLException {
        return new Blob(
                AccountTable.email(rows.getString("email")),
                AccountTable.digest(rows.getString("digest")),
                rows.getLong("size"),
                Instant.ofEpochMilli(rows.getLong("stored_at")));
    }
}
