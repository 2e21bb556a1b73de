package io.cloister.link;

import java.time.Duration;

/// Bounds of one side of a link.
///
/// @param window bytes the peer may send on one stream before this side has consumed any; 64 KiB to
///   16 MiB. The memory a hostile peer can take is at most `window × maxStreams`
/// @param maxStreams streams open at once, 1 to 256
/// @param heartbeat how often this side sends a PING
/// @param silence after how long without a byte from the peer the link is given up; more than
///   `heartbeat`
public record LinkSettings(int window, int maxStreams, Duration heartbeat, Duration silence) {
    /// Most streams open at once: no side opens more, and only a side that accepts as many is open
    /// to whatever the other may do.
    public static final int MAX_STREAMS = 256;

    /// 128 KiB, as many streams as there may be, a heartbeat every 5 s, given up after 30 s.
    public static final LinkSettings DEFAULT =
            new LinkSettings(128 << 10, MAX_STREAMS, Duration.ofSeconds(5), Duration.ofSeconds(30));

    static final int MIN_WINDOW = 64 << 10;
    static final int MAX_WINDOW = 16 << 20;

    public LinkSettings {
        if (window < MIN_WINDOW || window > MAX_WINDOW) {
            throw new IllegalArgumentException("a window is 64 KiB to 16 MiB, not " + window);
        }
        if (maxStreams < 1 || maxStreams > MAX_STREAMS) {
            throw new IllegalArgumentException(
                    "1 to " + MAX_STREAMS + " streams, not " + maxStreams);
        }
        if (!heartbeat.isPositive() || silence.compareTo(heartbeat) <= 0) {
            throw new IllegalArgumentException("the silence allowed is longer than the heartbeat");
        }
    }
}
