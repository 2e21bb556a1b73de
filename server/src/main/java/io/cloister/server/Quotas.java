package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.io.Closeable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Counts what is stored, and what is on its way, against the quota of the computation's owner.
/// Safe for use by several threads.
final class Quotas {
    private final Database database;
    private final Map<Email, Long> onTheWay = new ConcurrentHashMap<>();

    Quotas(Database database) {
        this.database = database;
    }

    /// Room for one upload that grows; closed when what came is stored and counted, or dropped.
    final class Room implements Closeable {
        private final Email owner;
        private final long quota;
        private final long stored;
        private long taken;

        private Room(Email owner, long quota, long stored) {
            this.owner = owner;
            this.quota = quota;
            this.stored = stored;
        }

        /// Takes `bytes` more.
        ///
        /// @throws Problem if that is beyond the quota
        void take(long bytes) throws Problem {
            taken += bytes;
            long all = onTheWay.merge(owner, bytes, Long::sum);
            if (stored + all > quota) {
                throw Problem.field(
                        403,
                        "quota-exceeded",
                        "bytes stored in the computations of " + owner,
                        "at most " + quota,
                        "more, " + stored + " of them stored before");
            }
        }

        @Override
        public void close() {
            onTheWay.computeIfPresent(owner, (_, all) -> all - taken <= 0 ? null : all - taken);
        }
    }

    /// Begins an upload into `computation`.
    Room room(ComputationId computation) throws Problem {
        record Standing(Email owner, long quota, long stored) {}
        Standing standing =
                database.read(handle -> {
                    Email owner = ComputationTable.head(handle, computation).orElseThrow().owner();
                    long quota =
                            AccountTable.quota(handle, owner).map(Accounts.Quota::bytes).orElse(0L);
                    return new Standing(owner, quota, AccountTable.bytesUsed(handle, owner));
                });
        return new Room(standing.owner(), standing.quota(), standing.stored());
    }
}
