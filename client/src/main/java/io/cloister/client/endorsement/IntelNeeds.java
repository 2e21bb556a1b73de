package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.intel.CertificationData;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.Extension;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a quote needs from Intel's service. All of it is taken from bytes that nobody has verified
/// yet: a quote that lies here gets collateral that doesn't fit it.
///
/// @param tee of which kind the quote is
/// @param fmspc which platforms, 6 bytes
/// @param ca who issued the PCK certificate
record IntelNeeds(TeeType tee, Bytes fmspc, PckCa ca) {
    static IntelNeeds of(Bytes bytes, Endorsements present)
            throws MalformedException, CouldNotCheckException {
        Quote quote = Quote.parse(bytes);
        List<Certificate> certificates = new ArrayList<>();
        CertificationData certification = quote.signature().certification();
        if (certification.isCertificates() && Pem.isPem(certification.data())) {
            for (Bytes der : Pem.blocks(certification.data(), "CERTIFICATE", "quote.pckChain")) {
                certificates.add(Certificate.parse(der, "quote.pckChain"));
            }
        }
        for (Endorsement one : present.all()) {
            if (one instanceof Endorsement.X509(var der)) {
                certificates.add(Certificate.parse(der, "endorsements.certificate"));
            }
        }
        for (Certificate certificate : certificates) {
            Optional<Extension> extension = certificate.extension(PckExtension.OID);
            Optional<PckCa> ca = PckCa.ofName(certificate.issuer().commonName());
            if (extension.isPresent() && ca.isPresent()) {
                return new IntelNeeds(
                        quote.header().teeType(),
                        PckExtension.parse(extension.get().value()).fmspc(),
                        ca.get());
            }
        }
        throw new CouldNotCheckException(
                "the quote carries no PCK certificate (certification data of type "
                        + certification.type()
                        + "); its platform's owner has it, from Intel's registration or PCCS");
    }
}
