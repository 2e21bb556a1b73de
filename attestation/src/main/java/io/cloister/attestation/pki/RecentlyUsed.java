package io.cloister.attestation.pki;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Remembers values, bounded by their number and by the bytes that they were made from: what was
/// not asked for longest is forgotten first. Whoever fills it with garbage slows others down and
/// gains nothing else. Safe for use by many threads.
///
/// @param <K> what a value is found by
/// @param <V> what is remembered
public final class RecentlyUsed<K, V> {
    private final int maxCount;
    private final long maxBytes;
    private final Map<K, Entry<V>> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    private record Entry<V>(V value, int bytes) {}

    /// Starts with none.
    ///
    /// @param maxCount most values
    /// @param maxBytes most bytes of all of them together
    public RecentlyUsed(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /// The value under `key`.
    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::value);
    }

    /// Remembers `value` under `key`, unless it alone is more than may be remembered.
    ///
    /// @param size in bytes, of key and value or of what they were made from
    public synchronized void put(K key, V value, int size) {
        if (size > maxBytes) {
            return;
        }
        bytes += size;
        Entry<V> replaced = entries.put(key, new Entry<>(value, size));
        if (replaced != null) {
            bytes -= replaced.bytes();
        }
        Iterator<Entry<V>> eldest = entries.values().iterator();
        while (entries.size() > maxCount || bytes > maxBytes) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
    }

    /// How many bytes are remembered.
    synchronized long bytes() {
        return bytes;
    }
}
