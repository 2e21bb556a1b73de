package io.cloister.client;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.client.Finding.Kind;
import io.cloister.client.code.CodeFinding;
import io.cloister.client.code.OptionalModules;
import io.cloister.client.endorsement.Origin;
import io.cloister.client.server.Published;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.bundle.BundleReader;
import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks an agreement and an enclave, and grants (spec/grant.md). Checking and granting are two
/// steps, with a person, or a digest they gave, in between.
public final class ApprovalDesk {
    private final Seat seat;

    ApprovalDesk(Seat seat) {
        this.seat = seat;
    }

    Seat seat() {
        return seat;
    }

    /// What a person asks for beside the checks.
    ///
    /// @param policy which enclaves they accept; their own, never anyone else's
    /// @param runs most runs in this enclave, if lower than agreed
    /// @param notAfter until when, if earlier than agreed
    /// @param again whether they mean a further grant for this computation
    public record Request(
            AppraisalPolicy policy,
            Optional<Long> runs,
            Optional<Instant> notAfter,
            boolean again) {
        /// The agreement's terms whole, and no further grant.
        public static Request under(AppraisalPolicy policy) {
            return new Request(policy, Optional.empty(), Optional.empty(), false);
        }
    }

    /// The agreement, recomputed from its parts and checked against this person's invitation and
    /// card.
    ///
    /// @throws RefusedException if a check does not pass
    /// @throws ServerException if there is none yet
    public VerifiedAgreement agreement()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return checkAgreement().orThrow();
    }

    /// As [#agreement], with all findings as a value.
    public Verdict<VerifiedAgreement> checkAgreement()
            throws ClientException, ServerException, InterruptedException {
        return AgreementCheck.check(
                seat.server().agreement(seat.place().computation()), seat.membership());
    }

    /// The code everyone sees, checked to be the agreement's.
    public BundleSummary code(VerifiedAgreement agreement)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        var findings = new Findings();
        Optional<BundleSummary> bundle = readBundle(findings);
        bundle.ifPresent(summary -> requireAgreed(summary, agreement, findings));
        return findings.verdict(bundle).orThrow().orElseThrow();
    }

    private Optional<BundleSummary> readBundle(Findings findings)
            throws ClientException, ServerException, InterruptedException {
        try (InputStream in = seat.server().bundle(seat.place().computation())) {
            return Optional.of(BundleSummary.read(in));
        } catch (MalformedException e) {
            findings.add(Kind.MALFORMED, "code-bundle-form", String.valueOf(e.getMessage()));
            return Optional.empty();
        } catch (IOException e) {
            throw ClientException.local("can't read the code bundle from the server", e);
        }
    }

    /// What wheels of the bundle change that nobody names. They are looked into one at a time, on
    /// this machine's disk: everyone of the computation may read them. The server is asked for the
    /// bundle a second time, and must show the same bytes again: a wheel it left out or renamed
    /// would be one that nothing is said of.
    private List<CodeFinding> wheels(BundleSummary summary, Findings findings)
            throws ClientException, ServerException, InterruptedException {
        List<CodeFinding> found = new ArrayList<>();
        if (!summary.hasWheels()) {
            return found;
        }
        var optional = OptionalModules.ofTheRuntimes();
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = seat.server().bundle(seat.place().computation())) {
            var reader = new BundleReader(new DigestInputStream(in, digest));
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                BundleReader.Entry file = entry.get();
                if (file.path().isWheel()) {
                    found.addAll(
                            wheel(optional, file.path().wheelName(), file.content(), findings));
                }
            }
            findings.requireEqual(
                    Kind.NOT_AUTHENTIC,
                    "code-bundle",
                    "the server shows other code than before",
                    summary.digest(),
                    Sha256.finish(digest));
        } catch (MalformedException e) {
            findings.add(Kind.MALFORMED, "code-bundle-form", String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw ClientException.local("can't read the code bundle from the server", e);
        }
        return found;
    }

    private static List<CodeFinding> wheel(
            OptionalModules optional, String name, InputStream content, Findings findings)
            throws IOException {
        Path file = Files.createTempFile("cloister-wheel-", ".whl");
        try {
            try (OutputStream out = Files.newOutputStream(file)) {
                content.transferTo(out);
            }
            return optional.of(name, file);
        } catch (MalformedException e) {
            findings.add(
                    Kind.MALFORMED,
                    "code-wheel",
                    "no enclave takes the wheel " + name + ": " + e.getMessage());
            return List.of();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    static void requireAgreed(
            BundleSummary summary, VerifiedAgreement agreement, Findings findings) {
        for (String difference : summary.differencesFrom(agreement.code())) {
            findings.add(
                    Kind.NOT_AUTHENTIC,
                    "code-" + difference.toLowerCase(Locale.ROOT),
                    "the code the server shows is not the agreement's: " + difference + " differs");
        }
    }

    /// What an enclave published, read and not verified.
    ///
    /// @param identity which; the one that takes grants now if empty
    public EnclaveReport evidence(Optional<Sha256> identity)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Published published = seat.server().published(seat.place().computation(), which(identity));
        var findings = new Findings();
        Optional<EnclaveReport> report =
                findings.reading(
                        "evidence",
                        () ->
                                new EnclaveReport(
                                        EnclaveIdentity.parse(published.identity()),
                                        EnclaveCheck.bundle(published)));
        return findings.verdict(report).orThrow().orElseThrow();
    }

    /// Why an enclave is authentic and acceptable.
    ///
    /// @param attestation the checks that were made
    /// @param origins where Endorsements came from that were fetched for it
    public record Vouched(AttestationResult.Affirmed attestation, List<Origin> origins) {
        public Vouched {
            origins = List.copyOf(origins);
        }
    }

    /// Checks an enclave against the agreement and this person's policy, as [#prepare] does, and no
    /// more.
    ///
    /// @param identity which; the one that takes grants now if empty
    public Verdict<Vouched> verifyEvidence(Optional<Sha256> identity, AppraisalPolicy policy)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Sha256 enclave = which(identity);
        Verdict<EnclaveCheck.Enclave> verdict =
                endorsed()
                        .check(
                                seat.server().published(seat.place().computation(), enclave),
                                enclave,
                                agreement(),
                                policy,
                                seat.now());
        return switch (verdict) {
            case Verdict.Accepted<EnclaveCheck.Enclave>(var checked) ->
                    new Verdict.Accepted<>(new Vouched(checked.attestation(), checked.origins()));
            case Verdict.Refused<EnclaveCheck.Enclave>(var found) -> new Verdict.Refused<>(found);
        };
    }

    private EndorsedCheck endorsed() {
        return new EndorsedCheck(seat.cloister().verifier(), seat.cloister().endorsements());
    }

    private Sha256 which(Optional<Sha256> identity)
            throws ClientException, ServerException, InterruptedException {
        if (identity.isPresent()) {
            return identity.get();
        }
        return seat.said().enclave().orElseThrow(this::noEnclave);
    }

    /// Checks everything that must hold before a grant; signs nothing. All checks are made, and all
    /// that don't pass are listed.
    ///
    /// @throws ClientException if there is no enclave yet, or something this person must do first
    public Verdict<Approvable> prepare(Request request)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Membership membership = seat.membership();
        seat.keys();
        var findings = new Findings();
        Said.Computation said = seat.said();
        requireAgreed(said);
        Optional<VerifiedAgreement> agreement = collect(checkAgreement(), findings);
        if (agreement.isEmpty()) {
            return findings.refused();
        }
        Sha256 identity = said.enclave().orElseThrow(this::noEnclave);
        Optional<BundleSummary> code = readBundle(findings);
        code.ifPresent(summary -> requireAgreed(summary, agreement.get(), findings));
        Optional<EnclaveCheck.Enclave> enclave =
                collect(
                        endorsed()
                                .check(
                                        seat.server()
                                                .published(seat.place().computation(), identity),
                                        identity,
                                        agreement.get(),
                                        request.policy(),
                                        seat.now()),
                        findings);
        checkRequest(request, agreement.get(), membership, identity, findings);
        List<CodeFinding> wheels = code.isPresent() ? wheels(code.get(), findings) : List.of();
        if (!findings.isEmpty() || code.isEmpty() || enclave.isEmpty()) {
            return findings.refused();
        }
        var checked = new Approvable.Checked(agreement.get(), code.get(), wheels, enclave.get());
        return new Verdict.Accepted<>(approvable(checked, request, membership));
    }

    /// An approval for several enclaves, one after the other, of what `prepared` shows.
    ///
    /// @param prepared what is to be confirmed, by [#prepare]
    /// @param request what it was prepared for
    /// @param times for how many enclaves, this one included
    public StandingApproval standing(Approvable prepared, Request request, int times) {
        return new StandingApproval(this, prepared, request, times);
    }

    private static <T> Optional<T> collect(Verdict<T> verdict, Findings findings) {
        return switch (verdict) {
            case Verdict.Accepted<T>(var value) -> Optional.of(value);
            case Verdict.Refused<T>(var found) -> {
                findings.addAll(found);
                yield Optional.empty();
            }
        };
    }

    private static void requireAgreed(Said.Computation said) throws ClientException {
        if (said.agreement().isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "there is no agreement yet",
                    "the owner signs it when everyone has joined and the code is there");
        }
    }

    private ClientException noEnclave() {
        return new ClientException(
                ClientException.Kind.STATE,
                "no enclave takes grants now",
                "wait with --wait, or see: cloister computation show "
                        + seat.place().computation());
    }

    private void checkRequest(
            Request request,
            VerifiedAgreement agreement,
            Membership membership,
            Sha256 identity,
            Findings findings)
            throws ClientException {
        Instant now = seat.now();
        findings.require(
                agreement.terms().notAfter().isAfter(now),
                Kind.NOT_ACCEPTABLE,
                "agreement-expired",
                "the agreement ended at " + agreement.terms().notAfter());
        findings.require(
                request.runs().orElse(1L) >= 1
                        && request.runs().orElse(1L) <= agreement.terms().runs(),
                Kind.NOT_ACCEPTABLE,
                "runs-above-agreed",
                "a grant may only lower the runs; agreed are " + agreement.terms().runs());
        Instant notAfter = request.notAfter().orElse(agreement.terms().notAfter());
        findings.require(
                !notAfter.isAfter(agreement.terms().notAfter()) && notAfter.isAfter(now),
                Kind.NOT_ACCEPTABLE,
                "expiry-beyond-agreed",
                "a grant must end in the future, and not after " + agreement.terms().notAfter());
        if (agreement.roster().has(membership.email(), Role.DATA_PROVIDER)
                && membership.history().inputs().isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "you have not pushed any data yet",
                    "push with: cloister data push");
        }
        boolean provides = agreement.roster().has(membership.email(), Role.DATA_PROVIDER);
        membership
                .history()
                .grantTo(identity)
                .ifPresent(before ->
                        findings.require(
                                before.runs() == request.runs().orElse(agreement.terms().runs())
                                        && before.notAfter().equals(notAfter)
                                        && before.shown()
                                                .equals(
                                                        GrantRecord.digestOf(
                                                                provides
                                                                        ? membership
                                                                                .history()
                                                                                .inputs()
                                                                        : List.of())),
                                Kind.NOT_ACCEPTABLE,
                                "granted-otherwise",
                                "this client granted this enclave before, with other inputs, runs"
                                        + " or expiry, and that can't be changed: "
                                        + before.runs()
                                        + " run(s), until "
                                        + before.notAfter()));
        checkEarlier(request, agreement, membership, identity, findings);
    }

    private static void checkEarlier(
            Request request,
            VerifiedAgreement agreement,
            Membership membership,
            Sha256 identity,
            Findings findings) {
        List<GrantRecord> others = others(membership, identity);
        if (others.isEmpty() || request.again()) {
            return;
        }
        findings.add(
                Kind.NOT_ACCEPTABLE,
                "granted-before",
                "this client granted "
                        + runs(others)
                        + " run(s) in this computation to another enclave before; say --again to"
                        + " grant further ones");
        if (others.stream().noneMatch(grant -> grant.agreement().equals(agreement.digest()))) {
            findings.add(
                    Kind.NOT_ACCEPTABLE,
                    "agreement-changed",
                    "the agreement is another than the one granted before");
        }
    }

    private static long runs(List<GrantRecord> grants) {
        return grants.stream().mapToLong(GrantRecord::runs).sum();
    }

    private static List<GrantRecord> others(Membership membership, Sha256 identity) {
        return membership.history().grants().stream()
                .filter(grant -> !grant.identity().equals(identity))
                .toList();
    }

    private Approvable approvable(
            Approvable.Checked checked, Request request, Membership membership)
            throws ClientException {
        boolean provider = checked.agreement().roster().has(membership.email(), Role.DATA_PROVIDER);
        List<GrantRecord> others = others(membership, checked.enclave().identity().digest());
        return new Approvable(
                checked,
                request.runs().orElse(checked.agreement().terms().runs()),
                request.notAfter().orElse(checked.agreement().terms().notAfter()),
                provider ? membership.history().inputs() : List.of(),
                others,
                changes(checked, others));
    }

    private Optional<Changes> changes(Approvable.Checked checked, List<GrantRecord> others)
            throws ClientException {
        if (others.isEmpty()) {
            return Optional.empty();
        }
        Optional<Json> before =
                seat.cloister()
                        .vault()
                        .read(SeenAgreement.recordName(others.getLast().agreement()));
        if (before.isEmpty()) {
            return Optional.empty();
        }
        SeenAgreement seen = SeenAgreement.read(before.get());
        return Optional.of(
                Changes.between(
                        seen.agreement(),
                        text(seen.run()),
                        checked.agreement(),
                        text(checked.code().run())));
    }

    private static String text(Bytes utf8) {
        return new String(utf8.toArray(), StandardCharsets.UTF_8);
    }

    /// Signs, records and sends the grant. It is recorded before it leaves; granting to the same
    /// enclave again sends the same bytes.
    ///
    /// @throws ClientException if this client granted to another enclave, or to this one otherwise,
    ///   since it was checked; nothing is signed or sent then
    public GrantRecord grant(Approvable approved)
            throws ClientException, ServerException, InterruptedException {
        Sha256 identity = approved.identity().digest();
        GrantRecord record = record(approved);
        seat.server().putGrant(seat.place().computation(), identity, record.sealed());
        seat.change(
                membership -> membership.with(membership.history().with(record.acknowledged())));
        return record.acknowledged();
    }

    private GrantRecord record(Approvable approved) throws ClientException {
        try (var _ = seat.cloister().vault().lock()) {
            Membership membership = seat.membership();
            Optional<GrantRecord> before =
                    membership.history().grantTo(approved.identity().digest());
            if (before.isPresent()) {
                requireSame(before.get(), approved);
                return before.get();
            }
            requireNoOther(membership, approved);
            new SeenAgreement(approved.agreement(), approved.code().run())
                    .save(seat.cloister().vault());
            GrantRecord record = sign(approved, membership);
            seat.cloister()
                    .save(
                            membership.with(
                                    membership
                                            .history()
                                            .withAgreement(approved.agreement().digest())
                                            .with(record)));
            return record;
        }
    }

    /// What was checked and shown counts the grants there were then. Looked at again under the
    /// lock: of two approvals at once, the second would otherwise add runs that nobody was told of.
    private static void requireNoOther(Membership membership, Approvable approved)
            throws ClientException {
        Set<Sha256> now = digests(others(membership, approved.identity().digest()));
        if (!now.equals(digests(approved.earlier()))) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "this client granted to another enclave of this computation in the meantime, so"
                            + " nothing was granted",
                    "look at it anew with: cloister approve --again");
        }
    }

    private static Set<Sha256> digests(List<GrantRecord> grants) {
        return grants.stream().map(GrantRecord::grant).collect(Collectors.toSet());
    }

    /// A grant that was made can't be made otherwise, so what was confirmed must be that one.
    private static void requireSame(GrantRecord before, Approvable approved)
            throws ClientException {
        if (before.runs() != approved.runs()
                || !before.notAfter().equals(approved.notAfter())
                || !before.shown().equals(GrantRecord.digestOf(approved.inputs()))) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "this client granted this enclave otherwise before, and that can't be changed",
                    "see what was granted with: cloister computation show");
        }
    }

    private GrantRecord sign(Approvable approved, Membership membership) {
        Keys keys =
                membership
                        .keys()
                        .orElseThrow(() -> new CloisterBugException("who approves has joined"));
        EnclaveIdentity identity = approved.identity();
        Email me = membership.email();
        Roster roster = approved.agreement().roster();
        Instant now = seat.now();
        Optional<Envelope> inputs =
                roster.has(me, Role.DATA_PROVIDER)
                        ? Optional.of(
                                DataDesk.sign(
                                        keys,
                                        me,
                                        identity,
                                        1,
                                        approved.inputs(),
                                        seat.cloister().random(),
                                        now))
                        : Optional.empty();
        Optional<Identity> key =
                roster.has(me, Role.DATA_PROVIDER) || roster.has(me, Role.CODE_PROVIDER)
                        ? Optional.of(keys.sealing())
                        : Optional.empty();
        var grant =
                new Grant(
                        approved.agreement().digest(),
                        identity.digest(),
                        me,
                        approved.runs(),
                        approved.notAfter(),
                        key,
                        inputs,
                        now);
        Envelope envelope = EnvelopeSigner.sign(keys.signing(), Grant.TYPE, grant);
        return new GrantRecord(
                approved.agreement().digest(),
                identity.digest(),
                identity.canonical(),
                envelope.digest(),
                inputs.map(Envelope::digest),
                GrantRecord.digestOf(approved.inputs()),
                approved.runs(),
                approved.notAfter(),
                now,
                approved.attestation().claims().measurementText(),
                approved.attestation().policy(),
                SealedEnvelopes.seal(envelope, recipient(identity)),
                false);
    }

    static Recipient recipient(EnclaveIdentity identity) {
        try {
            return Recipient.of(identity.recipient(), "identity.recipient");
        } catch (MalformedException e) {
            throw new CloisterBugException(
                    "the recipient was read when the enclave was checked", e);
        }
    }
}
