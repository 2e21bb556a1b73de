package io.cloister.cli;

import io.cloister.protocol.document.Swap;

/// What an enclave says of swap, for people.
final class SwapNote {
    private SwapNote() {}

    static String of(Swap swap) {
        return switch (swap) {
            case OFF -> "off";
            case ON -> "ON: what is in its memory may be written to a disk in clear";
            case UNKNOWN -> "UNKNOWN: it could not see whether its memory may be written to a disk";
        };
    }
}
