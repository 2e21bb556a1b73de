package io.cloister.cli;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpCpu;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Appraiser;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.VerifiedEvidence;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.IntelTcb;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a case says must come out. Every member of it is read in its form and compared, but those
/// of an expired case that say what would have come out otherwise; one that isn't known is refused,
/// so that nothing in a file passes for having been checked.
///
/// @param outcome which of the outcomes
/// @param members what claims and built-in policy must say, as JSON texts by name; those of a
///   report's fields were compared when it was read
/// @param differences that were found when the Evidence was read
record ExpectedVerdict(Outcome outcome, Map<String, String> members, List<String> differences) {
    private static final int MAX_TEXT = 200;
    private static final int MAX_ADVISORIES = 100;
    private static final Set<String> INTEL =
            Set.of(
                    "signatures",
                    "pckRevoked",
                    "debug",
                    "tcbStatus",
                    "sgxTcbStatus",
                    "tdxTcbStatus",
                    "tdxModule",
                    "qeStatus",
                    "tcbDate",
                    "advisoryIDs");

    /// Whether the built-in policy refuses the Evidence for debugging.
    private static final String DEBUG_REFUSED = "debugRefused";

    private static final String ACCEPT = "accept";
    private static final String DEBUG = "signature valid; reject by default policy (debug)";
    private static final String READ_ONLY = "parse only (no certificate)";

    /// What refuses for the time alone.
    private static final Set<FindingCode> EXPIRY =
            EnumSet.of(
                    FindingCode.INTEL_CERTIFICATE_VALIDITY,
                    FindingCode.INTEL_CRL_CURRENT,
                    FindingCode.INTEL_COLLATERAL_CURRENT);

    /// What may come out.
    enum Outcome {
        AUTHENTIC("authentic"),
        EXPIRED("not authentic, and only because something has expired"),
        READ("read, not verified, for want of a certificate");

        private final String words;

        Outcome(String words) {
            this.words = words;
        }
    }

    ExpectedVerdict {
        members = Map.copyOf(members);
        differences = List.copyOf(differences);
    }

    static ExpectedVerdict intel(Fields expect) throws MalformedException {
        Map<String, String> members = new HashMap<>();
        for (String name : INTEL) {
            if (expect.has(name)) {
                checkForm(name, expect);
                String value = comparable(name, expect.any(name)).text();
                members.put(name, value);
                if (name.equals("debug")) {
                    members.put(DEBUG_REFUSED, value);
                }
            }
        }
        if (!expect.has("reject")) {
            expect.end();
            return new ExpectedVerdict(Outcome.AUTHENTIC, members, List.of());
        }
        expect.string("reject", 1, MAX_TEXT);
        expect.optionalText("tcbStatusIfCrlIgnored", TcbStatus::parse);
        expect.end();
        // Signatures and revocation are compared by the reasons: another one than expiry is found.
        return new ExpectedVerdict(Outcome.EXPIRED, Map.of(), List.of());
    }

    /// Reads a member in the only form that it can have.
    private static void checkForm(String name, Fields expect) throws MalformedException {
        switch (name) {
            case "signatures" -> expect.constant(name, "valid");
            case "pckRevoked", "debug" -> expect.bool(name);
            case "tcbDate" -> expect.text(name, EvidenceCases::instant);
            case "advisoryIDs" -> expect.texts(name, MAX_ADVISORIES, (text, _) -> text);
            case "tdxModule" -> {
                if (!isAbsent(name, expect)) {
                    checkModule(expect.list(name, 3, (part, _) -> part), expect.path(name));
                }
            }
            default -> {
                if (!isAbsent(name, expect)) {
                    expect.text(name, TcbStatus::parse);
                }
            }
        }
    }

    private static void checkModule(List<Json> parts, String path) throws MalformedException {
        if (parts.size() == 3
                && parts.get(0) instanceof Json.Str
                && parts.get(1) instanceof Json.Num
                && parts.get(2) instanceof Json.Str(var status)) {
            TcbStatus.parse(status, path);
            return;
        }
        throw new MalformedException(path, "id, version and status", "others");
    }

    private static boolean isAbsent(String name, Fields expect) throws MalformedException {
        return expect.any(name) instanceof Json.Null;
    }

