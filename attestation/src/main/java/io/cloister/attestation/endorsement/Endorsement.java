package io.cloister.attestation.endorsement;

import io.cloister.protocol.Bytes;
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

    /// A certificate of a hardware vendor's hierarchy.
    ///
    /// @param der an X.509 certificate
    record X509(Bytes der) implements Endorsement {
        /// Value of the `kind` member.
        public static final String KIND = "certificate";

        @Override
        public Json toJson() {
            return Json.object().put("kind", KIND).put("der", der.base64()).build();
        }
    }

    /// A revocation list of a hardware vendor's hierarchy.
    ///
    /// @param der an X.509 certificate revocation list
    record Crl(Bytes der) implements Endorsement {
        /// Value of the `kind` member.
        public static final String KIND = "crl";

        @Override
        public Json toJson() {
            return Json.object().put("kind", KIND).put("der", der.base64()).build();
        }
    }

    /// Intel's statement on the TCB levels of one platform family.
    ///
    /// @param answer the body of the Provisioning Certification Service's answer, byte for byte:
    ///   its signature is over a part of it as it was sent
    record TcbInfo(Bytes answer) implements Endorsement {
        /// Value of the `kind` member.
        public static final String KIND = "intel-tcb-info";

        @Override
        public Json toJson() {
            return Json.object().put("kind", KIND).put("answer", answer.base64()).build();
        }
    }

    /// Intel's statement on one of its quoting enclaves.
    ///
    /// @param answer the body of the Provisioning Certification Service's answer, byte for byte
    record QeIdentity(Bytes answer) implements Endorsement {
        /// Value of the `kind` member.
        public static final String KIND = "intel-qe-identity";

        @Override
        public Json toJson() {
            return Json.object().put("kind", KIND).put("answer", answer.base64()).build();
        }
    }
}
