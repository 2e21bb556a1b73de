package io.cloister.attestation.amd;

/// What it means that there is no revocation list at all. One that is there counts, whatever this
/// says, and so does one of another root: who gives it has not said that there is none.
public enum AbsentList {
    /// The Evidence could not be checked. This is what everyone who relies on it demands.
    COULD_NOT_CHECK,
    /// All else is checked, and revocation is a finding that was not checked. There are no claims
    /// then: whoever has lost a key leaves the list out, so nothing may rest on the outcome.
    LEAVES_REVOCATION_UNCHECKED
}
