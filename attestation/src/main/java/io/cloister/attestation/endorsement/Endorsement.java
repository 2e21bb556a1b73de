package io.cloister.attestation.endorsement;

import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.json.Json;

/// One vendor statement that vouches for signers of Evidence. By itself it proves nothing: whether
/// it is to be believed is decided by what it chains to, or by the policy that pins it.
public sealed interface Endorsement {
    /// As JSON.
    Json toJson();

    /// The root key of one installation's simulated platform. Whoever runs the installation made
    /// it.
    ///
    /// @param root the key that certifies platform keys
    record SimulatedRoot(PublicSigningKey root) implements Endorsement {
        /// Value of the `kind` member.
        public static final String KIND = "simulated";

        @Override
        public Json toJson() {
            return Json.object().put("kind", KIND).put("root", root.toString()).build();
        }
    }
}
