package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.intel.CertificationData;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.Extension;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a quote needs from Intel's service. It is taken from bytes that nobody has verified yet: a
/// quote that lies here gets collateral that doesn't fit it. Where several certificates could be
/// its platform's, the one that signed for it and chains to the root goes first, so that others
/// beside it do not mislead.
///
/// @param tee of which kind the quote is
/// @param fmspc which platforms, 6 bytes
/// @param ca who issued the PCK certificate
/// @param kept the PCK certificate, if it did not come inside the quote
record IntelNeeds(TeeType tee, Bytes fmspc, PckCa ca, List<Endorsement> kept) {
    IntelNeeds {
        kept = List.copyOf(kept);
    }

    /// A certificate that may be the platform's.
    private record Candidate(Certificate pck, Bytes fmspc, PckCa ca) {}

    static IntelNeeds of(Bytes bytes, Endorsements present, PinnedKey root, Chains chains)
            throws MalformedException, CouldNotCheckException {
        Quote quote = Quote.parse(bytes);
        List<Certificate> inside = new ArrayList<>();
        CertificationData certification = quote.signature().certification();
        if (certification.isCertificates() && Pem.isPem(certification.data())) {
            for (Bytes der : Pem.blocks(certification.data(), "CERTIFICATE", "quote.pckChain")) {
                inside.add(Certificate.parse(der, "quote.pckChain"));
            }
        }
        List<Certificate> all = new ArrayList<>(inside);
        all.addAll(Chains.readable(present));
        Candidate chosen =
                all.stream()
                        .flatMap(one -> candidate(one).stream())
                        .max(
                                Comparator.<Candidate, Boolean>comparing(
                                                one -> hasSigned(one.pck(), quote, chains))
                                        .thenComparing(
                                                one -> isRooted(one.pck(), all, root, chains))
                                        .thenComparingInt(one -> -all.indexOf(one.pck())))
                        .orElseThrow(() ->
                                new CouldNotCheckException(
                                        "the quote carries no PCK certificate (certification data"
                                                + " of type "
                                                + certification.type()
                                                + "); its platform's owner has it, from Intel's"
                                                + " registration or PCCS"));
        return new IntelNeeds(
                quote.header().teeType(),
                chosen.fmspc(),
                chosen.ca(),
                inside.contains(chosen.pck())
                        ? List.of()
                        : List.of(new Endorsement.X509(chosen.pck().der())));
    }

    private static Optional<Candidate> candidate(Certificate certificate) {
        Optional<Extension> extension = certificate.extension(PckExtension.OID);
        Optional<PckCa> ca = PckCa.ofName(certificate.issuer().commonName());
        if (extension.isEmpty() || ca.isEmpty()) {
            return Optional.empty();
        }
        try {
            Bytes fmspc = PckExtension.parse(extension.get().value()).fmspc();
            return Optional.of(new Candidate(certificate, fmspc, ca.get()));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private static boolean hasSigned(Certificate pck, Quote quote, Chains chains) {
        try {
            return chains.checks()
                    .raw(
                            EcCurve.P256,
                            pck.ecKey(EcCurve.P256),
                            quote.signature().qeReportBytes(),
                            quote.signature().qeReportSignature());
        } catch (MalformedException _) {
            return false;
        }
    }

    private static boolean isRooted(
            Certificate pck, List<Certificate> all, PinnedKey root, Chains chains) {
        return all.stream()
                .filter(one -> chains.hasIssued(one, pck))
                .anyMatch(authority ->
                        all.stream()
                                .anyMatch(one ->
                                        root.matches(one) && chains.hasIssued(one, authority)));
    }
}
