package io.cloister.client.endorsement;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/// Which hosts are to be left alone, also by the next process.
interface Pauses {
    /// Until when the host of `url` is to be left alone; nothing if it may be asked.
    Optional<Instant> until(URI url, Instant now);

    /// Leaves the host of `url` alone until `end`.
    void set(URI url, Instant end);
}
