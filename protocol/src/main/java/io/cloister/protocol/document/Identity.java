package io.cloister.protocol.document;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.JsonLimits;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;

/// What an enclave says it is, whatever the dialect. Not signed: Evidence vouches for it through
/// [#reportData], so by itself it says nothing. A participant's client grants to an
/// [EnclaveIdentity] and nothing else.
public sealed interface Identity permits EnclaveIdentity, CosmianIdentity {
    /// Length of report data in bytes.
    int REPORT_DATA_LENGTH = 64;

    /// How its parties speak.
    Dialect dialect();

    /// Which computation.
    ComputationId computation();

    /// Digest of the one agreement this enclave serves.
    Sha256 agreement();

    /// Signs this enclave's receipts.
    PublicSigningKey signingKey();

    /// The installed packages, hashed against their lock.
    RuntimeRef runtime();

    /// How user code is kept apart.
    IsolationLevel isolation();

    /// Whether its memory could be swapped when this was made.
    Swap swap();

    /// Whole seconds, the host's clock: a claim, not a proof.
    Instant startedAt();

    /// The canonical bytes.
    Bytes canonical();

    /// Reads an identity of any dialect from its canonical bytes.
    ///
    /// @throws MalformedException if they are not
    static Identity parse(Bytes canonical) throws MalformedException {
        String name = "identity";
        Fields fields =
                Fields.of(CanonicalJson.parse(canonical.toArray(), JsonLimits.MESSAGE, name), name);
        return switch (fields.text("dialect", Dialect::parse)) {
            case CLOISTER -> EnclaveIdentity.parse(canonical);
            case COSMIAN -> CosmianIdentity.parse(canonical);
        };
    }

    /// SHA-256 over the canonical bytes.
    default Sha256 digest() {
        return Sha256.of(canonical());
    }

    /// What Evidence must carry: SHA-512(label ‖ 0x00 ‖ canonical bytes), 64 bytes.
    default Bytes reportData() {
        try {
            return Bytes.copyOf(
                    MessageDigest.getInstance("SHA-512")
                            .digest(
                                    Bytes.concat(Bytes.utf8(Labels.REPORT_DATA + "\0"), canonical())
                                            .toArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("every JDK has SHA-512", e);
        }
    }
}
