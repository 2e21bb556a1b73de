package io.cloister.link;

/// The frames of `spec/agent-link.md` §3.
enum FrameType {
    OPEN(1, 2, FrameType.MAX_PAYLOAD),
    ANSWER(2, 2, FrameType.MAX_PAYLOAD),
    DATA(3, 1, FrameType.MAX_PAYLOAD),
    END(4, 0, 0),
    CREDIT(5, 4, 4),
    RESET(6, 1, 1),
    PING(7, 0, 0),
    GOODBYE(8, 0, 0);

    /// Largest payload of a frame in bytes.
    static final int MAX_PAYLOAD = 64 << 10;

    /// Length of a frame's header: type, three bytes of payload length, four bytes of stream id.
    static final int HEADER = 8;

    private final int number;
    private final int minPayload;
    private final int maxPayload;

    FrameType(int number, int minPayload, int maxPayload) {
        this.number = number;
        this.minPayload = minPayload;
        this.maxPayload = maxPayload;
    }

    int number() {
        return number;
    }

    boolean ofLink() {
        return this == PING || this == GOODBYE;
    }

    static FrameType of(int number) throws LinkException {
        for (FrameType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        throw new LinkException("frame.type: expected 1 to " + values().length + ", got " + number);
    }

    void check(int length, int stream) throws LinkException {
        if (length < minPayload || length > maxPayload) {
            throw new LinkException(
                    this
                            + ".length: expected "
                            + minPayload
                            + " to "
                            + maxPayload
                            + ", got "
                            + length);
        }
        if (ofLink() != (stream == 0)) {
            throw new LinkException(
                    this
                            + ".stream: expected "
                            + (ofLink() ? "0" : "a stream")
                            + ", got "
                            + stream);
        }
    }
}
