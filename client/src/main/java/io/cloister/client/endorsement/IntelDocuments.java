package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.intel.QeIdentity;
import io.cloister.attestation.intel.SignedCollateral;
import io.cloister.attestation.intel.TcbInfo;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.client.endorsement.Chains.Chain;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/// The documents of Intel's Provisioning Certification Service, version 4, or of a PCCS.
final class IntelDocuments {
    private static final String TCB_SIGNER = "Intel SGX TCB Signing";
    private static final String TCB_CHAIN = "TCB-Info-Issuer-Chain";
    private static final String IDENTITY_CHAIN = "SGX-Enclave-Identity-Issuer-Chain";
    private static final String CRL_CHAIN = "SGX-PCK-CRL-Issuer-Chain";

    private final VendorServices services;
    private final TcbSelection selection;
    private final VendorRoots roots;
    private final SignatureChecks checks;
    private final Chains chains;

    IntelDocuments(
            VendorServices services,
            TcbSelection selection,
            VendorRoots roots,
            SignatureChecks checks) {
        this.services = services;
        this.selection = selection;
        this.roots = roots;
        this.checks = checks;
        this.chains = new Chains(SignatureAlgorithm.ECDSA_P256_SHA256, checks);
    }

    /// Intel's rating of the platforms `fmspc`.
    Document tcbInfo(TeeType tee, Bytes fmspc) {
        return document(
                "TCB info",
                url(tee, "/tcb?fmspc=" + fmspc.hex() + "&" + selection.query()),
                TCB_CHAIN,
                answer -> {
                    Chain chain = chains.ofHeader(answer, TCB_SIGNER, roots.intel());
                    SignedCollateral<TcbInfo> signed = SignedCollateral.tcbInfo(answer.body());
                    Chains.require(isBy(signed, chain.signer()), "TCB info is not by its signer");
                    TcbInfo info = signed.document();
                    Chains.require(
                            info.fmspc().equals(fmspc) && info.kind() == tee,
                            "TCB info is for other platforms: "
                                    + info.kind()
                                    + " "
                                    + info.fmspc().hex());
                    selection.require(info.evaluationNumber());
                    return Chains.checked(
                            new Endorsement.TcbInfo(answer.body()),
                            chain.all(),
                            info.evaluationNumber(),
                            info.issueDate(),
                            info.nextUpdate());
                });
    }

    /// Intel's statement on the quoting enclave.
    Document qeIdentity(TeeType tee) {
        return document(
                "the quoting enclave's identity",
                url(tee, "/qe/identity?" + selection.query()),
                IDENTITY_CHAIN,
                answer -> {
                    Chain chain = chains.ofHeader(answer, TCB_SIGNER, roots.intel());
                    SignedCollateral<QeIdentity> signed =
                            SignedCollateral.qeIdentity(answer.body());
                    Chains.require(
                            isBy(signed, chain.signer()), "the identity is not by its signer");
                    QeIdentity identity = signed.document();
                    Chains.require(
                            identity.id() == id(tee),
                            "the identity is of another enclave: " + identity.id());
                    selection.require(identity.evaluationNumber());
                    return Chains.checked(
                            new Endorsement.QeIdentity(answer.body()),
                            chain.all(),
                            identity.evaluationNumber(),
                            identity.issueDate(),
                            identity.nextUpdate());
                });
    }

    /// What the issuer of PCK certificates has revoked.
    Document pckCrl(PckCa ca) {
        return document(
                "the revocation list of " + ca.commonName(),
                url(TeeType.SGX, "/pckcrl?ca=" + ca.word() + "&encoding=der"),
                CRL_CHAIN,
                answer -> {
                    Chain chain = chains.ofHeader(answer, ca.commonName(), roots.intel());
                    return chains.revocationList(answer.body(), chain.signer(), chain.all());
                });
    }

    /// What the root has revoked.
    ///
    /// @param root carries the pinned key
    Document rootCrl(Certificate root) {
        return new Document(
                "the revocation list of Intel's root",
                services.intelRootCrl(),
                Optional.empty(),
                Document.REISSUED,
                answer -> chains.revocationList(answer.body(), root, List.of(root)));
    }

    private static QeIdentity.Id id(TeeType tee) {
        return switch (tee) {
            case SGX -> QeIdentity.Id.QE;
            case TDX -> QeIdentity.Id.TD_QE;
        };
    }

    private boolean isBy(SignedCollateral<?> signed, Certificate signer) throws MalformedException {
        return signed.isSignedBy(
                EcCurve.P256.keyOfInfo(signer.publicKeyInfo(), "issuerChain.signer.key"), checks);
    }

    private Document document(String what, URI url, String header, Document.Check check) {
        return new Document(what, url, Optional.of(header), Document.REISSUED, check);
    }

    private URI url(TeeType tee, String path) {
        String part =
                switch (tee) {
                    case SGX -> "/sgx";
                    case TDX -> "/tdx";
                };
        return URI.create(services.intel() + part + "/certification/v4" + path);
    }
}
