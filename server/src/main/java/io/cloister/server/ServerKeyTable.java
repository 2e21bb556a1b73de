package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import org.jdbi.v3.core.Handle;

import java.security.SecureRandom;
import java.util.Optional;

/// Secrets of the server itself, made when they are first asked for.
final class ServerKeyTable {
    private ServerKeyTable() {}

    /// The key `name`, of `length` random bytes.
    static Bytes key(Handle handle, String name, int length, SecureRandom random) {
        byte[] fresh = new byte[length];
        random.nextBytes(fresh);
        handle.createUpdate("INSERT OR IGNORE INTO server_key (name, key) VALUES (:name, :key)")
                .bind("name", name)
                .bind("key", fresh)
                .execute();
        return handle.createQuery("SELECT key FROM server_key WHERE name = :name")
                .bind("name", name)
                .map((rows, _) -> Optional.ofNullable(rows.getBytes("key")))
                .one()
                .map(Bytes::copyOf)
                .orElseThrow(() -> new CloisterBugException("a key of the server is null"));
    }
}
