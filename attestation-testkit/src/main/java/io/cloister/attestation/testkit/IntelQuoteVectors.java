package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.INTEL_DATA;
import static io.cloister.attestation.testkit.HardwareCases.bundle;
import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.WHY;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;

import io.cloister.attestation.appraisal.Grace;
import io.cloister.attestation.appraisal.Reason;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.Bytes;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/// Vectors of what a quote itself says and who signed it (spec/evidence.md §9.1, §9.4), and of when
/// (§6.7).
final class IntelQuoteVectors {
    private static final EcTestKey OTHER = EcTestKey.named("other");

    private final HardwareCases cases;

    IntelQuoteVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        reserved();
        signatures();
        chainInTheQuote();
        later();
    }

    private void reserved() {
        for (int bit : new int[] {3, 8, 9, 11, 31, 63}) {
            cases.verify(
                    "sgx-reserved-attribute-" + bit,
                    "an enclave with bit " + bit + " of ATTRIBUTES, which has no meaning",
                    FakeIntel.sgx(),
                    intel -> intel.quote().body(48 + bit / 8, (bit < 8 ? 5 : 0) | (1 << (bit % 8))),
                    FindingCode.INTEL_REPORT_RESERVED);
        }
        for (int bit : new int[] {8, 15, 16, 26, 32, 61}) {
            cases.verify(
                    "tdx-reserved-attribute-" + bit,
                    "a TD with bit " + bit + " of TDATTRIBUTES, which has no meaning",
                    FakeIntel.tdx(),
                    intel -> intel.quote().body(120 + bit / 8, 1 << (bit % 8)),
                    FindingCode.INTEL_REPORT_RESERVED);
        }
        for (int offset : new int[] {20, 96, 191, 303}) {
            FakeIntel body = FakeIntel.sgx();
            body.quote().body(offset, 0x80);
            cases.malformed(
                    "sgx-reserved-byte-" + offset,
                    "a reserved byte of the enclave's report is not zero",
                    body);
            FakeIntel quoting = FakeIntel.sgx();
            quoting.quote().qeReport(offset, 1);
            cases.malformed(
                    "sgx-qe-reserved-byte-" + offset,
                    "a reserved byte of the quoting enclave's report is not zero",
                    quoting);
        }
        FakeIntel padded = FakeIntel.sgx();
        padded.quote().padding(Bytes.utf8("what stands behind the last counted byte"));
        cases.affirm("sgx-padding", "text in the buffer behind the quote", padded, SGX);
        FakeIntel td = FakeIntel.tdx15();
        td.quote().padding(filled(39, 0xff));
        cases.affirm("tdx-padding", "bytes in the buffer behind the quote", td, TDX);
    }

    private void signatures() {
        FakeIntel alone = FakeIntel.tdx();
        alone.quote().authData(Bytes.copyOf(new byte[0]));
        cases.affirm("tdx-no-authentication-data", "no authentication data", alone, TDX);
        cases.verify(
                "tdx-qe-report-signature",
                "the quoting enclave's report is signed by another platform",
                FakeIntel.tdx(),
                intel -> intel.quote().pck(OTHER),
                FindingCode.INTEL_QE_REPORT_SIGNATURE);
        cases.verify(
                "tdx-attestation-key-unbound",
                "the quoting enclave vouches for another key",
                FakeIntel.tdx(),
                intel -> intel.quote().binding(filled(64, 0)),
                FindingCode.INTEL_ATTESTATION_KEY_BOUND);
        Bytes hash = FakeIntel.sgx().quote().bytes().slice(48 + 384 + 4 + 128 + 320, 32);
        cases.verify(
                "sgx-binding-and-more",
                "the quoting enclave vouches for the key, and the half of its data behind that is"
                        + " not zero",
                FakeIntel.sgx(),
                intel -> intel.quote().binding(Bytes.concat(hash, filled(32, 1))),
                FindingCode.INTEL_ATTESTATION_KEY_BOUND);
        byte[] zero = FakeIntel.sgx().quote().bytes().toArray();
        Arrays.fill(zero, 436, 500, (byte) 0);
        cases.verify(
                "sgx-quote-signature-zero",
                "both numbers of the signature are zero",
                sgx(Bytes.copyOf(zero)),
                FindingCode.INTEL_QUOTE_SIGNATURE);
        byte[] otherHalf = FakeIntel.sgx().quote().bytes().toArray();
        Bytes signature = SignatureForms.otherHalf(Bytes.copyOf(otherHalf).slice(436, 64));
        System.arraycopy(signature.toArray(), 0, otherHalf, 436, 64);
        cases.intel(
                "sgx-quote-signature-other-half",
                "the other of the two signatures that each ECDSA signature makes: r and n - s."
                        + " Vendors don't choose the smaller one",
                sgx(Bytes.copyOf(otherHalf)),
                SGX,
                List.of(),
                FakeIntel.NOW,
                "affirmed",
                "");
        FakeIntel off = FakeIntel.tdx();
        off.quote()
                .attestationPoint(
                        SignatureForms.altered(EcTestKey.named("attestation").point(), 63));
        cases.malformed("tdx-attestation-key-off-curve", "a key that is not on P-256", off);
        FakeIntel none = FakeIntel.tdx();
        none.quote().attestationPoint(filled(64, 0));
        cases.malformed("tdx-attestation-key-zero", "the point at zero, which is no key", none);
        cases.verify(
                "tdx-quote-as-sgx",
                "a TDX quote under the other name",
                new EvidenceBundle(
                        new SgxEvidence(FakeIntel.tdx().quote().bytes()),
                        new Endorsements(FakeIntel.tdx().endorsements())),
                FindingCode.INTEL_QUOTE_KIND);
    }

    private static EvidenceBundle sgx(Bytes quote) {
        return new EvidenceBundle(
                new SgxEvidence(quote), new Endorsements(FakeIntel.sgx().endorsements()));
    }

    private void chainInTheQuote() {
        FakeIntel order = FakeIntel.sgx();
        order.quote()
                .certification(
                        5,
                        Bytes.utf8(
                                order.root().pem() + order.pck().pem() + order.authority().pem()));
        cases.affirm("sgx-chain-in-any-order", "the quote's chain in another order", order, SGX);
        FakeIntel ended = FakeIntel.sgx();
        ended.quote()
                .certification(
                        5,
                        Bytes.utf8(
                                ended.pck().pem()
                                        + ended.authority().pem()
                                        + ended.root().pem()
                                        + "\0"));
        cases.affirm("sgx-chain-with-nul", "the quote's chain ends with a NUL", ended, SGX);
        FakeIntel named = FakeIntel.sgx();
        named.quote().certification(1, filled(36, 0));
        List<Endorsement> all = named.endorsements();
        cases.unchecked(
                "sgx-pck-only-named",
                "a quote that names its PCK certificate, which nobody brought",
                bundle(named, all));
        all.add(new Endorsement.X509(named.pck().der()));
        all.add(new Endorsement.X509(named.authority().der()));
        all.add(new Endorsement.X509(named.root().der()));
        cases.intel(
                "sgx-pck-among-endorsements",
                "a quote that names its PCK certificate, which is among the Endorsements",
                bundle(named, all),
                SGX,
                List.of(),
                FakeIntel.NOW,
                "affirmed",
                "");
    }

    private void later() {
        FakeIntel intel = FakeIntel.sgx();
        EvidenceBundle sgx = bundle(intel, intel.endorsements());
        Instant end = FakeIntel.NEXT;
        cases.later(
                "sgx-appraised-on-the-last-day",
                "verified, and appraised later, at the last instant of what it chains to",
                sgx,
                SGX,
                INTEL_DATA,
                FakeIntel.NOW,
                end);
        cases.later(
                "sgx-appraised-too-late",
                "verified, and appraised later, when what it chains to has expired",
                sgx,
                SGX,
                INTEL_DATA,
                FakeIntel.NOW,
                end.plusSeconds(1),
                FindingCode.EVIDENCE_CURRENT);
        cases.later(
                "sgx-appraised-within-grace",
                "verified, and appraised later: a grace is for what is verified late, not for this",
                sgx,
                SGX.allowGrace(new Grace.Collateral(7, new Reason(WHY))),
                INTEL_DATA,
                FakeIntel.NOW,
                end.plus(Duration.ofDays(7)),
                FindingCode.EVIDENCE_CURRENT);
    }
}
