package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.bundle;
import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;

import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/// Vectors of TCB info, QE identity and what they describe (spec/evidence.md §9.5 to §9.7).
final class IntelCollateralVectors {
    private static final Instant NOW = FakeIntel.NOW;
    private static final int TCB_INFO = 3;
    private static final int QE_IDENTITY = 4;
    private static final String INFO = "tcbInfo";
    private static final String IDENTITY = "enclaveIdentity";

    private final HardwareCases cases;

    IntelCollateralVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        signatures();
        times();
        forOthers();
        form();
        quotingEnclave();
        module();
    }

    private static EvidenceOf of(FakeIntel intel) {
        return new EvidenceOf(intel);
    }

    /// A fake Intel's Evidence with another answer.
    private record EvidenceOf(FakeIntel intel) {
        EvidenceBundle tcbInfo(Bytes answer) {
            return with(TCB_INFO, new Endorsement.TcbInfo(answer));
        }

        EvidenceBundle qeIdentity(Bytes answer) {
            return with(QE_IDENTITY, new Endorsement.QeIdentity(answer));
        }

        private EvidenceBundle with(int place, Endorsement endorsement) {
            List<Endorsement> all = intel.endorsements();
            all.set(place, endorsement);
            return bundle(intel, all);
        }
    }

    private void signatures() {
        FakeIntel intel = FakeIntel.sgx();
        String info = intel.tcbInfo().body();
        String identity = intel.qeIdentity().body();
        for (Signer signer :
                List.of(
                        new Signer("another", EcTestKey.named("other")),
                        new Signer("root", intel.root().key()),
                        new Signer("pck-authority", intel.authority().key()),
                        new Signer("pck", intel.pck().key()))) {
            cases.verify(
                    "sgx-tcb-info-signed-by-" + signer.word(),
                    "TCB info signed with a key that isn't the TCB signer's",
                    of(intel).tcbInfo(FakeIntel.answer(INFO, info, signer.sign(info))),
                    FindingCode.INTEL_COLLATERAL_SIGNATURE);
            cases.verify(
                    "sgx-qe-identity-signed-by-" + signer.word(),
                    "QE identity signed with a key that isn't the TCB signer's",
                    of(intel)
                            .qeIdentity(
                                    FakeIntel.answer(IDENTITY, identity, signer.sign(identity))),
                    FindingCode.INTEL_COLLATERAL_SIGNATURE);
        }
        Bytes signature = intel.tcbSigner().key().signRaw(Bytes.utf8(info));
        cases.verify(
                "sgx-tcb-info-spaced",
                "TCB info with a blank that isn't signed: the text counts, not what it says",
                of(intel).tcbInfo(FakeIntel.answer(INFO, info.replace(",", ", "), signature)),
                FindingCode.INTEL_COLLATERAL_SIGNATURE);
        affirm(
                "sgx-tcb-info-signed-spaced",
                "TCB info with blanks that are signed",
                intel,
                intel.answer(INFO, info.replace(",", " ,\n")));
        affirm(
                "sgx-tcb-info-signature-other-half",
                "the other of the two signatures that each ECDSA signature makes: r and n - s",
                intel,
                FakeIntel.answer(INFO, info, SignatureForms.otherHalf(signature)));
    }

    private record Signer(String word, EcTestKey key) {
        Bytes sign(String body) {
            return key.signRaw(Bytes.utf8(body));
        }
    }

    private void affirm(String id, String comment, FakeIntel intel, Bytes tcbInfo) {
        cases.intel(id, comment, of(intel).tcbInfo(tcbInfo), SGX, List.of(), NOW, "affirmed", "");
    }

    private static HardwarePolicy policy(FakeIntel intel) {
        return intel.quote().kind() == TeeType.SGX ? SGX : TDX;
    }

    private void affirm(String id, String comment, FakeIntel intel) {
        cases.affirm(id, comment, intel, policy(intel));
    }

    private void times() {
        FindingCode code = FindingCode.INTEL_COLLATERAL_CURRENT;
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().nextUpdate(NOW);
        affirm("sgx-tcb-info-last-instant", "the last at which it counts", intel);
        cases.verify(
                "sgx-tcb-info-expired",
                "a second after its end",
                intel,
                one -> one.tcbInfo().nextUpdate(NOW.minusSeconds(1)),
                code);
        intel = FakeIntel.sgx();
        intel.tcbInfo().issueDate(NOW);
        affirm("sgx-tcb-info-first-instant", "the first at which it counts", intel);
        cases.verify(
                "sgx-tcb-info-not-begun",
                "a second before its begin",
                intel,
                one -> one.tcbInfo().issueDate(NOW.plusSeconds(1)),
                code);
        intel = FakeIntel.sgx();
        intel.qeIdentity().nextUpdate(NOW);
        affirm("sgx-qe-identity-last-instant", "the last at which it counts", intel);
        cases.verify(
                "sgx-qe-identity-expired",
                "a second after its end",
                intel,
                one -> one.qeIdentity().nextUpdate(NOW.minusSeconds(1)),
                code);
        intel = FakeIntel.sgx();
        intel.qeIdentity().issueDate(NOW);
        affirm("sgx-qe-identity-first-instant", "the first at which it counts", intel);
        cases.verify(
                "sgx-qe-identity-not-begun",
                "a second before its begin",
                intel,
                one -> one.qeIdentity().issueDate(NOW.plusSeconds(1)),
                code);
    }

    private void forOthers() {
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
            boolean sgx = intel.quote().kind() == TeeType.SGX;
            FakeIntel other = sgx ? FakeIntel.tdx() : FakeIntel.sgx();
            String id = sgx ? "sgx" : "tdx";
            cases.unchecked(
                    id + "-tcb-info-of-the-other-kind",
                    "TCB info of this platform for the other kind of quote alone says nothing",
                    of(intel).tcbInfo(other.tcbInfoAnswer()));
            cases.unchecked(
                    id + "-qe-identity-of-the-other-kind",
                    "the identity of the other kind's quoting enclave alone says nothing",
                    of(intel).qeIdentity(other.qeIdentityAnswer()));
            List<Endorsement> both = intel.endorsements();
            other.tcbInfo().evaluation(99);
            other.qeIdentity().evaluation(99);
            both.add(0, new Endorsement.TcbInfo(other.tcbInfoAnswer()));
            both.add(0, new Endorsement.QeIdentity(other.qeIdentityAnswer()));
            cases.intel(
                    id + "-collateral-of-both-kinds",
                    "collateral for the other kind, of a later evaluation, beside its own",
                    bundle(intel, both),
                    policy(intel),
                    List.of(),
                    NOW,
                    "affirmed",
                    "");
        }
        FakeIntel pce = FakeIntel.sgx();
        pce.tcbInfo().pceId(Bytes.copyOf(new byte[] {0, 1}));
        cases.unchecked(
                "sgx-tcb-info-of-another-pce",
                "TCB info for another certifying enclave alone says nothing",
                bundle(pce, pce.endorsements()));
        FakeIntel td = FakeIntel.tdx();
        td.tcbInfo().fmspc(filled(6, 1));
        cases.unchecked(
                "tdx-tcb-info-of-another-family",
                "TCB info of another FMSPC alone says nothing",
                bundle(td, td.endorsements()));
        FakeIntel worse = FakeIntel.tdx();
        worse.tcbInfo().fmspc(filled(6, 1));
        worse.quote().qeReport(256, 1);
        cases.verify(
                "tdx-wrong-enclave-without-tcb-info",
                "what is wrong refuses, whatever is missing beside",
                worse,
                _ -> {},
                FindingCode.INTEL_QE_GENUINE);
        FakeIntel second = FakeIntel.sgx();
        second.tcbInfo().version(2);
        affirm("sgx-tcb-info-v2", "TCB info of version 2", second);
    }

    private void form() {
        FakeIntel intel = FakeIntel.sgx();
        cases.malformed(
                "sgx-answers-swapped",
                "QE identity in the place of TCB info",
                of(intel).tcbInfo(intel.qeIdentityAnswer()));
        cases.malformed(
                "sgx-answers-swapped-back",
                "TCB info in the place of QE identity",
                of(intel).qeIdentity(intel.tcbInfoAnswer()));
        cases.malformed(
                "sgx-answer-renamed",
                "QE identity under the name of TCB info, signed",
                of(intel).tcbInfo(intel.answer(INFO, intel.qeIdentity().body())));
        String answer = new String(intel.tcbInfoAnswer().toArray(), StandardCharsets.UTF_8);
        cases.malformed(
                "sgx-answer-trailing",
                "something behind the answer",
                of(intel).tcbInfo(Bytes.utf8(answer + "x")));
        cases.malformed(
                "sgx-answer-signature-longer",
                "a signature with two digits in front",
                of(intel)
                        .tcbInfo(
                                Bytes.utf8(
                                        answer.replace("\"signature\":\"", "\"signature\":\"00"))));
        altered("unknown-member", "\"tcbType\":0", "\"tcbType\":0,\"extra\":0");
        altered("double-member", "\"tcbType\":0", "\"tcbType\":0,\"tcbType\":0");
        altered("unknown-status", "\"UpToDate\"", "\"Fine\"");
        altered("fraction", "\"pcesvn\":13", "\"pcesvn\":13.0");
        altered("no-such-day", "2026-01-31T00:00:00Z", "2026-02-31T00:00:00Z");
        altered("other-version", "\"version\":3", "\"version\":4");
        altered(
                "seventeen-components",
                "\"sgxtcbcomponents\":[",
                "\"sgxtcbcomponents\":[{\"svn\":0},");
    }

    private void altered(String id, String part, String other) {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().replace(part, other);
        cases.malformed(
                "sgx-tcb-info-" + id,
                "TCB info that Intel signed in a form it doesn't have",
                intel);
    }

    private void quotingEnclave() {
        FindingCode code = FindingCode.INTEL_QE_GENUINE;
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
            String id = intel.quote().kind() == TeeType.SGX ? "sgx" : "tdx";
            cases.verify(
                    id + "-qe-signer",
                    "a quoting enclave of another signer",
                    intel,
                    one -> one.quote().qeReport(159, 0),
                    code);
        }
        cases.verify(
                "sgx-qe-product",
                "another product of that signer",
                FakeIntel.sgx(),
                intel -> intel.quote().qeReport(256, 2),
                code);
        cases.verify(
                "sgx-qe-misc-select",
                "MISCSELECT that the identity rules out",
                FakeIntel.sgx(),
                intel -> intel.quote().qeReport(16, 1),
                code);
        cases.verify(
                "sgx-qe-debug",
                "a quoting enclave that can be looked into",
                FakeIntel.sgx(),
                intel -> intel.quote().qeReport(48, 0x17),
                code);
        FakeIntel open = FakeIntel.sgx();
        open.quote().qeReport(56, 0xe7);
        affirm("sgx-qe-mask", "attributes that the identity's mask leaves open", open);
    }

    private void module() {
        FindingCode code = FindingCode.INTEL_TDX_MODULE;
        cases.verify(
                "tdx-module-unlisted",
                "a major version of the module that TCB info doesn't list",
                FakeIntel.tdx(),
                intel -> intel.quote().body(1, 2),
                code);
        cases.verify(
                "tdx-modules-none",
                "TCB info that lists no later major version",
                FakeIntel.tdx(),
                intel -> intel.tcbInfo().noModules(),
                code);
        for (int major : new int[] {0, 1}) {
            cases.verify(
                    "tdx-module-signer-" + major,
                    "a module of another signer",
                    FakeIntel.tdx(),
                    intel -> intel.quote().body(1, major).body(111, 1),
                    code);
        }
        cases.verify(
                "tdx-module-attributes",
                "a module with attributes",
                FakeIntel.tdx(),
                intel -> intel.quote().body(112, 1),
                code);
        cases.verify(
                "tdx-module-attributes-listed",
                "a module with attributes, which TCB info lists",
                FakeIntel.tdx(),
                intel -> {
                    intel.quote().body(1, 0).body(112, 1);
                    intel.tcbInfo()
                            .moduleAttributes(Bytes.copyOf(new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
                },
                code);
    }
}
