package io.cloister.cli;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.UnlessRevoked;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Runs a file of cases: pieces of Evidence with the collateral and instant to verify them with,
/// and what must come out (docs/reference/evidence-cases.md). Other implementations can run the
/// same files.
///
/// @param folder that the paths in the file are relative to
/// @param verifier judged here
record EvidenceCases(Path folder, Verifier verifier) {
    private static final String ROOT = "cases";
    private static final int MAX_CASES = 10_000;
    private static final int MAX_TEXT = 300;
    private static final int MAX_FILE = 1 << 20;

    /// Kinds that files have cases of and this version doesn't read.
    private static final Set<String> OUT_OF_SCOPE = Set.of("nitro", "vtpm");

    /// What is known of revocation where a case came out.
    enum Revocation {
        /// It was verified with a revocation list, or refused whatever such a list says.
        CHECKED,
        /// It brought no list, so that nobody knows.
        NO_LIST,
        /// Nothing was verified: it was only read, or something else is missing.
        NOTHING_VERIFIED
    }

    /// What came of a case.
    ///
    /// @param id of the case
    /// @param verdict in one line
    /// @param revocation what is known of it
    /// @param differences from what the file says, one a line; none if it came out as it must
    record Result(String id, String verdict, Revocation revocation, List<String> differences) {
        Result {
            differences = List.copyOf(differences);
        }
    }

    /// All results, and how many cases were left out.
    ///
    /// @param results in the file's order
    /// @param leftOut cases of kinds that are out of scope
    record Results(List<Result> results, int leftOut) {
        Results {
            results = List.copyOf(results);
        }

        boolean asExpected() {
            return results.stream().allMatch(one -> one.differences().isEmpty());
        }
    }

    /// Reading a file of a case failed.
    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final IOException reason;

