package io.cloister.attestation.amd;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Which key signed a report (AMD 56860 table 23, SIGNING_KEY).
public enum SigningKey {
    /// The chip's own, versioned by TCB.
    VCEK(0),
    /// One that AMD gave to a cloud provider, versioned by TCB: it names no chip.
    VLEK(1),
    /// None: the report isn't signed.
    NONE(7);

    private final int code;

    SigningKey(int code) {
        this.code = code;
    }

    static Optional<SigningKey> ofCode(int code) {
        return Arrays.stream(values()).filter(key -> key.code == code).findFirst();
    }

    /// Common name of its certificate.
    String subjectName() {
        return "SEV-" + name();
    }

    /// The word in documents: `vcek`, `vlek` or `none`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
