package io.cloister.cli;

/// What exit codes mean (docs/reference/exit-codes.md). They never change their meaning.
enum Exit {
    OK(0, "done"),
    BUG(1, "a defect of Cloister"),
    USAGE(
            2,
            "the command line can't be understood, says what would not be looked at, or has an"
                    + " empty value"),
    MALFORMED(3, "a document or file has not the form it must have"),
    NOT_AUTHENTIC(4, "a document or file is not from whom it must be, or was altered"),
    NOT_ACCEPTABLE(5, "it is authentic, and your policy or the rules don't accept it"),
    COULD_NOT_CHECK(6, "a check could not be made: neither accepted nor refused"),
    UNREACHABLE(7, "the server gave no usable answer"),
    DENIED(8, "the server refused"),
    STATE(9, "not now: something must happen first, or happened already"),
    NOT_FOUND(10, "a computation, key or file is not there"),
    TIMEOUT(11, "it did not happen in the time given"),
    LOCAL(12, "a file or the key store can't be read or written"),
    CANCELLED(13, "not confirmed"),
    RUN_FAILED(14, "the run did not succeed"),
    DIFFERS(15, "something came out differently than a file says it must");

    private final int code;
    private final String meaning;

    Exit(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }
}