        Unreadable(IOException reason) {
            super(reason);
            this.reason = reason;
        }
    }

    static Results run(Path file, Verifier verifier)
            throws MalformedException, CommandException, IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException("no folder of " + file);
        }
        return run(ReceiptCommand.read(file), folder, verifier);
    }

    /// @param folder that the paths in `cases` are relative to
    static Results run(byte[] cases, Path folder, Verifier verifier)
            throws MalformedException, IOException {
        Fields fields = Fields.of(Json.parse(cases, JsonLimits.DOCUMENT, ROOT), ROOT);
        try {
            return new EvidenceCases(folder, verifier).run(fields);
        } catch (Unreadable e) {
            throw e.reason;
        }
    }

    private Results run(Fields fields) throws MalformedException {
        List<Result> results = new ArrayList<>();
        int leftOut = 0;
        if (fields.has("note")) {
            fields.any("note");
        }
        if (fields.has("intel")) {
            results.addAll(fields.list("intel", MAX_CASES, this::intel));
        }
        if (fields.has("snp")) {
            results.addAll(fields.list("snp", MAX_CASES, this::snp));
        }
        for (String kind : OUT_OF_SCOPE) {
            if (fields.has(kind)) {
                leftOut += fields.list(kind, MAX_CASES, (one, _) -> one).size();
            }
        }
        fields.end();
        return new Results(results, leftOut);
    }

    private Result intel(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String id = fields.string("id", 1, MAX_TEXT);
        List<Endorsement> endorsements = new ArrayList<>(certificates(fields, "tcbSigningChain"));
        endorsements.add(new Endorsement.TcbInfo(file(fields, "tcbInfo")));
        endorsements.add(new Endorsement.QeIdentity(file(fields, "qeIdentity")));
        endorsements.add(new Endorsement.Crl(file(fields, "pckCrl")));
        endorsements.add(new Endorsement.Crl(file(fields, "rootCrl")));
        Evidence evidence = EvidenceFile.raw(file(fields, "quote")).evidence();
        Instant time = fields.text("time", EvidenceCases::instant);
        Fields expect = fields.object("expect");
        if (fields.has("window")) {
            fields.any("window");
        }
        fields.end();
        return judge(
                id,
                evidence,
                new Endorsements(endorsements.stream().distinct().toList()),
                time,
                ExpectedVerdict.intel(expect));
    }

    private Result snp(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        String id = fields.string("id", 1, MAX_TEXT);
        Bytes bytes = file(fields, "report");
        int offset = (int) fields.integer("reportOffset", 0, MAX_FILE);
        if (offset + SnpReport.LENGTH > bytes.length()) {
            throw new MalformedException(
                    fields.path("reportOffset"),
                    "a report within " + bytes.length() + " bytes",
                    Integer.toString(offset));
        }
        SnpReport report = SnpReport.parse(bytes.slice(offset, SnpReport.LENGTH));
        ExpectedVerdict expected = ExpectedVerdict.snp(fields.object("expect"), report);
        if (!fields.has("leaf")) {
            fields.end();
            return new Result(
                    id, "read, not verified", Revocation.NOTHING_VERIFIED, expected.read());
        }
        List<Endorsement> endorsements = new ArrayList<>();
        endorsements.add(new Endorsement.X509(file(fields, "leaf")));
        endorsements.addAll(certificates(fields, "intermediate"));
        endorsements.addAll(certificates(fields, "root"));
        boolean hasCrl = !(fields.any("crl") instanceof Json.Null);
        if (hasCrl) {
            endorsements.add(new Endorsement.Crl(file(fields, "crl")));
        }
        Instant time = fields.text("time", EvidenceCases::instant);
        fields.any("leafValid");
        fields.end();
        Evidence evidence = EvidenceFile.raw(bytes.slice(offset, SnpReport.LENGTH)).evidence();
        return hasCrl
                ? judge(id, evidence, new Endorsements(endorsements), time, expected)
                : judgeUnlessRevoked(
                        id,
                        new SnpEvidence(bytes.slice(offset, SnpReport.LENGTH)),
                        new Endorsements(endorsements),
                        time,
                        expected);
    }

    /// The case itself says that it brings no revocation list, so all else is judged, and the
    /// verdict says what is left open.
    private Result judgeUnlessRevoked(
            String id,
            SnpEvidence evidence,
            Endorsements endorsements,
            Instant time,
            ExpectedVerdict expected)
            throws MalformedException {
        try {
            return switch (verifier.verifyUnlessRevoked(evidence, endorsements, time)) {
                case UnlessRevoked.Complete(var verification) -> judged(id, verification, expected);
                case UnlessRevoked.RevocationNotChecked(var findings) ->
                        new Result(
                                id,
                                "authentic unless revoked; not checked: "
                                        + codes(findings, Outcome.NOT_CHECKED),
                                Revocation.NO_LIST,
                                expected.differencesUnlessRevoked(
                                        SnpReport.parse(evidence.report())
                                                .policy()
                                                .debugAllowed()));
            };
        } catch (CouldNotCheckException e) {
            return couldNotCheck(id, e, expected);
        }
    }

    private Result judge(
            String id,
            Evidence evidence,
            Endorsements endorsements,
            Instant time,
            ExpectedVerdict expected)
            throws MalformedException {
        try {
            return judged(id, verifier.verify(evidence, endorsements, time), expected);
        } catch (CouldNotCheckException e) {
            return couldNotCheck(id, e, expected);
        }
    }

    private static Result judged(String id, Verification verification, ExpectedVerdict expected) {
        return switch (verification) {
            case Verification.Authentic(var verified) ->
                    new Result(
                            id,
                            "authentic " + expected.summary(verified.claims()),
                            Revocation.CHECKED,
                            expected.differencesOf(verified));
            case Verification.NotAuthentic(var findings) ->
                    new Result(
                            id,
                            "not authentic: " + codes(findings, Outcome.NOT_MET),
                            Revocation.CHECKED,
                            expected.refused(findings));
        };
    }

    private static Result couldNotCheck(
            String id, CouldNotCheckException reason, ExpectedVerdict expected) {
        return new Result(
                id,
                "could not check: " + reason.getMessage(),
                Revocation.NOTHING_VERIFIED,
                expected.couldNotCheck(reason));
    }

    static String codes(List<Finding> findings, Outcome outcome) {
        return findings.stream()
                .filter(finding -> finding.outcome() == outcome)
                .map(finding -> finding.code().code())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private List<Endorsement> certificates(Fields fields, String name) throws MalformedException {
        List<Endorsement> all = new ArrayList<>();
        for (Bytes der : Pem.blocks(file(fields, name), "CERTIFICATE", name)) {
            all.add(new Endorsement.X509(der));
        }
        return all;
    }

    /// A file below the folder, and nowhere else.
    private Bytes file(Fields fields, String name) throws MalformedException {
        Path file = below(fields.string(name, 1, MAX_TEXT), fields.path(name));
        try {
            if (Files.size(file) > MAX_FILE) {
                throw new MalformedException(
                        fields.path(name),
                        "a file of at most " + MAX_FILE + " bytes",
                        Files.size(file) + " bytes");
            }
            return Bytes.copyOf(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new Unreadable(e);
        }
    }

    private Path below(String text, String path) throws MalformedException {
        try {
            Path file = folder.resolve(text).normalize();
            if (file.startsWith(folder.normalize()) && !Path.of(text).isAbsolute()) {
                return file;
            }
        } catch (InvalidPathException _) {
            // Such as one with a NUL: refused like any other that names no file there.
        }
        throw new MalformedException(path, "a path below the folder of the cases", text);
    }

    static Instant instant(String text, String path) throws MalformedException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException _) {
            throw new MalformedException(path, "a time such as 2026-12-01T00:00:00Z", text);
        }
    }
}
