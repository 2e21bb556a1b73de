package io.cloister.server;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// What an administrator does with accounts, working on the data folder beside a server that may be
/// running.
///
/// Security: only hashes of tokens are stored, so a token is shown once, where it is made. Safe for
/// use by several threads.
public final class Accounts implements Closeable {
    private static final int TOKEN_BYTES = 32;

    private final Database database;
    private final SecureRandom random;
    private final Clock clock;

    private Accounts(Database database, SecureRandom random, Clock clock) {
        this.database = database;
        this.random = random;
        this.clock = clock;
    }

    /// What an account may use. Everything stored in a computation counts for its owner.
    ///
    /// @param bytes stored in all its computations
    /// @param computations not archived, owned
    public record Quota(long bytes, long computations) {
        /// 256 GiB and 1,000 computations.
        public static final Quota DEFAULT = new Quota(256L << 30, 1_000);

        public Quota {
            if (bytes < 0 || computations < 0) {
                throw new IllegalArgumentException("a quota isn't negative");
            }
        }
    }

    /// One account.
    ///
    /// @param email its name
    /// @param quota what it may use
    /// @param bytesUsed what it uses
    /// @param computationsUsed how many it owns
    /// @param tokens how many access tokens it has, expired ones included
    public record Account(
            Email email, Quota quota, long bytesUsed, long computationsUsed, long tokens) {}

    /// Opens the accounts in the data folder, which is made if absent.
    public static Accounts open(Path data, SecureRandom random, Clock clock) throws SetupException {
        return new Accounts(Database.open(DataFolder.open(data).database()), random, clock);
    }

    /// Adds an account.
    ///
    /// @throws SetupException if there is one of this e-mail
    public void add(Email email, Quota quota) throws SetupException {
        if (!database.write(
                handle -> AccountTable.insertAccount(handle, email, quota, clock.instant()))) {
            throw new SetupException("there is an account " + email + " already");
        }
    }

    /// All accounts by e-mail.
    public List<Account> list() {
        return database.read(AccountTable::accounts);
    }

    /// Changes what an account may use; what it has stored stays.
    ///
    /// @throws SetupException if there is no such account
    public void setQuota(Email email, Quota quota) throws SetupException {
        if (!database.write(handle -> AccountTable.updateQuota(handle, email, quota))) {
            throw new SetupException("there is no account " + email);
        }
    }

    /// Makes an access token of an account; it can't be read again.
    ///
    /// @param life how long it opens
    /// @throws SetupException if there is no such account
    public String newToken(Email email, Duration life) throws SetupException {
        byte[] secret = new byte[TOKEN_BYTES];
        random.nextBytes(secret);
        String token = "cloister_" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Instant now = clock.instant();
        boolean made =
                database.write(handle ->
                        AccountTable.quota(handle, email).isPresent()
                                && AccountTable.insertToken(
                                        handle,
                                        hash(token),
                                        email,
                                        Optional.empty(),
                                        now.plus(life),
                                        now));
        if (!made) {
            throw new SetupException("there is no account " + email);
        }
        return token;
    }

    /// Ends all access tokens of an account, at once; guests' tokens of the same e-mail stay.
    ///
    /// @return how many there were
    public long revokeTokens(Email email) {
        return database.write(handle -> AccountTable.deleteTokens(handle, email));
    }

    /// What is stored of a token.
    static Sha256 hash(String token) {
        return Sha256.of(token.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        database.close();
    }
}
