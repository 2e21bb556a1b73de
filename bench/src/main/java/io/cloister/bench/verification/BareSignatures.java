package io.cloister.bench.verification;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.QuoteSignature;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;

/// The signatures that each verification has to compute anew, with all else done beforehand: keys
/// decoded as the provider likes them best, messages cut out. Nothing verifies Evidence for less.
final class BareSignatures {
    private final List<Check> checks = new ArrayList<>();

    private static final class Check {
        private final Signature verifier;
        private final PublicKey key;
        private final byte[] message;
        private final byte[] signature;

        Check(Signature verifier, PublicKey key, Bytes message, Bytes signature) {
            this.verifier = verifier;
            this.key = key;
            this.message = message.toArray();
            this.signature = signature.toArray();
        }

        boolean verify() throws GeneralSecurityException {
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        }
    }

    static BareSignatures of(Kind kind, Sample sample, Jca jca)
            throws GeneralSecurityException, MalformedException {
        var bare = new BareSignatures();
        switch (kind) {
            case SGX, TDX -> bare.quote(sample.statement(), jca);
            case SNP -> bare.report(sample, jca);
        }
        return bare;
    }

    private void quote(Bytes bytes, Jca jca) throws GeneralSecurityException, MalformedException {
        Quote quote = Quote.parse(bytes);
        QuoteSignature signature = quote.signature();
        Bytes chain = signature.certification().data();
        Certificate pck =
                Certificate.parse(Pem.blocks(chain, "CERTIFICATE", "quote").getFirst(), "pck");
        String algorithm = "SHA256withECDSAinP1363Format";
        add(
                jca,
                algorithm,
                EcCurve.P256.key(signature.attestationKey(), "key"),
                quote.signedBytes(),
                signature.signature());
        add(
                jca,
                algorithm,
                pck.ecKey(EcCurve.P256),
                signature.qeReportBytes(),
                signature.qeReportSignature());
    }

    private void report(Sample sample, Jca jca)
            throws GeneralSecurityException, MalformedException {
        SnpReport report = SnpReport.parse(sample.statement());
        if (!(sample.endorsements().all().getFirst() instanceof Endorsement.X509(var leaf))) {
            throw new IllegalArgumentException("the first Endorsement is the leaf");
        }
        add(
                jca,
                "SHA384withECDSAinP1363Format",
                Certificate.parse(leaf, "leaf").ecKey(EcCurve.P384),
                report.signedBytes(),
                report.signature());
    }

    private void add(Jca jca, String algorithm, PublicKey key, Bytes message, Bytes signature)
            throws GeneralSecurityException {
        checks.add(new Check(jca.signature(algorithm), jca.own(key), message, signature));
    }

    /// Whether all of them verify.
    boolean verify() throws GeneralSecurityException {
        boolean all = true;
        for (Check check : checks) {
            all &= check.verify();
        }
        return all;
    }
}
