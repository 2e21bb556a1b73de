package io.cloister.attestation.intel;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.CertificatePool;
import io.cloister.attestation.pki.ParsedDocuments;
import io.cloister.attestation.pki.RecentlyUsed;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Every certificate, revocation list and document of Intel's service by the bytes it was read
/// from, and which of them is signed by which: quotes of many platforms come with the same ones.
/// Nothing in it depends on an instant or a quote. Bounded in number and bytes. Safe for use by
/// many threads.
final class IntelDocuments {
    private static final int MAX_ANSWERS = 64;
    private static final int MAX_ANSWER_BYTES = 2 << 20;
    private static final int MAX_LINKS = 1024;
    private static final int MAX_LINK_BYTES = 8 << 20;

    private final SignatureChecks checks;
    private final ParsedDocuments x509 = new ParsedDocuments();
    private final RecentlyUsed<Bytes, SignedCollateral<TcbInfo>> tcbInfos =
            new RecentlyUsed<>(MAX_ANSWERS, MAX_ANSWER_BYTES);
    private final RecentlyUsed<Bytes, SignedCollateral<QeIdentity>> qeIdentities =
            new RecentlyUsed<>(MAX_ANSWERS, MAX_ANSWER_BYTES);
    private final RecentlyUsed<Link, Boolean> links = new RecentlyUsed<>(MAX_LINKS, MAX_LINK_BYTES);

    /// Who signed what. All that stands in one is equal to itself only.
    private record Link(Object signed, Certificate signer) {}

    /// Computes whether a signature holds.
    @FunctionalInterface
    interface SignatureCheck {
        boolean compute(SignatureChecks checks) throws MalformedException;
    }

    IntelDocuments(SignatureChecks checks) {
        this.checks = checks;
    }

    CertificatePool pool(Endorsements endorsements, List<Bytes> inside) throws MalformedException {
        return CertificatePool.of(endorsements, inside, List.of(), x509);
    }

    List<Certificate> certificates(List<Bytes> inside) throws MalformedException {
        var all = new ArrayList<Certificate>();
        for (Bytes der : inside) {
            all.add(x509.certificate(der, "quote.certificate"));
        }
        return all;
    }

    SignedCollateral<TcbInfo> tcbInfo(Bytes answer) throws MalformedException {
        Optional<SignedCollateral<TcbInfo>> known = tcbInfos.get(answer);
        if (known.isPresent()) {
            return known.get();
        }
        SignedCollateral<TcbInfo> read = SignedCollateral.tcbInfo(answer);
        tcbInfos.put(answer, read, answer.length());
        return read;
    }

    SignedCollateral<QeIdentity> qeIdentity(Bytes answer) throws MalformedException {
        Optional<SignedCollateral<QeIdentity>> known = qeIdentities.get(answer);
        if (known.isPresent()) {
            return known.get();
        }
        SignedCollateral<QeIdentity> read = SignedCollateral.qeIdentity(answer);
        qeIdentities.put(answer, read, answer.length());
        return read;
    }

    /// Whether `signer` signed `signed`, which is a certificate, list or document read here. Only
    /// that it did is remembered: a provider may fail once.
    ///
    /// @param size of `signed` in bytes
    boolean isSigned(Object signed, Certificate signer, int size, SignatureCheck check)
            throws MalformedException {
        var link = new Link(signed, signer);
        if (links.get(link).isPresent()) {
            return true;
        }
        boolean holds = check.compute(checks);
        if (holds) {
            links.put(link, true, size);
        }
        return holds;
    }
}
