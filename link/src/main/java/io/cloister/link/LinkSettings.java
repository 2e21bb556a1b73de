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
    /// 512 KiB, 64 streams, a heartbeat every 5 s, given up after 30 s.
    public static final LinkSettings DEFAULT =
            new LinkSettings(512 << 10, 64, Duration.ofSeconds(5), Duration.ofSeconds(30));

    static final int MIN_WINDOW = 64 << 10;
    static final int MAX_WINDOW = 16 << 20;

    public LinkSettings {
        if (window < MIN_WINDOW || window > MAX_WINDOW) {
            throw new IllegalArgumentException("a window is 64 KiB to 16 MiB, not " + window);
        }
        if (maxStreams < 1 || maxStreams > 256) {
            throw new IllegalArgumentException("1 to 256 streams, not " + maxStreams);
        }
        if (!heartbeat.isPositive() || silence.compareTo(heartbeat) <= 0) {
            throw new IllegalArgumentException("the silence allowed is longer than the heartbeat");
        }
    }
}
