package io.cloister.attestation.testkit;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.PlatformCertificate;
import io.cloister.attestation.evidence.PlatformInstance;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SimulatedStatement;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// Makes the vectors of `spec/vectors/attestation/simulated`: accepted cases, and for each check at
/// least one case that differs from an accepted one in just what that check is about. The same on
/// every machine and in every run.
public final class SimulatedVectors {
    /// The instant for which most are made.
    static final Instant NOW = Instant.parse("2027-03-04T05:06:07Z");

    private static final Bytes REPORT_DATA = digest64("report data");
    private static final Measurement MEASUREMENT =
            new Measurement(digest("agent"), digest("python"), digest("runtime"));

    private final SimulatedVendor vendor = new SimulatedVendor("vectors");
    private final SimulatedVendor stranger = new SimulatedVendor("stranger");
    private final PlatformCertificate certificate = vendor.certificate(NOW);
    private final SimulatedStatement statement = vendor.statement(MEASUREMENT, REPORT_DATA, NOW);
    private final SimulatedPolicy policy =
            SimulatedPolicy.pinned(
                    vendor.root().publicKey(),
                    List.of(
                            new ReferenceValue(
                                    "another build",
                                    new Measurement(digest("x"), digest("y"), digest("z"))),
                            new ReferenceValue("this build", MEASUREMENT)));
    private final List<VectorCase> cases = new ArrayList<>();

    private SimulatedVectors() {}

    /// All vectors, in order.
    public static List<VectorCase> all() {
        var vectors = new SimulatedVectors();
        vectors.affirmed();
        vectors.malformed();
        vectors.certificates();
        vectors.statements();
        vectors.unacceptable();
        return List.copyOf(vectors.cases);
    }

    /// The evidence bundle of the first, plainly accepted vector.
    public static EvidenceBundle accepted() {
        var vectors = new SimulatedVectors();
        return vectors.vendor.bundle(vectors.certificate, vectors.statement);
    }

    private void affirmed() {
        affirm("plain", "an honest platform's Evidence under a strict policy", honest(), policy);
        affirm(
                "any-measurement",
                "a measurement the policy doesn't list, relaxed by name",
                vendor.bundle(
                        certificate, with(new Measurement(digest("?"), digest("?"), digest("?")))),
                policy.allowAnyMeasurement("a test"));
        affirm(
                "any-root",
                "another installation's root, relaxed by name",
                stranger.bundle(MEASUREMENT, REPORT_DATA, NOW),
                policy.allowAnyRoot("a test"));
        affirm(
                "debug-allowed",
                "a debuggable enclave, relaxed by name",
                vendor.bundle(certificate, debuggable()),
                policy.allowDebug("a test"));
        affirm(
                "clock-tolerance",
                "made exactly five minutes after the verifier's instant",
                vendor.bundle(certificate, issued(NOW.plus(Duration.ofMinutes(5)))),
                policy);
        add(
                "first-instant",
                "at the certificate's first instant",
                bytes(vendor.bundle(certificate, issued(certificate.notBefore()))),
                policy,
                List.of(),
                certificate.notBefore(),
                "affirmed",
                "");
        add(
                "last-instant",
                "at the certificate's last instant",
                bytes(honest()),
                policy,
                List.of(),
                certificate.notAfter(),
                "affirmed",
                "");
        add(
                "narrowed-to-it",
                "the computation is narrowed to this enclave",
                bytes(honest()),
                policy,
                List.of("simulated:" + "0".repeat(64), MEASUREMENT.text()),
                NOW,
                "affirmed",
                "");
    }

