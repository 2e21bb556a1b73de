package io.cloister.agent;

import java.util.Locale;

/// Why a sealed document or a run was refused (spec/grant.md §5). A code that begins with `grant.`
/// or `key.` lets the signer send another.
enum RefusalCode {
    /// It can't be opened with this enclave's key, or there is no envelope inside.
    GRANT_SEALED,
    /// It is no grant in its one form.
    GRANT_MALFORMED,
    /// Its signer does not take part.
    GRANT_SIGNER,
    /// It is not signed with the key of the signer's card.
    GRANT_SIGNATURE,
    /// It is for another agreement.
    GRANT_AGREEMENT,
    /// It is for another enclave.
    GRANT_IDENTITY,
    /// It allows more than the agreement.
    GRANT_TERMS,
    /// It has expired.
    GRANT_EXPIRED,
    /// A provider's key is missing, or somebody else sent one.
    GRANT_KEY,
    /// A Data Provider's input list is missing or doesn't hold, or somebody else sent one.
    GRANT_INPUTS,
    /// The signer has granted, and otherwise.
    SECOND_GRANT,
    /// It can't be opened with this enclave's key, or there is no envelope inside.
    INPUTS_SEALED,
    /// It is no input list in its one form.
    INPUTS_MALFORMED,
    /// Its signer is no Data Provider or has not granted yet.
    INPUTS_SIGNER,
    /// It is not signed with the key of the signer's card.
    INPUTS_SIGNATURE,
    /// It is for another agreement.
    INPUTS_AGREEMENT,
    /// It is for another enclave.
    INPUTS_IDENTITY,
    /// It is for run 1, which comes with the grant, for a run that was, for one beyond those
    /// granted, or for one further ahead than lists are kept.
    INPUTS_RUN,
    /// The terms do not let providers change data.
    INPUTS_CLOSED,
    /// The signer has sent another list for the same run.
    INPUTS_EXIST,
    /// All inputs of the run together are more than a receipt can name.
    INPUTS_TOO_MANY,
    /// A ciphertext is not there.
    INPUTS_MISSING,
    /// A ciphertext has another size or digest than its provider signed.
    INPUTS_DIGEST,
    /// A ciphertext is the one signed, but the provider's key doesn't open it.
    INPUTS_OPEN,
    /// Code and inputs are more than the agreed memory, or more files than a run may have.
    INPUTS_MEMORY,
    /// A key blob was refused, whatever the cause.
    KEY_REFUSED,
    /// The item is one of another dialect.
    DIALECT,
    /// The code bundle is not there.
    CODE_MISSING,
    /// The code bundle is not the one of the agreement.
    CODE_DIGEST,
    /// The Code Provider's key doesn't open a file of the bundle.
    CODE_OPEN;

    private static final String GROUPS = "grant|inputs|key|code";

    /// The code on the wire, such as `grant.agreement`.
    String word() {
        return name().toLowerCase(Locale.ROOT)
                .replace('_', '-')
                .replaceFirst("^(" + GROUPS + ")-", "$1.");
    }

    /// Whether it is about inputs.
    boolean isOfInputs() {
        return word().startsWith("inputs.");
    }

    @Override
    public String toString() {
        return word();
    }
}
