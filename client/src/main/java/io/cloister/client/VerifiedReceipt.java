package io.cloister.client;

import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Signed;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A receipt that passed every check anyone can make offline: signed by the key of the identity
/// inside, that identity vouched for by the Evidence inside, all of it about one agreement. Only
/// [ReceiptCheck] makes one.
///
/// It does not say that the enclave is one this person granted to. Unless it was
/// [compared][#comparedWith] with an agreement, all that it says of agreement, code, inputs, terms
/// and outputs is that enclave's claim.
public final class VerifiedReceipt {
    private final Signed<Receipt> receipt;
    private final EnclaveIdentity identity;
    private final AttestationResult.Affirmed attestation;
    private final Optional<Sha256> comparedWith;

    VerifiedReceipt(
            Signed<Receipt> receipt,
            EnclaveIdentity identity,
            AttestationResult.Affirmed attestation,
            Optional<Sha256> comparedWith) {
        this.receipt = receipt;
        this.identity = identity;
        this.attestation = attestation;
        this.comparedWith = comparedWith;
    }

    /// The receipt.
    public Receipt receipt() {
        return receipt.document();
    }

    /// The receipt as signed.
    public Signed<Receipt> signed() {
        return receipt;
    }

    /// Digest of the receipt.
    public Sha256 digest() {
        return receipt.digest();
    }

    /// The enclave that signed.
    public EnclaveIdentity identity() {
        return identity;
    }

    /// Why the enclave is authentic and acceptable.
    public AttestationResult.Affirmed attestation() {
        return attestation;
    }

    /// Digest of the agreement that receipt and enclave were compared with, if they were.
    public Optional<Sha256> comparedWith() {
        return comparedWith;
    }

    /// What was not compared with anything.
    ///
    /// @param lock whether [ReceiptCheck#comparePackages] accepted its packages
    /// @return in the order of [Uncompared]; none if there is nothing
    public List<Uncompared> notCompared(boolean lock) {
        Set<Uncompared> open = EnumSet.noneOf(Uncompared.class);
        if (comparedWith.isEmpty()) {
            open.addAll(
                    EnumSet.of(
                            Uncompared.COMPUTATION,
                            Uncompared.AGREEMENT,
                            Uncompared.CODE,
                            Uncompared.PACKAGES));
        }
        if (!lock) {
            open.add(Uncompared.RUNTIME_PACKAGES);
        }
        if (receipt().packages().packages().stream()
                .anyMatch(one -> one.origin() == BillOfMaterials.Origin.CODE)) {
            open.add(Uncompared.CODE_PACKAGES);
        }
        if (attestation.kind().isHardware()) {
            open.add(Uncompared.MEASURED_PACKAGES);
        }
        return List.copyOf(open);
    }
}