    /// A module is named by id, security version of its level, and status; claims have the level's
    /// date instead of its version. Advisories are a set.
    private static Json comparable(String name, Json value) {
        if (name.equals("advisoryIDs")) {
            return sorted(value);
        }
        return name.equals("tdxModule") && value instanceof Json.Arr(var parts) && parts.size() == 3
                ? Json.array(List.of(parts.get(0), parts.get(2)))
                : value;
    }

    private static Json sorted(Json value) {
        return value instanceof Json.Arr(var elements)
                ? Json.array(elements.stream().sorted(Comparator.comparing(Json::text)).toList())
                : value;
    }

    static ExpectedVerdict snp(Fields expect, SnpReport report) throws MalformedException {
        List<String> differences = new ArrayList<>();
        String result = expect.string("result", 1, MAX_TEXT);
        if (!List.of(ACCEPT, DEBUG, READ_ONLY).contains(result)) {
            throw new MalformedException(
                    expect.path("result"), ACCEPT + ", " + DEBUG + " or " + READ_ONLY, result);
        }
        for (Map.Entry<String, Json> field : fields(report).entrySet()) {
            if (expect.has(field.getKey())) {
                compare(
                        field.getKey(),
                        expect.any(field.getKey()).text(),
                        field.getValue().text(),
                        differences);
            }
        }
        expect.end();
        return result.equals(READ_ONLY)
                ? new ExpectedVerdict(Outcome.READ, Map.of(), differences)
                : new ExpectedVerdict(
                        Outcome.AUTHENTIC,
                        Map.of(DEBUG_REFUSED, Json.of(result.equals(DEBUG)).text()),
                        differences);
    }

    /// Of a report that nothing came with.
    List<String> read() {
        List<String> found = new ArrayList<>(differences);
        if (outcome != Outcome.READ) {
            found.add(otherOutcome("read, not verified"));
        }
        return found;
    }

    List<String> differencesOf(VerifiedEvidence evidence) {
        List<String> found = new ArrayList<>(differences);
        if (outcome != Outcome.AUTHENTIC) {
            found.add(otherOutcome("authentic"));
            return found;
        }
        Map<String, Json> actual = new HashMap<>(actual(evidence.claims()));
        actual.put(DEBUG_REFUSED, Json.of(isRefusedForDebugging(evidence)));
        for (Map.Entry<String, String> member : members.entrySet()) {
            String name = member.getKey();
            Json value = actual.getOrDefault(name, new Json.Null());
            compare(name, member.getValue(), value.text(), found);
        }
        return found;
    }

    /// By the policy that everyone has who has written none.
    private static boolean isRefusedForDebugging(VerifiedEvidence evidence) {
        AttestationResult result =
                Appraiser.appraise(
                        evidence,
                        AppraisalPolicy.builtIn(),
                        new Expectation(evidence.claims().reportData()),
                        evidence.verifiedAt());
        return result.findings().stream()
                .anyMatch(finding ->
                        finding.code() == FindingCode.DEBUG
                                && finding.outcome() == Finding.Outcome.NOT_MET);
    }

    /// Of a report, all fields of which were compared when it was read. There is nothing to
    /// appraise, so nothing can come of it that a policy would say.
    ///
    /// @param debug whether the report's guest may be looked into by a debugger, which the policy
    ///   that everyone has refuses
    List<String> differencesUnlessRevoked(boolean debug) {
        List<String> found = new ArrayList<>(differences);
        if (outcome != Outcome.AUTHENTIC
                || !Json.of(debug).text().equals(members.get(DEBUG_REFUSED))) {
            found.add(
                    otherOutcome(
                            "authentic unless revoked, debugging "
                                    + (debug ? "allowed" : "not allowed")));
        }
        return found;
    }

    List<String> refused(List<Finding> findings) {
        List<String> found = new ArrayList<>(differences);
        Set<FindingCode> reasons =
                findings.stream()
                        .filter(finding -> finding.outcome() == Finding.Outcome.NOT_MET)
                        .map(Finding::code)
                        .collect(Collectors.toSet());
        if (outcome != Outcome.EXPIRED || reasons.isEmpty() || !EXPIRY.containsAll(reasons)) {
            found.add(
                    otherOutcome(
                            "not authentic: "
                                    + EvidenceCases.codes(findings, Finding.Outcome.NOT_MET)));
        }
        return found;
    }

    List<String> couldNotCheck(CouldNotCheckException reason) {
        List<String> found = new ArrayList<>(differences);
        found.add(otherOutcome("could not check: " + reason.getMessage()));
        return found;
    }

