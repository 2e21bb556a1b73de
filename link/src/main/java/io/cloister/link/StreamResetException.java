package io.cloister.link;

/// One side gave up one stream; the link goes on.
public final class StreamResetException extends LinkException {
    private static final long serialVersionUID = 1L;

    private final ResetCode code;
    private final boolean byPeer;

    StreamResetException(ResetCode code, boolean byPeer) {
        super("stream reset by " + (byPeer ? "the peer: " : "this side: ") + code);
        this.code = code;
        this.byPeer = byPeer;
    }

    /// Why.
    public ResetCode code() {
        return code;
    }

    /// Whether the peer did it.
    public boolean byPeer() {
        return byPeer;
    }
}