    private void malformed() {
        String honest = text(honest());
        parse("empty", "nothing at all", "");
        parse("trailing-line-feed", "one byte behind the document", honest + "\n");
        parse("trailing-document", "a second document behind the first", honest + honest);
        parse("truncated", "the last byte is missing", honest.substring(0, honest.length() - 1));
        parse("leading-blank", "one blank before the document", " " + honest);
        parse(
                "blank-inside",
                "not canonical: a blank after a colon",
                honest.replaceFirst("\":", "\": "));
        parse("member-order", "not canonical: members in another order", reordered());
        parse(
                "duplicate-member",
                "one member twice",
                honest.replaceFirst("\\{", "{\"endorsements\":[],"));
        parse(
                "unknown-member",
                "a member nobody asked for",
                honest.substring(0, honest.length() - 1) + ",\"zzz\":1}");
        parse("missing-endorsements", "no endorsements member", without("endorsements"));
        parse("missing-evidence", "no evidence member", without("evidence"));
        parse(
                "other-type",
                "another document's type",
                honest.replace(EvidenceBundle.TYPE, AppraisalPolicy.TYPE));
        parse("short-signature", "a signature of 63 bytes", shortSignature());
        parse(
                "no-signature",
                "an envelope without signature",
                honest.replaceFirst("\"signatures\":\\[\\{[^}]*}]", "\"signatures\":[]"));
        parse(
                "two-signatures",
                "an envelope with two signatures",
                honest.replaceFirst("\"signatures\":\\[(\\{[^}]*})]", "\"signatures\":[$1,$1]"));
        parse(
                "base64-without-padding",
                "a signature in a second encoding of the same bytes",
                honest.replaceFirst("==\"", "\""));
        parse("endorsement-twice", "the same root twice", twice());
        parse(
                "small-order-root",
                "an endorsed root of small order, under which signatures prove nothing",
                honest.replace(
                        vendor.root().publicKey().toString(), "ed25519:01" + "00".repeat(31)));
        parse("too-long", "longer than 64 KiB", honest + " ".repeat(64 << 10));
        add(
                "not-utf-8",
                "a byte that is no UTF-8",
                Bytes.concat(
                        Bytes.utf8(honest.substring(0, 40)),
                        Bytes.copyOf(new byte[] {(byte) 0xff})),
                policy,
                List.of(),
                NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
        add(
                "unknown-kind",
                "Evidence of a kind this version doesn't know",
                Bytes.utf8(
                        honest.replace(
                                "\"kind\":\"simulated\",\"statement\"",
                                "\"kind\":\"tpm\",\"statement\"")),
                policy,
                List.of(),
                NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_KIND_KNOWN);
        add(
                "unknown-endorsement-kind",
                "an Endorsement of a kind this version doesn't know",
                Bytes.utf8(
                        honest.replace(
                                "\"kind\":\"simulated\",\"root\"", "\"kind\":\"tpm\",\"root\"")),
                policy,
                List.of(),
                NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_KIND_KNOWN);
        add(
                "no-endorsement",
                "no Endorsement for this kind of Evidence: neither accepted nor refused",
                bytes(new EvidenceBundle(honest().evidence(), new Endorsements(List.of()))),
                policy,
                List.of(),
                NOW,
                "could-not-check",
                "");
    }

    private void certificates() {
        verify(
                "root-not-endorsed",
                "the certificate names a root that isn't endorsed",
                new EvidenceBundle(honest().evidence(), stranger.endorsements()),
                FindingCode.SIMULATED_ROOT_ENDORSED);
        verify(
                "certificate-by-another-key",
                "signed by another key that claims to be the root",
                evidence(
                        claiming(stranger.root().sign(PlatformCertificate.TYPE, certificate)),
                        signed(statement)),
                FindingCode.SIMULATED_CERTIFICATE_SIGNATURE);
        verify(
                "certificate-by-the-platform",
                "the platform's key certifies itself",
                evidence(
                        claiming(vendor.platform().sign(PlatformCertificate.TYPE, certificate)),
                        signed(statement)),
                FindingCode.SIMULATED_CERTIFICATE_SIGNATURE);
        verify(
                "certificate-signature-bit",
                "one bit of the certificate's signature",
                evidence(flipped(certified(certificate)), signed(statement)),
                FindingCode.SIMULATED_CERTIFICATE_SIGNATURE);
        verify(
                "certificate-expired",
                "one second after the certificate's last instant",
                evidence(
                        certified(valid(certificate.notBefore(), NOW.minusSeconds(1))),
                        signed(issued(NOW.minusSeconds(1)))),
                FindingCode.SIMULATED_CERTIFICATE_UNEXPIRED);
        verify(
                "certificate-not-yet-valid",
                "one second before the certificate's first instant",
                evidence(
                        certified(valid(NOW.plusSeconds(1), certificate.notAfter())),
                        signed(issued(NOW.plusSeconds(1)))),
                FindingCode.SIMULATED_CERTIFICATE_BEGUN);
        verify(
                "certificate-of-another-platform-key",
                "the root certifies another key than the one that signed",
                evidence(certified(ofAnotherKey()), signed(statement)),
                FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        verify(
                "certificate-of-another-installation",
                "a genuine certificate of another installation",
                evidence(
                        stranger.root().sign(PlatformCertificate.TYPE, stranger.certificate(NOW)),
                        signed(statement)),
                FindingCode.SIMULATED_ROOT_ENDORSED);
        certificateForm(
                "certificate-validity-inverted",
                "validity ends before it begins",
                json -> json.replaceFirst("\"notAfter\":[0-9]+", "\"notAfter\":1"));
        certificateForm(
                "certificate-not-canonical", "signed, but not canonical JSON", json -> json + " ");
        certificateForm(
                "certificate-unknown-member",
                "signed, with a member nobody asked for",
                json -> json.substring(0, json.length() - 1) + ",\"zzz\":1}");
        certificateForm(
                "certificate-of-another-type",
                "signed, of another type inside than outside",
                json -> json.replace("platform-certificate.v1", "platform-certificate.v2"));
        verify(
                "statement-as-certificate",
                "a document of one type in the place of another",
                evidence(vendor.root().sign(SimulatedStatement.TYPE, statement), signed(statement)),
                FindingCode.SIMULATED_CERTIFICATE_FORM);
    }

    private void statements() {
        verify(
                "statement-signature-bit",
                "one bit of the statement's signature",
                evidence(certified(certificate), flipped(signed(statement))),
                FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        verify(
                "statement-by-another-key",
                "signed by a key that no certificate names",
                evidence(
                        certified(certificate),
                        stranger.platform().sign(SimulatedStatement.TYPE, statement)),
                FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        verify(
                "statement-by-the-root",
                "signed by the root itself: it certifies, it doesn't attest",
                evidence(
                        certified(certificate),
                        vendor.root().sign(SimulatedStatement.TYPE, statement)),
                FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        verify(
                "statement-altered",
                "one measurement changed after signing",
                evidence(certified(certificate), altered()),
                FindingCode.SIMULATED_STATEMENT_SIGNATURE);
        verify(
                "statement-of-another-instance",
                "the platform key signs for another platform instance",
                vendor.bundle(certificate, ofAnotherInstance()),
                FindingCode.SIMULATED_INSTANCE);
        verify(
                "statement-before-certificate",
                "made one second before its certificate's validity",
                vendor.bundle(certificate, issued(certificate.notBefore().minusSeconds(1))),
                FindingCode.SIMULATED_ISSUED_AT);
        verify(
                "statement-from-the-future",
                "made five minutes and a second after the verifier's instant",
                vendor.bundle(certificate, issued(NOW.plus(Duration.ofMinutes(5)).plusSeconds(1))),
                FindingCode.SIMULATED_ISSUED_AT);
        statementForm(
                "statement-not-canonical", "signed, but not canonical JSON", json -> " " + json);
        statementForm(
                "statement-unknown-member",
                "signed, with a member nobody asked for",
                json -> json.substring(0, json.length() - 1) + ",\"zzz\":1}");
        statementForm(
                "statement-unknown-flag",
                "signed, with a flag this version can't judge",
                json -> json.replace("\"debug\":false", "\"debug\":false,\"migratable\":true"));
        statementForm(
                "statement-short-report-data",
                "signed, with 63 bytes of report data",
                json -> json.replace(REPORT_DATA.hex(), REPORT_DATA.hex().substring(2)));
        statementForm(
                "statement-upper-case",
                "signed, with upper-case hexadecimal digits",
                json -> json.replace(REPORT_DATA.hex(), REPORT_DATA.hex().replace('a', 'A')));
        statementForm(
                "statement-of-another-type",
                "signed, of another type inside than outside",
                json -> json.replace("simulated-evidence.v1", "simulated-evidence.v2"));
        verify(
                "all-reasons-at-once",
                "expired, of another instance, and from the future",
                evidence(
                        certified(valid(certificate.notBefore(), NOW.minusSeconds(1))),
                        signed(
                                new SimulatedStatement(
                                        MEASUREMENT,
                                        REPORT_DATA,
                                        false,
                                        stranger.instance(),
                                        NOW.plus(Duration.ofHours(1))))),
                FindingCode.SIMULATED_CERTIFICATE_UNEXPIRED,
                FindingCode.SIMULATED_INSTANCE,
                FindingCode.SIMULATED_ISSUED_AT);
    }

    private void unacceptable() {
        appraise(
                "report-data",
                "about other report data",
                vendor.bundle(MEASUREMENT, digest64("other report data"), NOW),
                policy,
                FindingCode.REPORT_DATA);
        appraise(
                "other-agent",
                "another agent",
                vendor.bundle(
                        certificate,
                        with(
                                new Measurement(
                                        digest("?"), MEASUREMENT.python(), MEASUREMENT.runtime()))),
                policy,
                FindingCode.MEASUREMENT);
        appraise(
                "other-python",
                "another Python package",
                vendor.bundle(
                        certificate,
                        with(
                                new Measurement(
                                        MEASUREMENT.agent(), digest("?"), MEASUREMENT.runtime()))),
                policy,
                FindingCode.MEASUREMENT);
        appraise(
                "other-runtime",
                "another runtime",
                vendor.bundle(
                        certificate,
                        with(
                                new Measurement(
                                        MEASUREMENT.agent(), MEASUREMENT.python(), digest("?")))),
                policy,
                FindingCode.MEASUREMENT);
        appraise(
                "parts-exchanged",
                "the right digests in each other's place",
                vendor.bundle(
                        certificate,
                        with(
                                new Measurement(
                                        MEASUREMENT.python(),
                                        MEASUREMENT.agent(),
                                        MEASUREMENT.runtime()))),
                policy,
                FindingCode.MEASUREMENT);
        appraise(
                "debug",
                "a debuggable enclave",
                vendor.bundle(certificate, debuggable()),
                policy,
                FindingCode.DEBUG);
        appraise(
                "other-root",
                "a genuine platform under a root the policy doesn't pin",
                stranger.bundle(MEASUREMENT, REPORT_DATA, NOW),
                policy,
                FindingCode.ROOT_PINNED);
        appraise(
                "hardware-policy",
                "simulated Evidence under the built-in policy",
                honest(),
                AppraisalPolicy.builtIn(),
                FindingCode.EVIDENCE_KIND_ACCEPTED,
                FindingCode.REFERENCE_VALUES_PRESENT);
        appraise(
                "no-reference-values",
                "a policy that lists nothing accepts nothing",
                honest(),
                SimulatedPolicy.pinned(vendor.root().publicKey(), List.of()),
                FindingCode.REFERENCE_VALUES_PRESENT);
        add(
                "narrowed-away",
                "the policy accepts it, the computation doesn't",
                bytes(honest()),
                policy,
                List.of("simulated:" + "0".repeat(64)),
                NOW,
                "refused",
                "appraise",
                FindingCode.MEASUREMENT_NARROWED);
        add(
                "narrowing-never-widens",
                "the computation accepts it, the policy doesn't",
                bytes(honest()),
                SimulatedPolicy.pinned(
                        vendor.root().publicKey(), List.of(policyValueOfAnotherBuild())),
                List.of(MEASUREMENT.text()),
                NOW,
                "refused",
                "appraise",
                FindingCode.MEASUREMENT);
        add(
                "narrowed-to-another-kind",
                "the right digits under another kind",
                bytes(honest()),
                policy,
                List.of(MEASUREMENT.text().replace("simulated:", "sgx:")),
                NOW,
                "refused",
                "appraise",
                FindingCode.MEASUREMENT_NARROWED);
    }

    // What cases are made of.

    private EvidenceBundle honest() {
        return vendor.bundle(certificate, statement);
    }

    private EvidenceBundle evidence(Envelope certified, Envelope signed) {
        return new EvidenceBundle(new SimulatedEvidence(certified, signed), vendor.endorsements());
    }

    private Envelope certified(PlatformCertificate any) {
        return vendor.root().sign(PlatformCertificate.TYPE, any);
    }

    private Envelope signed(SimulatedStatement any) {
        return vendor.platform().sign(SimulatedStatement.TYPE, any);
    }

    private Envelope claiming(Envelope envelope) {
        return new Envelope(
                envelope.payloadType(),
                envelope.payload(),
                vendor.root().publicKey().fingerprint(),
                envelope.signature());
    }

    private static Envelope flipped(Envelope envelope) {
        byte[] signature = envelope.signature().toArray();
        signature[0] ^= 1;
        return new Envelope(
                envelope.payloadType(),
                envelope.payload(),
                envelope.keyId(),
                Bytes.copyOf(signature));
    }

    private Envelope altered() {
        Envelope honest = signed(statement);
        Envelope other = signed(with(new Measurement(digest("?"), digest("?"), digest("?"))));
        return new Envelope(
                honest.payloadType(), other.payload(), honest.keyId(), honest.signature());
    }

    private SimulatedStatement with(Measurement measurement) {
        return vendor.statement(measurement, REPORT_DATA, NOW);
    }

    private SimulatedStatement issued(Instant instant) {
        return vendor.statement(MEASUREMENT, REPORT_DATA, instant);
    }

    private SimulatedStatement debuggable() {
        return new SimulatedStatement(MEASUREMENT, REPORT_DATA, true, vendor.instance(), NOW);
    }

    private SimulatedStatement ofAnotherInstance() {
        PlatformInstance other = stranger.instance();
        return new SimulatedStatement(MEASUREMENT, REPORT_DATA, false, other, NOW);
    }

    private PlatformCertificate valid(Instant notBefore, Instant notAfter) {
        return new PlatformCertificate(
                certificate.platformKey(), certificate.instance(), notBefore, notAfter);
    }

    private PlatformCertificate ofAnotherKey() {
        return new PlatformCertificate(
                stranger.platform().publicKey(),
                certificate.instance(),
                certificate.notBefore(),
                certificate.notAfter());
    }

    private static ReferenceValue policyValueOfAnotherBuild() {
        return new ReferenceValue(
                "another build", new Measurement(digest("x"), digest("y"), digest("z")));
    }

    private String reordered() {
        return "{\"type\":\""
                + EvidenceBundle.TYPE
                + "\",\"evidence\":"
                + honest().evidence().toJson().text()
                + ",\"endorsements\":"
                + honest().endorsements().toJson().text()
                + "}";
    }

    private String without(String member) {
        var left = Json.object();
        ((Json.Obj) honest().toJson())
                .members()
                .forEach((name, value) -> {
                    if (!name.equals(member)) {
                        left.put(name, value);
                    }
                });
        return left.build().text();
    }

    private String shortSignature() {
        Bytes signature = signed(statement).signature();
        Bytes shorter = Bytes.copyOf(Arrays.copyOf(signature.toArray(), signature.length() - 1));
        return text(honest()).replace(signature.base64(), shorter.base64());
    }

    private String twice() {
        String once = vendor.endorsements().all().getFirst().toJson().text();
        return text(honest()).replace("[" + once + "]", "[" + once + "," + once + "]");
    }

    // How cases are recorded.

    private void affirm(String id, String comment, EvidenceBundle bundle, AppraisalPolicy under) {
        add(id, comment, bytes(bundle), under, List.of(), NOW, "affirmed", "");
    }

    private void parse(String id, String comment, String bundle) {
        add(
                id,
                comment,
                Bytes.utf8(bundle),
                policy,
                List.of(),
                NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    private void verify(String id, String comment, EvidenceBundle bundle, FindingCode... codes) {
        add(id, comment, bytes(bundle), policy, List.of(), NOW, "refused", "verify", codes);
    }

    private void certificateForm(String id, String comment, UnaryOperator<String> change) {
        verify(
                id,
                comment,
                evidence(changed(vendor.root(), certified(certificate), change), signed(statement)),
                FindingCode.SIMULATED_CERTIFICATE_FORM);
    }

    private void statementForm(String id, String comment, UnaryOperator<String> change) {
        verify(
                id,
                comment,
                evidence(
                        certified(certificate),
                        changed(vendor.platform(), signed(statement), change)),
                FindingCode.SIMULATED_STATEMENT_FORM);
    }

    private void appraise(
            String id,
            String comment,
            EvidenceBundle bundle,
            AppraisalPolicy under,
            FindingCode... codes) {
        add(id, comment, bytes(bundle), under, List.of(), NOW, "refused", "appraise", codes);
    }

    private void add(
            String id,
            String comment,
            Bytes bundle,
            AppraisalPolicy under,
            List<String> measurements,
            Instant instant,
            String outcome,
            String stage,
            FindingCode... codes) {
        cases.add(
                new VectorCase(
                        id,
                        comment,
                        bundle,
                        under,
                        REPORT_DATA,
                        measurements,
                        instant,
                        instant,
                        outcome,
                        stage,
                        Arrays.stream(codes).map(FindingCode::code).toList()));
    }

    private static Envelope changed(TestKey key, Envelope envelope, UnaryOperator<String> change) {
        String payload = new String(envelope.payload().toArray(), StandardCharsets.UTF_8);
        return key.sign(envelope.payloadType(), Bytes.utf8(change.apply(payload)));
    }

    private static Bytes bytes(EvidenceBundle bundle) {
        return bundle.canonical();
    }

    private static String text(EvidenceBundle bundle) {
        return bundle.toJson().text();
    }

    private static Sha256 digest(String name) {
        return Sha256.of(Bytes.utf8(name));
    }

    private static Bytes digest64(String name) {
        return Bytes.concat(digest(name).value(), digest(name + "'").value());
    }
}