    private String otherOutcome(String actual) {
        return "expected " + outcome.words + ", got " + actual;
    }

    String summary(Claims claims) {
        return switch (claims) {
            case Claims.Sgx sgx -> sgx.tcb().status().word();
            case Claims.Tdx tdx -> tdx.tcb().status().word();
            case Claims.Snp snp -> snp.product().word();
            case Claims.Simulated _ -> "simulated";
        };
    }

    private static void compare(
            String name, String expected, String actual, List<String> differences) {
        if (!expected.equals(actual)) {
            differences.add(name + ": expected " + expected + ", got " + actual);
        }
    }

    private static Map<String, Json> actual(Claims claims) {
        return switch (claims) {
            case Claims.Sgx sgx -> intel(sgx.tcb(), sgx.enclave().attributes().debug());
            case Claims.Tdx tdx -> intel(tdx.tcb(), tdx.td().attributes().debug());
            case Claims.Snp _, Claims.Simulated _ -> Map.of();
        };
    }

    private static Map<String, Json> intel(IntelTcb tcb, boolean debug) {
        Map<String, Json> actual = new HashMap<>();
        actual.put("signatures", Json.of("valid"));
        actual.put("pckRevoked", Json.of(false));
        actual.put("debug", Json.of(debug));
        actual.put("tcbStatus", Json.of(tcb.status().word()));
        put("sgxTcbStatus", tcb.sgx(), actual);
        put("tdxTcbStatus", tcb.tdx(), actual);
        put("qeStatus", tcb.qe(), actual);
        tcb.module()
                .ifPresent(module ->
                        actual.put(
                                "tdxModule",
                                Described.texts(List.of(module.name(), module.status().word()))));
        tcb.platform()
                .ifPresent(level -> {
                    actual.put("tcbDate", Described.time(level.tcbDate()));
                    actual.put("advisoryIDs", sorted(Described.texts(level.advisoryIds())));
                });
        return actual;
    }

    private static void put(String name, Optional<IntelTcb.Level> level, Map<String, Json> actual) {
        level.ifPresent(present -> actual.put(name, Json.of(present.status().word())));
    }

    private static Map<String, Json> fields(SnpReport report) {
        Map<String, Json> fields = new HashMap<>();
        fields.put("version", Json.of(report.version()));
        fields.put("guest_svn", Json.of(report.guestSvn()));
        fields.put("policy", Json.of(report.policy().toString()));
        fields.put("abi", Json.of(report.policy().abiMajor() + "." + report.policy().abiMinor()));
        fields.put("debug", Json.of(report.policy().debugAllowed()));
        fields.put("smt", Json.of(report.policy().smtAllowed()));
        fields.put("migrate_ma", Json.of(report.policy().migrationAgentAllowed()));
        fields.put("vmpl", Json.of(report.vmpl()));
        fields.put("signing_key", Json.of(signingKey(report.signingKey())));
        fields.put("mask_chip", Json.of(report.chipKeyMasked() ? 1 : 0));
        fields.put("author_key_en", Json.of(report.authorKeyPresent() ? 1 : 0));
        fields.put("platform_info", Json.of(report.platformInfo().toString()));
        fields.put("measurement", Described.hex(report.measurement()));
        fields.put("report_data", Described.hex(report.reportData()));
        fields.put("host_data", Described.hex(report.hostData()));
        fields.put("id_key_digest", Described.hex(report.idKeyDigest()));
        fields.put("author_key_digest", Described.hex(report.authorKeyDigest()));
        fields.put("report_id", Described.hex(report.reportId()));
        fields.put("chip_id", Described.hex(report.chipId()));
        fields.put("cpuid", Json.of(report.cpu().map(ExpectedVerdict::cpu).orElse("000000")));
        fields.put("current_tcb", Described.hex(report.currentTcb().raw()));
        fields.put("reported_tcb", Described.hex(report.reportedTcb().raw()));
        fields.put("committed_tcb", Described.hex(report.committedTcb().raw()));
        fields.put("launch_tcb", Described.hex(report.launchTcb().raw()));
        return fields;
    }

    private static String signingKey(SigningKey key) {
        return key.name();
    }

    private static String cpu(SnpCpu cpu) {
        return String.format("%02x%02x%02x", cpu.family(), cpu.model(), cpu.stepping());
    }
}
