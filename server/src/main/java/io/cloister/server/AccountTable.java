package io.cloister.server;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.jdbi.v3.core.Handle;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Accounts, access tokens and enrolments.
final class AccountTable {
    private AccountTable() {}

    /// A row of `token`.
    record Token(Email email, Optional<ComputationId> computation, Instant expires) {}

    /// A row of `enrolment`.
    record Enrolment(
            String tokenHash, Instant expires, boolean revoked, Optional<String> accessHash) {}

    static List<Accounts.Account> accounts(Handle handle) {
        return handle.createQuery(
                        """
                        SELECT a.email, a.bytes, a.computations,
                            (SELECT COUNT(*) FROM token t
                                WHERE t.email = a.email AND t.computation IS NULL) AS tokens,
                            (SELECT COALESCE(SUM(b.size), 0) FROM blob b JOIN computation c ON c.id = b.computation
                                WHERE c.owner = a.email)
                            + (SELECT COALESCE(SUM(o.size), 0) FROM output o JOIN computation c ON c.id = o.computation
                                WHERE c.owner = a.email) AS used,
                            (SELECT COUNT(*) FROM computation c WHERE c.owner = a.email AND c.archived = 0) AS owned
                        FROM account a ORDER BY a.email\
                        """)
                .map((rows, _) ->
                        new Accounts.Account(
                                email(rows.getString("email")),
                                new Accounts.Quota(
                                        rows.getLong("bytes"), rows.getLong("computations")),
                                rows.getLong("used"),
                                rows.getLong("owned"),
                                rows.getLong("tokens")))
                .list();
    }

    static Optional<Accounts.Quota> quota(Handle handle, Email email) {
        return handle.createQuery("SELECT bytes, computations FROM account WHERE email = :email")
                .bind("email", email.value())
                .map((rows, _) ->
                        new Accounts.Quota(rows.getLong("bytes"), rows.getLong("computations")))
                .findOne();
    }

    static boolean insertAccount(Handle handle, Email email, Accounts.Quota quota, Instant now) {
        return handle.createUpdate(
                                """
                                INSERT OR IGNORE INTO account (email, bytes, computations, created_at)
                                VALUES (:email, :bytes, :computations, :now)\
                                """)
                        .bind("email", email.value())
                        .bind("bytes", quota.bytes())
                        .bind("computations", quota.computations())
                        .bind("now", now.toEpochMilli())
                        .execute()
                == 1;
    }

    static boolean updateQuota(Handle handle, Email email, Accounts.Quota quota) {
        return handle.createUpdate(
                                "UPDATE account SET bytes = :bytes, computations = :computations"
                                        + " WHERE email = :email")
                        .bind("email", email.value())
                        .bind("bytes", quota.bytes())
                        .bind("computations", quota.computations())
                        .execute()
                == 1;
    }

    /// What is stored in the computations `owner` set up, in bytes.
    static long bytesUsed(Handle handle, Email owner) {
        return handle.createQuery(
                        """
                        SELECT (SELECT COALESCE(SUM(b.size), 0) FROM blob b JOIN computation c ON c.id = b.computation
                                WHERE c.owner = :owner)
                            + (SELECT COALESCE(SUM(o.size), 0) FROM output o JOIN computation c ON c.id = o.computation
                                WHERE c.owner = :owner)\
                        """)
                .bind("owner", owner.value())
                .mapTo(Long.class)
                .one();
    }

    static long computationsUsed(Handle handle, Email owner) {
        return handle.createQuery(
                        "SELECT COUNT(*) FROM computation WHERE owner = :owner AND archived = 0")
                .bind("owner", owner.value())
                .mapTo(Long.class)
                .one();
    }

    static Optional<Token> token(Handle handle, Sha256 hash) {
        return handle.createQuery(
                        "SELECT email, computation, expires_at FROM token WHERE hash = :hash")
                .bind("hash", hash.toString())
                .map((rows, _) ->
                        new Token(
                                email(rows.getString("email")),
                                Optional.ofNullable(rows.getString("computation"))
                                        .map(AccountTable::computation),
                                Instant.ofEpochMilli(rows.getLong("expires_at"))))
                .findOne();
    }

