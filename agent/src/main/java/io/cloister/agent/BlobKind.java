package io.cloister.agent;

import io.cloister.protocol.Email;

/// What a ciphertext is to a run, and which refusal each way to fail with it becomes.
enum BlobKind {
    CODE(
            RefusalCode.CODE_MISSING,
            RefusalCode.CODE_DIGEST,
            RefusalCode.CODE_OPEN,
            "the code bundle"),
    INPUT(
            RefusalCode.INPUTS_MISSING,
            RefusalCode.INPUTS_DIGEST,
            RefusalCode.INPUTS_OPEN,
            "an input");

    private static final String NOT_FOUND = "not-found";

    private final RefusalCode missing;
    private final RefusalCode digest;
    private final RefusalCode open;
    private final String what;

    BlobKind(RefusalCode missing, RefusalCode digest, RefusalCode open, String what) {
        this.missing = missing;
        this.digest = digest;
        this.open = open;
        this.what = what;
    }

    RunRefusedException missing(Email whose) {
        return new RunRefusedException(missing, whose, what + " is not served");
    }

    /// What the control plane's refusal to serve it means, if it says that it has none.
    ///
    /// @throws ControlPlaneRefusal if it is any other
    RunRefusedException missing(Email whose, ControlPlaneRefusal refusal)
            throws ControlPlaneRefusal {
        if (refusal.code().equals(NOT_FOUND)) {
            return missing(whose);
        }
        throw refusal;
    }

    RunRefusedException changed(Email whose) {
        return new RunRefusedException(
                digest, whose, what + " is not, byte for byte, what its provider signed");
    }

    RunRefusedException unopened(Email whose) {
        return new RunRefusedException(
                open,
                whose,
                what + " is what its provider signed, but the granted key does not open it");
    }
}
