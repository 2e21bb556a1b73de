package io.cloister.client.endorsement;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Endorsements from Intel's Provisioning Certification Service and AMD's Key Distribution Service,
/// or from something that answers in their place. Safe for use by many threads.
public final class VendorEndorsements implements EndorsementSource, AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final VendorHttp http;
    private final Documents documents;
    private final IntelDocuments intel;
    private final AmdDocuments amd;
    private final VendorRoots roots;
    private final SignatureChecks checks;

    VendorEndorsements(
            VendorServices services,
            TcbSelection selection,
            EndorsementCache cache,
            VendorRoots roots,
            SignatureChecks checks,
            Clock clock,
            Duration limit) {
        this.http = new VendorHttp(cache, clock, limit);
        this.documents = new Documents(http, cache, clock);
        this.intel = new IntelDocuments(services, selection, roots, checks);
        this.amd = new AmdDocuments(services, roots, checks);
        this.roots = roots;
        this.checks = checks;
    }

    /// With the vendors' own roots.
    ///
    /// @param services where to ask
    /// @param selection which of Intel's evaluations
    /// @param cache keeps answers
    /// @param clock decides what is valid now
    public static VendorEndorsements of(
            VendorServices services, TcbSelection selection, EndorsementCache cache, Clock clock) {
        return new VendorEndorsements(
                services,
                selection,
                cache,
                VendorRoots.pinned(),
                SignatureChecks.ofPlatform(),
                clock,
                LIMIT);
    }

    @Override
    public Fetched fetch(Evidence evidence, Endorsements present)
            throws MalformedException, CouldNotCheckException, InterruptedException {
        var basket = new Basket();
        switch (evidence) {
            case SimulatedEvidence _ ->
                    throw new CouldNotCheckException(
                            "simulated Evidence needs its installation's root, which no service"
                                    + " publishes");
            case SgxEvidence(var quote) -> intel(needs(quote, present), basket);
            case TdxEvidence(var quote) -> intel(needs(quote, present), basket);
            case SnpEvidence(var report) -> amd(AmdNeeds.of(report, present), basket);
        }
        return basket.fetched();
    }

    private IntelNeeds needs(Bytes quote, Endorsements present)
            throws MalformedException, CouldNotCheckException {
        return IntelNeeds.of(
                quote,
                present,
                roots.intel(),
                new Chains(SignatureAlgorithm.ECDSA_P256_SHA256, checks));
    }

    private void intel(IntelNeeds needs, Basket basket)
            throws CouldNotCheckException, InterruptedException {
        basket.endorsements.addAll(needs.kept());
        Checked info = basket.add(intel.tcbInfo(needs.tee(), needs.fmspc()));
        Certificate root = info.certificates().getLast();
        basket.add(intel.qeIdentity(needs.tee()));
        basket.add(intel.pckCrl(needs.ca()));
        basket.add(intel.rootCrl(root));
    }

    private void amd(AmdNeeds needs, Basket basket)
            throws CouldNotCheckException, InterruptedException {
        for (SnpProduct product : needs.products()) {
            boolean last = product == needs.products().getLast();
            var ofProduct = new Basket();
            try {
                amd(needs, product, ofProduct);
            } catch (CouldNotCheckException e) {
                if (last) {
                    throw e;
                }
                continue;
            }
            basket.add(ofProduct);
            return;
        }
    }

    private void amd(AmdNeeds needs, SnpProduct product, Basket basket)
            throws CouldNotCheckException, InterruptedException {
        Checked chain = basket.add(amd.chain(needs.hierarchy(), product.word()));
        Certificate issuer = chain.certificates().getFirst();
        Optional<Certificate> leaf =
                needs.leaves().stream()
                        .filter(one -> amd.isOf(one, issuer, needs.report()))
                        .findFirst();
        if (leaf.isPresent()) {
            basket.endorsements.add(new Endorsement.X509(leaf.get().der()));
        } else {
            needs.requireServed();
            Bytes chipId = needs.report().chipId();
            basket.add(amd.vcek(ChipKey.of(product, chipId, needs.report().reportedTcb()), issuer));
        }
        basket.add(amd.crl(needs.hierarchy(), product.word(), chain.certificates().getLast()));
    }

    /// What was had so far.
    private final class Basket {
        private final Set<Endorsement> endorsements = new LinkedHashSet<>();
        private final List<Origin> origins = new ArrayList<>();

        Checked add(Document document) throws CouldNotCheckException, InterruptedException {
            Documents.Had had = documents.get(document);
            endorsements.addAll(had.checked().endorsements());
            origins.add(had.origin());
            return had.checked();
        }

        void add(Basket other) {
            endorsements.addAll(other.endorsements);
            origins.addAll(other.origins);
        }

        Fetched fetched() {
            return new Fetched(new Endorsements(List.copyOf(endorsements)), origins);
        }
    }

    /// Ends open connections.
    @Override
    public void close() {
        http.close();
    }
}