    static boolean insertToken(
            Handle handle,
            Sha256 hash,
            Email email,
            Optional<ComputationId> computation,
            Instant expires,
            Instant now) {
        return handle.createUpdate(
                                """
                                INSERT OR IGNORE INTO token (hash, email, computation, expires_at, created_at)
                                VALUES (:hash, :email, :computation, :expires, :now)\
                                """)
                        .bind("hash", hash.toString())
                        .bind("email", email.value())
                        .bind("computation", computation.map(ComputationId::toString))
                        .bind("expires", expires.toEpochMilli())
                        .bind("now", now.toEpochMilli())
                        .execute()
                == 1;
    }

    static long deleteTokens(Handle handle, Email email) {
        return handle.createUpdate("DELETE FROM token WHERE email = :email AND computation IS NULL")
                .bind("email", email.value())
                .execute();
    }

    static Optional<Enrolment> enrolment(Handle handle, ComputationId computation, Email email) {
        return handle.createQuery(
                        """
                        SELECT token_hash, expires_at, revoked, access_hash FROM enrolment
                        WHERE computation = :computation AND email = :email\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .map((rows, _) -> enrolment(rows))
                .findOne();
    }

    private static Enrolment enrolment(ResultSet rows) throws SQLException {
        return new Enrolment(
                rows.getString("token_hash"),
                Instant.ofEpochMilli(rows.getLong("expires_at")),
                rows.getInt("revoked") != 0,
                Optional.ofNullable(rows.getString("access_hash")));
    }

    /// Lets `email` in with a new enrolment token; what was redeemed before opens nothing any more.
    static void putEnrolment(
            Handle handle,
            ComputationId computation,
            Email email,
            Sha256 tokenHash,
            Instant expires) {
        deleteGuestTokens(handle, computation, email);
        handle.createUpdate(
                        """
                        INSERT INTO enrolment (computation, email, token_hash, expires_at, revoked, access_hash)
                        VALUES (:computation, :email, :hash, :expires, 0, NULL)
                        ON CONFLICT (computation, email) DO UPDATE
                        SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, revoked = 0,
                            access_hash = NULL\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .bind("hash", tokenHash.toString())
                .bind("expires", expires.toEpochMilli())
                .execute();
    }

    static boolean enrolmentTokenTaken(Handle handle, Sha256 tokenHash) {
        return handle.createQuery("SELECT COUNT(*) FROM enrolment WHERE token_hash = :hash")
                        .bind("hash", tokenHash.toString())
                        .mapTo(Long.class)
                        .one()
                > 0;
    }

    static void redeem(Handle handle, ComputationId computation, Email email, Sha256 accessHash) {
        handle.createUpdate(
                        """
                        UPDATE enrolment SET access_hash = :hash WHERE computation = :computation AND email = :email\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .bind("hash", accessHash.toString())
                .execute();
    }

    static void revoke(Handle handle, ComputationId computation, Email email) {
        deleteGuestTokens(handle, computation, email);
        handle.createUpdate(
                        """
                        UPDATE enrolment SET revoked = 1 WHERE computation = :computation AND email = :email\
                        """)
                .bind("computation", computation.toString())
                .bind("email", email.value())
                .execute();
    }

    private static void deleteGuestTokens(Handle handle, ComputationId computation, Email email) {
        handle.createUpdate("DELETE FROM token WHERE email = :email AND computation = :computation")
                .bind("email", email.value())
                .bind("computation", computation.toString())
                .execute();
    }

    /// Reads an e-mail that was checked before it was stored.
    static Email email(String stored) {
        try {
            return Email.parse(stored, "database");
        } catch (MalformedException e) {
            throw new CloisterBugException(
                    "the database holds an e-mail that was never checked", e);
        }
    }

    /// Reads an id that was checked before it was stored.
    static ComputationId computation(String stored) {
        try {
            return ComputationId.parse(stored, "database");
        } catch (MalformedException e) {
            throw new CloisterBugException("the database holds an id that was never checked", e);
        }
    }

    /// Reads a digest that was checked before it was stored.
    static Sha256 digest(String stored) {
        try {
            return Sha256.parse(stored, "database");
        } catch (MalformedException e) {
            throw new CloisterBugException("the database holds a digest that was never checked", e);
        }
    }
}
