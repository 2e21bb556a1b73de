package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.altered;
import static io.cloister.attestation.intel.Outcomes.malformed;
import static io.cloister.attestation.intel.Outcomes.notCheckable;
import static io.cloister.attestation.intel.Outcomes.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.testkit.DerWriter;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.attestation.testkit.FakeCertificate;
import io.cloister.attestation.testkit.FakeCrl;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Certificates and revocation lists (spec/evidence.md §9.2, §9.3).
class IntelChainTest {
    private static final EcTestKey OTHER = EcTestKey.named("other");
    private static final Instant NOW = FakeIntel.NOW;

    private static final List<String> REQUIRED =
            List.of("2.5.29.35", "2.5.29.31", "2.5.29.14", "2.5.29.15", "2.5.29.19");

    private static final List<Function<FakeIntel, FakeCertificate>> PLACES =
            List.of(FakeIntel::root, FakeIntel::authority, FakeIntel::pck, FakeIntel::tcbSigner);

    /// A fake Intel of which one certificate is altered, and whatever contains it made anew.
    private static FakeIntel with(
            Function<FakeIntel, FakeCertificate> place, Consumer<FakeCertificate> change) {
        FakeIntel intel = FakeIntel.tdx();
        change.accept(place.apply(intel));
        return intel.embed();
    }

