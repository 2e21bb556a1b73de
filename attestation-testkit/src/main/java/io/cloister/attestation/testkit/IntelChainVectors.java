package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.bundle;
import static io.cloister.attestation.testkit.HardwarePolicies.SGX;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.Bytes;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Vectors of Intel's certificates and revocation lists (spec/evidence.md §9.2, §9.3).
final class IntelChainVectors {
    private static final EcTestKey OTHER = EcTestKey.named("other");
    private static final Instant NOW = FakeIntel.NOW;
    private static final String CONSTRAINTS = "2.5.29.19";

    private static final List<Place> PLACES =
            List.of(
                    new Place("root", FakeIntel::root),
                    new Place("authority", FakeIntel::authority),
                    new Place("pck", FakeIntel::pck),
                    new Place("tcb-signer", FakeIntel::tcbSigner));

    private static final List<ListPlace> LISTS =
            List.of(
                    new ListPlace("root-crl", FakeIntel::rootCrl),
                    new ListPlace("pck-crl", FakeIntel::pckCrl));

    private final HardwareCases cases;

    private record Place(String word, Function<FakeIntel, FakeCertificate> certificate) {
        /// A fake Intel of which this certificate is altered, and what contains it made anew.
        FakeIntel with(Consumer<FakeCertificate> change) {
            FakeIntel intel = FakeIntel.sgx();
            change.accept(certificate.apply(intel));
            return intel.embed();
        }
    }

    private record ListPlace(String word, Function<FakeIntel, FakeCrl> list) {
        FakeIntel with(Consumer<FakeCrl> change) {
            FakeIntel intel = FakeIntel.sgx();
            change.accept(list.apply(intel));
            return intel;
        }
    }

    IntelChainVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        for (Place place : PLACES) {
            validity(place);
            signature(place);
            profile(place);
            form(place);
        }
        authorities();
        swapped();
        for (ListPlace place : LISTS) {
            list(place);
        }
        revoked();
    }

    private void refuse(String id, String comment, FakeIntel intel, FindingCode... codes) {
        cases.verify("sgx-" + id, comment, intel, _ -> {}, codes);
    }

    private void affirm(String id, String comment, FakeIntel intel) {
        cases.affirm("sgx-" + id, comment, intel, SGX);
    }

    private void validity(Place place) {
        String id = place.word();
        FindingCode code = FindingCode.INTEL_CERTIFICATE_VALIDITY;
        affirm(
                id + "-last-instant",
                "the last at which it counts",
                place.with(one -> one.notAfter(NOW)));
        refuse(
                id + "-expired",
                "a second after its end",
                place.with(one -> one.notAfter(NOW.minusSeconds(1))),
                code);
        affirm(
                id + "-first-instant",
                "the first at which it counts",
                place.with(one -> one.notBefore(NOW)));
        refuse(
                id + "-not-begun",
                "a second before its begin",
                place.with(one -> one.notBefore(NOW.plusSeconds(1))),
                code);
    }

    private void signature(Place place) {
        String id = place.word() + "-signature";
        FindingCode code = FindingCode.INTEL_CERTIFICATE_SIGNATURE;
        refuse(
                id + "-by-another",
                "signed with another key",
                place.with(one -> one.signedWith(OTHER)),
                code);
        refuse(
                id + "-altered",
                "one bit of its signature",
                place.with(one -> one.signature(bytes -> SignatureForms.altered(bytes, 12))),
                code);
        refuse(
                id + "-long-length",
                "its signature in BER: a length in more bytes than it needs",
                place.with(one -> one.signature(SignatureForms::longLength)),
                code);
        refuse(
                id + "-padded-number",
                "its signature with a zero in front of a number",
                place.with(one -> one.signature(SignatureForms::paddedNumber)),
                code);
        refuse(
                id + "-trailing",
                "its signature with a byte behind it",
                place.with(one -> one.signature(SignatureForms::trailing)),
                code);
    }

    private void profile(Place place) {
        String id = place.word();
        FindingCode code = FindingCode.INTEL_CERTIFICATE_PROFILE;
        for (String oid :
                List.of("2.5.29.35", "2.5.29.31", "2.5.29.14", "2.5.29.15", CONSTRAINTS)) {
            refuse(
                    id + "-without-" + oid,
                    "a certificate without an extension of its profile",
                    place.with(one -> one.without(oid)),
                    code);
        }
        affirm(
                id + "-unknown-extension",
                "with an extension that is unknown and not critical",
                place.with(one -> one.extension("1.2.3.4", false, DerWriter.sequence())));
        refuse(
                id + "-critical-extension",
                "with an extension that is unknown and critical",
                place.with(one -> one.extension("1.2.3.4", true, DerWriter.sequence())),
                code);
    }

    private void form(Place place) {
        String id = "sgx-" + place.word();
        cases.malformed(
                id + "-double-extension",
                "with basic constraints twice",
                place.with(one -> one.twice(CONSTRAINTS)));
        cases.malformed(
                id + "-ber-boolean",
                "with a TRUE in BER: another byte than 0xff",
                place.with(one ->
                        one.extension(
                                CONSTRAINTS,
                                true,
                                DerWriter.sequence(
                                        DerWriter.element(0x01, Bytes.copyOf(new byte[] {1}))))));
        cases.malformed(
                id + "-other-algorithm",
                "that names ECDSA with SHA-384",
                place.with(one ->
                        one.algorithm(DerWriter.sequence(DerWriter.oid("1.2.840.10045.4.3.3")))));
        cases.malformed(
                id + "-padded-serial",
                "with a zero in front of its serial number, as BER allows",
                place.with(one -> one.serialForm(SignatureForms::padded)));
        cases.malformed(
                id + "-padded-path-length",
                "with a zero in front of its path length, as BER allows",
                place.with(one ->
                        one.extension(
                                CONSTRAINTS,
                                true,
                                DerWriter.sequence(
                                        DerWriter.bool(true),
                                        SignatureForms.padded(DerWriter.integer(1))))));
        if (!place.word().equals("root")) {
            // A root with another key is first of all another root.
            cases.malformed(
                    id + "-other-curve",
                    "with a key on P-384",
                    place.with(one ->
                            one.publicKeyInfo(
                                    EcTestKey.named("other", "secp384r1").publicKeyInfo())));
        }
    }

    private void authorities() {
        FindingCode profile = FindingCode.INTEL_CERTIFICATE_PROFILE;
        for (Place place : PLACES.subList(0, 2)) {
            refuse(
                    place.word() + "-no-ca",
                    "an authority that is none",
                    place.with(one -> one.extension(CONSTRAINTS, true, DerWriter.sequence())),
                    profile);
            refuse(
                    place.word() + "-signs-no-certificates",
                    "an authority that may sign lists only",
                    place.with(one -> one.authority(1).keyUsage(1, 0x02)),
                    profile);
        }
        refuse(
                "root-path-length",
                "a root that leaves no room for an authority",
                PLACES.get(0).with(one -> one.authority(0)),
                profile);
        for (Place place : PLACES.subList(2, 4)) {
            refuse(
                    place.word() + "-is-ca",
                    "an authority in the place of a leaf",
                    place.with(one -> one.authority(0)),
                    profile);
        }
        cases.malformed(
                "sgx-pck-without-extension",
                "a PCK certificate that describes no platform",
                PLACES.get(2).with(one -> one.without(FakePlatform.OID)));
        cases.malformed(
                "sgx-pck-double-sgx-extension",
                "a PCK certificate that describes its platform twice",
                PLACES.get(2).with(one -> one.twice(FakePlatform.OID)));
        FakeIntel padded = FakeIntel.sgx();
        padded.platform().pceSvnForm(SignatureForms::padded);
        cases.malformed(
                "sgx-pck-padded-number",
                "a PCK certificate with a zero in front of a version, as BER allows",
                padded.certify());
        FakeIntel single = FakeIntel.sgx();
        single.platform().single();
        refuse(
                "pck-of-a-single-package",
                "by the authority for platforms, about a platform of one package",
                single.certify(),
                profile);
    }

    /// Certificates and keys of one role in the place of another.
    private void swapped() {
        FakeIntel signer = FakeIntel.sgx();
        signer.pck().issuedBy(signer.tcbSigner());
        signer.pckCrl().issuer(signer.tcbSigner().subject()).signedWith(signer.tcbSigner().key());
        signer.quote()
                .certification(
                        5,
                        Bytes.utf8(
                                signer.pck().pem()
                                        + signer.tcbSigner().pem()
                                        + signer.root().pem()));
        refuse(
                "pck-by-tcb-signer",
                "the TCB signer's certificate in the place of the PCK authority's",
                signer,
                FindingCode.INTEL_CERTIFICATE_PROFILE);
        FakeIntel direct = FakeIntel.sgx();
        direct.pck().issuedBy(direct.root());
        direct.embed();
        refuse(
                "pck-by-root",
                "a PCK certificate that the root issued itself",
                direct,
                FindingCode.INTEL_CERTIFICATE_PROFILE);
        FakeIntel below = FakeIntel.sgx();
        below.tcbSigner().issuedBy(below.authority());
        refuse(
                "tcb-signer-by-authority",
                "a TCB signer that the PCK authority issued",
                below,
                FindingCode.INTEL_CERTIFICATE_SIGNATURE);
        FakeIntel rootList = FakeIntel.sgx();
        rootList.rootCrl().signedWith(rootList.authority().key());
        refuse(
                "root-crl-by-authority",
                "the root's list, signed by the PCK authority",
                rootList,
                FindingCode.INTEL_CRL_SIGNATURE);
        FakeIntel pckList = FakeIntel.sgx();
        pckList.pckCrl().signedWith(pckList.root().key());
        refuse(
                "pck-crl-by-root",
                "the PCK authority's list, signed by the root",
                pckList,
                FindingCode.INTEL_CRL_SIGNATURE);
    }

    private void list(ListPlace place) {
        String id = place.word();
        FindingCode current = FindingCode.INTEL_CRL_CURRENT;
        FindingCode signature = FindingCode.INTEL_CRL_SIGNATURE;
        affirm(
                id + "-last-instant",
                "the last at which it counts",
                place.with(one -> one.nextUpdate(NOW)));
        refuse(
                id + "-expired",
                "a second after its end",
                place.with(one -> one.nextUpdate(NOW.minusSeconds(1))),
                current);
        affirm(
                id + "-first-instant",
                "the first at which it counts",
                place.with(one -> one.thisUpdate(NOW)));
        refuse(
                id + "-not-begun",
                "a second before its begin",
                place.with(one -> one.thisUpdate(NOW.plusSeconds(1))),
                current);
        refuse(
                id + "-signature-by-another",
                "signed with another key",
                place.with(one -> one.signedWith(OTHER)),
                signature);
        refuse(
                id + "-signature-long-length",
                "its signature in BER: a length in more bytes than it needs",
                place.with(one -> one.signature(SignatureForms::longLength)),
                signature);
        FakeIntel intel = FakeIntel.sgx();
        int at = id.equals("root-crl") ? 1 : 2;
        Bytes der = place.list().apply(intel).der();
        List<Endorsement> all = intel.endorsements();
        all.set(at, new Endorsement.Crl(SignatureForms.longLength(der)));
        cases.malformed(
                "sgx-" + id + "-long-length",
                "the whole list in BER: a length in more bytes than it needs",
                bundle(intel, all));
        all.set(at, new Endorsement.Crl(SignatureForms.trailing(der)));
        cases.malformed("sgx-" + id + "-trailing", "a byte behind the list", bundle(intel, all));
        FakeIntel padded =
                place.with(one -> one.revoke(BigInteger.ONE).serialForm(SignatureForms::padded));
        cases.malformed(
                "sgx-" + id + "-padded-serial",
                "a zero in front of a number it lists, as BER allows",
                bundle(padded, padded.endorsements()));
        all.remove(at);
        cases.unchecked("sgx-no-" + id, "without this list", bundle(intel, all));
    }

    private void revoked() {
        FindingCode code = FindingCode.INTEL_CERTIFICATE_UNREVOKED;
        FakeIntel authority = FakeIntel.sgx();
        authority.rootCrl().revoke(authority.authority().serial());
        refuse("authority-revoked", "the PCK authority is revoked", authority, code);
        FakeIntel signer = FakeIntel.sgx();
        signer.rootCrl().revoke(signer.tcbSigner().serial());
        refuse("tcb-signer-revoked", "the TCB signer is revoked", signer, code);
        without("authority-revoked-no-pck-crl", 2, authority);
        FakeIntel pck = FakeIntel.sgx();
        pck.pckCrl().revoke(pck.pck().serial());
        without("pck-revoked-no-root-crl", 1, pck);
        FakeIntel other = FakeIntel.sgx();
        other.rootCrl().revoke(other.pck().serial());
        affirm(
                "serial-on-the-roots-list",
                "the root's list has the number of a certificate that it didn't issue",
                other);
        FakeIntel ber = FakeIntel.sgx();
        List<Endorsement> all = ber.endorsements();
        for (SignerForm form :
                List.of(
                        new SignerForm("long-length", SignatureForms::longLength),
                        new SignerForm("indefinite-length", SignatureForms::indefiniteLength),
                        new SignerForm("trailing", SignatureForms::trailing))) {
            all.set(0, new Endorsement.X509(form.change().apply(ber.tcbSigner().der())));
            cases.malformed(
                    "sgx-tcb-signer-" + form.word(),
                    "the TCB signer's whole certificate in another form than DER",
                    bundle(ber, all));
        }
        all.remove(0);
        cases.unchecked("sgx-no-tcb-signer", "without the TCB signer", bundle(ber, all));
    }

    private void without(String id, int list, FakeIntel intel) {
        List<Endorsement> all = intel.endorsements();
        all.remove(list);
        cases.verify(
                "sgx-" + id,
                "what a list refuses stays refused, though the other one is missing",
                bundle(intel, all),
                FindingCode.INTEL_CERTIFICATE_UNREVOKED);
    }

    private record SignerForm(String word, Function<Bytes, Bytes> change) {}
}
