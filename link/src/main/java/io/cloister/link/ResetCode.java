package io.cloister.link;

/// Why a stream was given up (`spec/agent-link.md` §5).
public enum ResetCode {
    /// Nobody needs it any more.
    CANCELLED(1),
    /// It broke a limit.
    TOO_LARGE(2),
    /// What it carried is not what it should be.
    MALFORMED(3),
    /// There is no room to store it.
    NO_SPACE(4),
    /// This side failed.
    INTERNAL(5);

    private final int number;

    ResetCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static ResetCode of(int number) throws LinkException {
        for (ResetCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        throw new LinkException("RESET.code: expected 1 to " + values().length + ", got " + number);
    }
}