    @Test
    void refusesAnExpiredCertificateAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            accepted(with(place, one -> one.notAfter(NOW)));
            refused(
                    with(place, one -> one.notAfter(NOW.minusSeconds(1))),
                    FindingCode.INTEL_CERTIFICATE_VALIDITY);
        }
    }

    @Test
    void refusesACertificateThatIsNotValidYetAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            accepted(with(place, one -> one.notBefore(NOW)));
            refused(
                    with(place, one -> one.notBefore(NOW.plusSeconds(1))),
                    FindingCode.INTEL_CERTIFICATE_VALIDITY);
        }
    }

    @Test
    void refusesABadSignatureAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            refused(
                    with(place, one -> one.signature(bytes -> altered(bytes, 12, 1))),
                    FindingCode.INTEL_CERTIFICATE_SIGNATURE);
            refused(
                    with(place, one -> one.signedWith(OTHER)),
                    FindingCode.INTEL_CERTIFICATE_SIGNATURE);
        }
    }

    /// A second encoding of one signature would be a second certificate with the same meaning.
    @Test
    void refusesASignatureInAnotherEncodingAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            refused(
                    with(place, one -> one.signature(IntelChainTest::longForm)),
                    FindingCode.INTEL_CERTIFICATE_SIGNATURE);
            refused(
                    with(
                            place,
                            one ->
                                    one.signature(bytes ->
                                            Bytes.concat(bytes, Bytes.copyOf(new byte[1])))),
                    FindingCode.INTEL_CERTIFICATE_SIGNATURE);
        }
    }

    private static Bytes longForm(Bytes signature) {
        byte[] longer = {0x30, (byte) 0x81, signature.at(1)};
        return Bytes.concat(Bytes.copyOf(longer), signature.slice(2, signature.length() - 2));
    }

    @Test
    void refusesAMissingExtensionAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            for (String oid : REQUIRED) {
                refused(
                        with(place, one -> one.without(oid)),
                        FindingCode.INTEL_CERTIFICATE_PROFILE);
            }
        }
    }

    @Test
    void refusesAnUnknownCriticalExtensionAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            accepted(with(place, one -> one.extension("1.2.3.4", false, DerWriter.sequence())));
            refused(
                    with(place, one -> one.extension("1.2.3.4", true, DerWriter.sequence())),
                    FindingCode.INTEL_CERTIFICATE_PROFILE);
        }
    }

    @Test
    void refusesADuplicatedExtensionAtEachPlace() {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            for (String oid : REQUIRED) {
                malformed(with(place, one -> one.twice(oid)), "each extension once");
            }
        }
        malformed(with(FakeIntel::pck, one -> one.twice(PckExtension.OID)), "each extension once");
    }

    @Test
    void refusesAnAuthorityThatIsNone() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place :
                List.<Function<FakeIntel, FakeCertificate>>of(
                        FakeIntel::root, FakeIntel::authority)) {
            refused(
                    with(place, one -> one.authority(1).keyUsage(2, 0x04)),
                    FindingCode.INTEL_CERTIFICATE_PROFILE,
                    FindingCode.INTEL_CRL_SIGNATURE);
            refused(
                    with(place, one -> one.authority(1).keyUsage(1, 0x02)),
                    FindingCode.INTEL_CERTIFICATE_PROFILE);
            refused(
                    with(place, one -> one.extension("2.5.29.19", true, DerWriter.sequence())),
                    FindingCode.INTEL_CERTIFICATE_PROFILE);
        }
    }

    @Test
    void refusesARootThatAllowsNoAuthorityBelowIt() throws Exception {
        refused(
                with(FakeIntel::root, one -> one.authority(0)),
                FindingCode.INTEL_CERTIFICATE_PROFILE);
    }

    @Test
    void refusesAnAuthorityInThePlaceOfALeaf() throws Exception {
        refused(
                with(FakeIntel::pck, one -> one.authority(0)),
                FindingCode.INTEL_CERTIFICATE_PROFILE);
        refused(
                with(FakeIntel::tcbSigner, one -> one.authority(0)),
                FindingCode.INTEL_CERTIFICATE_PROFILE);
    }

    @Test
    void refusesAPckCertificateWithoutItsExtension() {
        malformed(
                with(FakeIntel::pck, one -> one.without(PckExtension.OID)),
                "extension " + PckExtension.OID);
    }

    @Test
    void refusesAnotherRoot() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.root().key(OTHER).signedWith(OTHER);
        intel.authority().issuedBy(intel.root());
        refused(intel.embed(), FindingCode.INTEL_ROOT);
    }

    @Test
    void refusesARootOfAnotherName() throws Exception {
        for (FakeIntel intel :
                List.of(
                        with(FakeIntel::root, one -> one.organisation("Invalid")),
                        with(FakeIntel::root, one -> one.issuer("Other Root CA")))) {
            var endorsements = intel.endorsements();
            var findings = new Findings();
            assertEquals(
                    Optional.empty(),
                    Outcomes.verify(intel, intel.quote().bytes(), endorsements, findings));
            assertTrue(findings.refuse());
        }
    }

    @Test
    void acceptsTheRootInSeveralForms() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        Bytes former = intel.root().notAfter(NOW.minusSeconds(1)).der();
        intel.root().notAfter(FakeIntel.EXPIRES);
        List<Endorsement> all = intel.endorsements();
        all.add(0, new Endorsement.X509(former));
        accepted(intel, intel.quote().bytes(), all);
    }

    @Test
    void refusesAPckCertificateByAnotherAuthority() throws Exception {
        refused(
                with(FakeIntel::authority, one -> one.key(OTHER)),
                FindingCode.INTEL_CERTIFICATE_SIGNATURE,
                FindingCode.INTEL_CRL_SIGNATURE);
    }

    @Test
    void refusesAnAuthorityOfAnotherName() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        var other =
                new FakeCertificate(
                                "Intel SGX PCK Other CA",
                                intel.authority().key(),
                                FakeIntel.ISSUED,
                                FakeIntel.EXPIRES)
                        .authority(0)
                        .issuedBy(intel.root());
        intel.pck().issuedBy(other);
        intel.pckCrl().issuer(other.subject());
        intel.quote()
                .certification(5, Bytes.utf8(intel.pck().pem() + other.pem() + intel.root().pem()));
        refused(intel, FindingCode.INTEL_CERTIFICATE_PROFILE);
    }

    @Test
    void acceptsTheProcessorAuthorityToo() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        FakeCertificate processor = processor(intel);
        intel.pck().issuedBy(processor);
        intel.platform().single();
        intel.certify();
        intel.quote()
                .certification(
                        5, Bytes.utf8(intel.pck().pem() + processor.pem() + intel.root().pem()));
        List<Endorsement> all = intel.endorsements();
        notCheckable(intel, all, "Intel SGX PCK Processor CA");
        all.add(
                new Endorsement.Crl(
                        new FakeCrl(processor, FakeIntel.PUBLISHED, FakeIntel.NEXT).der()));
        accepted(intel, intel.quote().bytes(), all);
    }

    @Test
    void refusesAnotherCurveAtEachPlace() {
        for (String curve : List.of("secp384r1", "secp521r1")) {
            Bytes info = EcTestKey.named("other", curve).publicKeyInfo();
            for (Function<FakeIntel, FakeCertificate> place : PLACES) {
                if (place.apply(FakeIntel.tdx()).subject().contains("Root")) {
                    continue;
                }
                malformed(with(place, one -> one.publicKeyInfo(info)), "secp256r1");
            }
        }
    }

    @Test
    void refusesAnotherSignatureAlgorithmAtEachPlace() {
        Bytes sha384 = DerWriter.sequence(DerWriter.oid("1.2.840.10045.4.3.3"));
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            malformed(with(place, one -> one.algorithm(sha384)), "ECDSA with SHA-256");
        }
    }

    /// What tells a platform from others is in certificates of one authority only, and there
    /// always.
    @Test
    void refusesAPlatformThatTheOtherAuthorityCertifies() throws Exception {
        FakeIntel single = FakeIntel.sgx();
        single.platform().single();
        refused(single.certify(), FindingCode.INTEL_CERTIFICATE_PROFILE);
        FakeIntel several = FakeIntel.sgx();
        FakeCertificate processor = processor(several);
        several.pck().issuedBy(processor);
        several.certify();
        several.quote()
                .certification(
                        5,
                        Bytes.utf8(several.pck().pem() + processor.pem() + several.root().pem()));
        List<Endorsement> all = several.endorsements();
        all.add(
                new Endorsement.Crl(
                        new FakeCrl(processor, FakeIntel.PUBLISHED, FakeIntel.NEXT).der()));
        refused(several, several.quote().bytes(), all, FindingCode.INTEL_CERTIFICATE_PROFILE);
    }

    private static FakeCertificate processor(FakeIntel intel) {
        return new FakeCertificate(
                        "Intel SGX PCK Processor CA", OTHER, FakeIntel.ISSUED, FakeIntel.EXPIRES)
                .authority(0)
                .issuedBy(intel.root());
    }

    @Test
    void cannotCheckWithoutRootOrAuthority() {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().certification(5, Bytes.utf8(intel.pck().pem() + intel.authority().pem()));
        notCheckable(intel, intel.endorsements(), "Intel SGX Root CA");
        intel.quote().certification(5, Bytes.utf8(intel.pck().pem() + intel.root().pem()));
        notCheckable(intel, intel.endorsements(), "Intel SGX PCK Platform CA");
        intel.quote().certification(5, Bytes.utf8(intel.authority().pem() + intel.root().pem()));
        notCheckable(intel, intel.endorsements(), "PCK certificate");
    }

    @Test
    void cannotCheckWithoutEachEndorsement() {
        FakeIntel intel = FakeIntel.tdx();
        String[] missing = {
            "Intel SGX TCB Signing",
            "revocation list of \"Intel SGX Root CA\"",
            "revocation list of \"Intel SGX PCK Platform CA\"",
            "TCB info",
            "identity TD_QE"
        };
        for (int i = 0; i < missing.length; i++) {
            List<Endorsement> all = intel.endorsements();
            all.remove(i);
            notCheckable(intel, all, missing[i]);
        }
    }

    @Test
    void refusesRatherThanNotCheckingWhatIsWrongAnyway() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().signedWith(OTHER);
        refused(intel, intel.quote().bytes(), List.of(), FindingCode.INTEL_QUOTE_SIGNATURE);
    }

    @Test
    void refusesRevokedCertificates() throws Exception {
        FakeIntel pck = FakeIntel.tdx();
        pck.pckCrl().revoke(BigInteger.ONE, pck.pck().serial(), BigInteger.TWO);
        refused(pck, FindingCode.INTEL_CERTIFICATE_UNREVOKED);
        FakeIntel authority = FakeIntel.tdx();
        authority.rootCrl().revoke(authority.authority().serial());
        refused(authority, FindingCode.INTEL_CERTIFICATE_UNREVOKED);
        FakeIntel signer = FakeIntel.tdx();
        signer.rootCrl().revoke(signer.tcbSigner().serial());
        refused(signer, FindingCode.INTEL_CERTIFICATE_UNREVOKED);
    }

    @Test
    void refusesWhatIsRevokedThoughAnotherListIsMissing() throws Exception {
        FakeIntel pck = FakeIntel.tdx();
        pck.pckCrl().revoke(pck.pck().serial());
        refusedWithout(1, pck);
        FakeIntel authority = FakeIntel.tdx();
        authority.rootCrl().revoke(authority.authority().serial());
        refusedWithout(2, authority);
    }

    private static void refusedWithout(int missing, FakeIntel intel) throws Exception {
        List<Endorsement> all = intel.endorsements();
        all.remove(missing);
        refused(intel, intel.quote().bytes(), all, FindingCode.INTEL_CERTIFICATE_UNREVOKED);
    }

    @Test
    void acceptsListsThatRevokeOthers() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.pckCrl().revoke(BigInteger.ONE, intel.pck().serial().add(BigInteger.ONE));
        intel.rootCrl().revoke(intel.pck().serial());
        accepted(intel);
    }

    @Test
    void refusesListsOutsideTheirTime() throws Exception {
        for (Function<FakeIntel, FakeCrl> place :
                List.<Function<FakeIntel, FakeCrl>>of(FakeIntel::rootCrl, FakeIntel::pckCrl)) {
            FakeIntel expired = FakeIntel.tdx();
            place.apply(expired).nextUpdate(NOW);
            accepted(expired);
            place.apply(expired).nextUpdate(NOW.minusSeconds(1));
            refused(expired, FindingCode.INTEL_CRL_CURRENT);
            FakeIntel early = FakeIntel.tdx();
            place.apply(early).thisUpdate(NOW);
            accepted(early);
            place.apply(early).thisUpdate(NOW.plusSeconds(1));
            refused(early, FindingCode.INTEL_CRL_CURRENT);
        }
    }

    @Test
    void refusesListsSignedByOthers() throws Exception {
        for (Function<FakeIntel, FakeCrl> place :
                List.<Function<FakeIntel, FakeCrl>>of(FakeIntel::rootCrl, FakeIntel::pckCrl)) {
            FakeIntel intel = FakeIntel.tdx();
            place.apply(intel).signedWith(OTHER);
            refused(intel, FindingCode.INTEL_CRL_SIGNATURE);
            FakeIntel malleable = FakeIntel.tdx();
            place.apply(malleable).signature(IntelChainTest::longForm);
            refused(malleable, FindingCode.INTEL_CRL_SIGNATURE);
        }
    }

    @Test
    void cannotCheckWithListsOfOtherIssuersOnly() {
        FakeIntel pck = FakeIntel.tdx();
        pck.pckCrl().issuer("Intel SGX PCK Processor CA");
        notCheckable(pck, pck.endorsements(), "Intel SGX PCK Platform CA");
        FakeIntel root = FakeIntel.tdx();
        root.rootCrl().issuer("Unknown");
        notCheckable(root, root.endorsements(), "Intel SGX Root CA");
    }

    @Test
    void ignoresListsOfOtherIssuers() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        intel.pckCrl().issuer("Intel SGX PCK Processor CA").revoke(intel.pck().serial());
        all.add(0, new Endorsement.Crl(intel.pckCrl().der()));
        accepted(intel, intel.quote().bytes(), all);
    }

    private static FakeCertificate stranger() {
        return new FakeCertificate("Intel SGX Root CA", OTHER, FakeIntel.ISSUED, FakeIntel.EXPIRES)
                .authority(1);
    }

    /// A root that issued nothing here takes the place of none.
    @Test
    void cannotCheckWithAnUnrelatedRootOnly() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        all.add(0, new Endorsement.X509(stranger().der()));
        accepted(intel, intel.quote().bytes(), all);
        intel.quote().certification(5, Bytes.utf8(intel.pck().pem() + intel.authority().pem()));
        notCheckable(intel, all, "Intel SGX Root CA");
    }

    /// A forged authority, by a root that is there, leaves open whether the right one is missing.
    @Test
    void cannotCheckWhereOneOfTwoAuthoritiesLacksItsRoot() {
        FakeIntel intel = FakeIntel.tdx();
        FakeCertificate other = stranger();
        Bytes right = intel.authority().der();
        intel.authority().signedWith(OTHER);
        intel.quote()
                .certification(
                        5, Bytes.utf8(intel.pck().pem() + intel.authority().pem() + other.pem()));
        List<Endorsement> all = intel.endorsements();
        all.add(new Endorsement.X509(right));
        notCheckable(intel, all, "Intel SGX Root CA");
    }

    /// Anyone can make a certificate with a right name and a right public key.
    @Test
    void acceptsTheRightCertificateBesideForgedOnesOfItsKeyAtEachPlace() throws Exception {
        for (Function<FakeIntel, FakeCertificate> place : PLACES) {
            FakeIntel intel = FakeIntel.tdx();
            List<Endorsement> all = intel.endorsements();
            FakeCertificate one = place.apply(intel);
            FakeIntel forging = FakeIntel.tdx();
            place.apply(forging).signature(bytes -> altered(bytes, 12, 1));
            all.add(0, new Endorsement.X509(place.apply(forging).der()));
            all.add(new Endorsement.X509(intel.root().der()));
            all.add(new Endorsement.X509(intel.authority().der()));
            if (one.subject().equals(intel.pck().subject())) {
                intel.quote().certification(1, Bytes.copyOf(new byte[36]));
                all.add(new Endorsement.X509(one.der()));
            } else {
                intel.quote().certification(4, Bytes.utf8(intel.pck().pem()));
            }
            accepted(intel, intel.quote().bytes(), all);
            all.removeIf(new Endorsement.X509(one.der())::equals);
            refused(intel, intel.quote().bytes(), all, FindingCode.INTEL_CERTIFICATE_SIGNATURE);
        }
    }

    /// A certificate that cannot be what it says does not stand in the way of the one that is.
    @Test
    void acceptsTheRightCertificateBesideOneOnAnotherCurve() throws Exception {
        Bytes info = EcTestKey.named("other", "secp384r1").publicKeyInfo();
        for (Function<FakeIntel, FakeCertificate> place :
                List.<Function<FakeIntel, FakeCertificate>>of(
                        FakeIntel::authority, FakeIntel::tcbSigner)) {
            FakeIntel intel = FakeIntel.tdx();
            FakeIntel forging = FakeIntel.tdx();
            place.apply(forging).publicKeyInfo(info);
            intel.quote().certification(5, Bytes.utf8(intel.pck().pem() + intel.root().pem()));
            List<Endorsement> all = intel.endorsements();
            all.add(0, new Endorsement.X509(place.apply(forging).der()));
            all.add(new Endorsement.X509(intel.authority().der()));
            accepted(intel, intel.quote().bytes(), all);
        }
    }

    /// Two authorities of one name, both by the root, as after a change of keys.
    @Test
    void takesTheAuthorityThatIssuedThePckCertificate() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        Bytes right = intel.authority().der();
        Bytes former = intel.authority().key(OTHER).serial(BigInteger.TEN).der();
        FakeIntel fresh = FakeIntel.tdx();
        List<Endorsement> all = fresh.endorsements();
        all.add(0, new Endorsement.X509(former));
        all.add(new Endorsement.X509(right));
        accepted(fresh, fresh.quote().bytes(), all);
    }

    @Test
    void takesTheTcbSignerThatIsNotRevoked() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        BigInteger former = BigInteger.valueOf(77);
        intel.rootCrl().revoke(former);
        all.set(1, new Endorsement.Crl(intel.rootCrl().der()));
        all.add(0, new Endorsement.X509(intel.tcbSigner().serial(former).der()));
        accepted(intel, intel.quote().bytes(), all);
    }

    @Test
    void takesTheTcbSignerThatSigned() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        FakeIntel former = FakeIntel.tdx();
        all.add(
                0,
                new Endorsement.X509(
                        former.tcbSigner().key(OTHER).serial(BigInteger.valueOf(77)).der()));
        accepted(intel, intel.quote().bytes(), all);
    }

    /// An old list beside the current one must not undo it, nor the other way round.
    @Test
    void countsEveryListThatIsCurrent() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        Bytes before = intel.pckCrl().nextUpdate(NOW.minusSeconds(1)).der();
        intel.pckCrl().nextUpdate(FakeIntel.NEXT);
        List<Endorsement> all = intel.endorsements();
        all.add(0, new Endorsement.Crl(before));
        accepted(intel, intel.quote().bytes(), all);
        Bytes revoking = intel.pckCrl().revoke(intel.pck().serial()).der();
        all.add(new Endorsement.Crl(revoking));
        refused(intel, intel.quote().bytes(), all, FindingCode.INTEL_CERTIFICATE_UNREVOKED);
    }

    @Test
    void takesTheTcbSignerThatIsValidAtTheTime() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        Bytes former = intel.tcbSigner().notAfter(NOW.minusSeconds(1)).der();
        intel.tcbSigner().notAfter(FakeIntel.EXPIRES);
        List<Endorsement> all = intel.endorsements();
        all.add(0, new Endorsement.X509(former));
        accepted(intel, intel.quote().bytes(), all);
    }

    @Test
    void refusesAnAuthorityThatSignsCollateralItself() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbSigner().issuedBy(intel.authority());
        refused(intel, FindingCode.INTEL_CERTIFICATE_SIGNATURE);
    }

    @Test
    void endsWithTheFirstThatExpires() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        assertEquals(FakeIntel.NEXT, accepted(intel).validUntil());
        Instant earlier = NOW.plusSeconds(60);
        intel.pckCrl().nextUpdate(earlier);
        assertEquals(earlier, accepted(intel).validUntil());
    }
}
