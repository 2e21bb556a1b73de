package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.io.Closeable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// Counts what is stored, and what is on its way, against the quota of the computation's owner.
/// Safe for use by several threads.
final class Quotas {
    private final Database database;
    private final ReentrantLock creating = new ReentrantLock();
    private final Map<Email, Long> onTheWay = new ConcurrentHashMap<>();

    /// Counts uploads that have ended: what they brought may be stored by then.
    private final AtomicLong ended = new AtomicLong();

    Quotas(Database database) {
        this.database = database;
    }

    /// Of an owner.
    ///
    /// @param quota bytes allowed
    /// @param stored bytes stored
    private record Standing(long quota, long stored) {}

    /// Room for one upload that grows; closed when what came is stored and counted, or dropped. For
    /// one thread.
    final class Room implements Closeable {
        private final Email owner;
        private long seen;
        private Standing standing;
        private long taken;

        Room(Email owner) {
            this.owner = owner;
            this.seen = ended.get();
            this.standing = standing(owner);
        }

        /// Takes `bytes` more.
        ///
        /// @throws Problem if that is beyond the quota
        void take(long bytes) throws Problem {
            taken += bytes;
            long all = onTheWay.merge(owner, bytes, Long::sum);
            // Looked at after: an upload that is no longer among all has ended before.
            long now = ended.get();
            if (now != seen) {
                seen = now;
                standing = standing(owner);
            }
            if (standing.stored() + all > standing.quota()) {
                throw Problem.field(
                        403,
                        "quota-exceeded",
                        "bytes stored in the computations of " + owner,
                        "at most " + standing.quota(),
                        "more, " + standing.stored() + " of them stored before");
            }
        }

        @Override
        public void close() {
            ended.incrementAndGet();
            onTheWay.computeIfPresent(owner, (_, all) -> all - taken <= 0 ? null : all - taken);
        }
    }

    private Standing standing(Email owner) {
        return database.read(handle ->
                new Standing(
                        AccountTable.quota(handle, owner).map(Accounts.Quota::bytes).orElse(0L),
                        AccountTable.bytesUsed(handle, owner)));
    }

    /// Held while a computation is created: one at a time, so that none is counted as if others
    /// being created were not there.
    ReentrantLock creating() {
        return creating;
    }

    /// Refuses one computation more than `owner` may have.
    void requireOneMore(Email owner) throws Problem {
        record Count(long used, long allowed) {}
        Count count =
                database.read(handle ->
                        new Count(
                                AccountTable.computationsUsed(handle, owner),
                                AccountTable.quota(handle, owner)
                                        .map(Accounts.Quota::computations)
                                        .orElse(0L)));
        if (count.used() >= count.allowed()) {
            throw Problem.field(
                    403,
                    "quota-exceeded",
                    "computations not archived",
                    "at most " + count.allowed(),
                    Long.toString(count.used() + 1));
        }
    }

    /// Begins an upload into `computation`.
    Room room(ComputationId computation) {
        return new Room(
                database.read(handle ->
                        ComputationTable.head(handle, computation).orElseThrow().owner()));
    }
}
