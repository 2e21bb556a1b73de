package io.cloister.client;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.client.Finding.Kind;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ControlPlane;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.Passphrase;
import io.cloister.crypto.age.Recipient;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One person's client: the key store in one folder, and the way from it into computations.
///
/// **Guaranteed:** whatever a method of this package returns as checked was checked on this machine
/// against the person's own keys, invitation and policy; what a server says is never taken for it.
/// **Not guaranteed:** anything if this machine or its key store is someone else's.
///
/// Safe for use by several threads and processes on the same key store.
public final class Cloister {
    private static final int TOKEN_LENGTH = 24;

    private final Vault vault;
    private final Clock clock;
    private final SecureRandom random;
    private final Verifier verifier;
    private final Optional<EndorsementSource> endorsements;

    Cloister(Vault vault, Clock clock, SecureRandom random) {
        this(vault, clock, random, Verifier.standard());
    }

    /// Under other roots than the vendors' own.
    Cloister(Vault vault, Clock clock, SecureRandom random, Verifier verifier) {
        this(vault, clock, random, verifier, Optional.empty());
    }

    private Cloister(
            Vault vault,
            Clock clock,
            SecureRandom random,
            Verifier verifier,
            Optional<EndorsementSource> endorsements) {
        this.vault = vault;
        this.clock = clock;
        this.random = random;
        this.verifier = verifier;
        this.endorsements = endorsements;
    }

    /// This client, asking `source` for Endorsements that an enclave has not published. Without
    /// one, such an enclave can't be checked.
    ///
    /// @param source closed by whoever made it
    public Cloister fetchingFrom(EndorsementSource source) {
        return new Cloister(vault, clock, random, verifier, Optional.of(source));
    }

    /// Decides what Evidence is authentic. One for all that this client checks: it remembers whose
    /// signatures it has checked, so that enclaves after the first cost less.
    Verifier verifier() {
        return verifier;
    }

    Optional<EndorsementSource> endorsements() {
        return endorsements;
    }

    /// The client whose key store is in `home`, which is created if it isn't there.
    ///
    /// @param home a folder that is this person's alone
    /// @param passphrases asked if the key store has one
    public static Cloister open(
            Path home, PassphraseSource passphrases, Clock clock, SecureRandom random)
            throws ClientException {
        return opened(
                () ->
                        KeyStore.exists(home)
                                ? KeyStore.open(home, passphrases)
                                : KeyStore.create(withParents(home)),
                clock,
                random);
    }

    /// As [#open], for a key store that can be used with a passphrase only.
    ///
    /// @throws ClientException as [#open], and if there is one without passphrase: somebody may
    ///   have put it there
    public static Cloister openProtected(
            Path home, PassphraseSource passphrases, Clock clock, SecureRandom random)
            throws ClientException {
        return opened(
                () ->
                        KeyStore.exists(home)
                                ? KeyStore.openProtected(home, passphrases)
                                : KeyStore.create(withParents(home), passphrases.passphrase()),
                clock,
                random);
    }

    private static Cloister opened(Vault.Use<KeyStore> opening, Clock clock, SecureRandom random)
            throws ClientException {
        return new Cloister(new Vault(Vault.use(opening)), clock, random);
    }

    private static Path withParents(Path home) throws IOException {
        Path parent = home.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return home;
    }

    /// Whether the key store is under a passphrase.
    public boolean isProtected() {
        return vault.store().isProtected();
    }

    /// Asks for the key store's passphrase now, if it has one.
    public void unlock() throws ClientException {
        Vault.use(() -> {
            vault.store().unlock();
            return true;
        });
    }

    /// Puts the key store under a passphrase, or under another one; what it holds stays.
    ///
    /// @return the client from now on
    public Cloister protect(Passphrase passphrase) throws ClientException {
        try (var _ = vault.lock()) {
            return opened(() -> vault.store().protect(passphrase), clock, random);
        }
    }

    /// Keeps an account's token, after the server has said whose it is.
    ///
    /// @throws ServerException if the server can't be reached or does not take the token
    public Said.Me login(Endpoint endpoint, String token)
            throws ServerException, ClientException, InterruptedException {
        if (!token.matches("[!-~]{1,256}")) {
            throw new ClientException(
                    ClientException.Kind.USAGE,
                    "a token has 1 to 256 printable ASCII characters and no blanks");
        }
        try (var server = new ControlPlane(endpoint, Optional.of(token))) {
            Said.Me me = server.me();
            try (var _ = vault.lock()) {
                vault.write(
                        Account.recordName(endpoint.url()),
                        new Account(endpoint, me.email(), token).toJson());
            }
            return me;
        }
    }

    /// The servers this client has an account's token of.
    public List<ServerUrl> accounts() throws ClientException {
        List<ServerUrl> servers = new ArrayList<>();
        for (String name : vault.names()) {
            if (name.startsWith("account-")) {
                servers.add(account(vault.read(name).orElseThrow()).endpoint().url());
            }
        }
        return List.copyOf(servers);
    }

    /// What an account's server offers, as it says.
    public Said.Info info(ServerUrl url)
            throws ClientException, ServerException, InterruptedException {
        try (var server = new ControlPlane(account(url).endpoint(), Optional.empty())) {
            return server.info();
        }
    }

    /// The account's computations, as its server says, newest first.
    public List<Said.Summary> list(ServerUrl url, boolean archived)
            throws ClientException, ServerException, InterruptedException {
        Account account = account(url);
        try (var server = new ControlPlane(account.endpoint(), Optional.of(account.token()))) {
            List<Said.Summary> all = new ArrayList<>();
            Optional<String> cursor = Optional.empty();
            do {
                Said.Page page = server.computations(archived, cursor);
                all.addAll(page.computations());
                cursor = page.next();
            } while (cursor.isPresent() && all.size() < 100_000);
            return List.copyOf(all);
        }
    }

    private Account account(ServerUrl url) throws ClientException {
        Json json =
                vault.read(Account.recordName(url))
                        .orElseThrow(() ->
                                new ClientException(
                                        ClientException.Kind.NOT_FOUND,
                                        "no account at " + url + " in this key store",
                                        "log in with: cloister login " + url));
        return account(json);
    }

    private static Account account(Json json) throws ClientException {
        try {
            return Account.read(json);
        } catch (MalformedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }

    /// Creates a computation: chooses its id and key, signs the proposal, registers it, and makes
    /// one invitation per person. The records are durable before the server hears of it.
    ///
    /// @param url a server this client is logged in to
    public Seat create(ServerUrl url, Draft draft)
            throws ClientException, ServerException, InterruptedException {
        Account account = account(url);
        byte[] id = new byte[ComputationId.LENGTH];
        random.nextBytes(id);
        var computation = new ComputationId(Bytes.copyOf(id));
        SigningKey key = SigningKey.generate(random);
        Proposal proposal = draft.proposal(computation, account.email(), key.publicKey(), now());
        Envelope envelope = EnvelopeSigner.sign(key, Proposal.TYPE, proposal);
        List<Ownership.Issued> invitations = new ArrayList<>();
        Map<Email, Sha256> tokens = new LinkedHashMap<>();
        for (Email person : proposal.roster().people()) {
            Invitation invitation = invitation(account.endpoint(), proposal, person);
            invitations.add(new Ownership.Issued(invitation, false));
            if (!person.equals(account.email())) {
                tokens.put(person, hash(invitation.token()));
            }
        }
        var membership =
                new Membership(
                        account.endpoint(),
                        computation,
                        account.email(),
                        key.publicKey(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new Ownership(key, envelope, invitations, List.of())),
                        Membership.History.empty().withProposal(envelope.digest()));
        try (var _ = vault.lock()) {
            save(membership);
        }
        Seat seat = seat(membership.place());
        seat.server().create(envelope, tokens);
        return seat;
    }

    Invitation invitation(Endpoint endpoint, Proposal proposal, Email person) {
        return new Invitation(
                endpoint,
                proposal.computation(),
                person,
                proposal.ownerKey(),
                token(),
                InvitationSecret.generate(random));
    }

    /// Joins a computation: redeems the invitation, checks the proposal against it, makes this
    /// person's keys and registers their card. Joining again goes on where it was interrupted.
    ///
    /// @throws RefusedException if the proposal is not the one the invitation is for; no card is
    ///   registered then
    public Seat join(Invitation invitation)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        var place = new Place(invitation.endpoint().url(), invitation.computation());
        try (var _ = vault.lock()) {
            Optional<Membership> before = find(place);
            if (before.isEmpty()) {
                save(joining(invitation, before));
            }
            var keys = new Keys(vault.keysOrNew(place, random), Optional.empty());
            save(joining(invitation, find(place)).withNew(keys));
        }
        Seat seat = seat(place);
        seat.enrol(invitation);
        seat.registerCard();
        return seat;
    }

    private Membership joining(Invitation invitation, Optional<Membership> before)
            throws ClientException, RefusedException {
        if (before.isEmpty()) {
            return new Membership(
                    invitation.endpoint(),
                    invitation.computation(),
                    invitation.email(),
                    invitation.ownerKey(),
                    Optional.of(token()),
                    Optional.of(invitation.secret()),
                    Optional.empty(),
                    Optional.empty(),
                    Membership.History.empty());
        }
        Membership membership = before.get();
        if (!membership.ownerKey().equals(invitation.ownerKey())) {
            throw RefusedException.of(
                    Kind.NOT_AUTHENTIC,
                    "owner-key",
                    "this key store knows the computation under the owner key "
                            + membership.ownerKey().fingerprint()
                            + ", the invitation names "
                            + invitation.ownerKey().fingerprint());
        }
        if (!membership.email().equals(invitation.email())) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "this key store takes part in the computation as "
                            + membership.email()
                            + ", the invitation is for "
                            + invitation.email(),
                    "use one key store per person (--home)");
        }
        boolean replaced =
                membership.secret().isPresent()
                        && !membership.secret().get().equals(invitation.secret());
        return membership.with(
                invitation.secret(), replaced ? Optional.of(token()) : Optional.empty());
    }

    /// The computations in this key store, in order.
    public List<Place> places() throws ClientException {
        return vault.places();
    }

    /// This person's seat in a computation.
    ///
    /// @throws ClientException if the key store has none
    public Seat seat(Place place) throws ClientException {
        Membership membership = find(place).orElseThrow(() -> unknown(place.toString()));
        return new Seat(this, place, controlPlane(membership));
    }

    /// This person's seat in the computation whose id begins with `prefix`, at any server or one.
    ///
    /// @param prefix at least 4 hexadecimal digits
    /// @throws ClientException if there is none, or more than one
    public Seat seat(String prefix, Optional<ServerUrl> server) throws ClientException {
        List<Place> matching =
                places().stream()
                        .filter(place -> place.computation().toString().startsWith(prefix))
                        .filter(place -> server.isEmpty() || server.get().equals(place.server()))
                        .toList();
        if (matching.isEmpty()) {
            throw unknown(prefix);
        }
        if (matching.size() > 1 || prefix.length() < 4) {
            throw new ClientException(
                    ClientException.Kind.USAGE,
                    prefix + " may mean " + matching.size() + " computations",
                    "give more digits of the id, or --server");
        }
        return seat(matching.getFirst());
    }

    /// The agreement with that digest, if this client granted under it.
    public Optional<VerifiedAgreement> seenAgreement(Sha256 digest) throws ClientException {
        Optional<Json> record = vault.read(SeenAgreement.recordName(digest));
        return record.isEmpty()
                ? Optional.empty()
                : Optional.of(SeenAgreement.read(record.get()).agreement());
    }

    /// Holds an agreement that came in a file to the Owner's key that this person knows for its
    /// computation.
    ///
    /// @return whether they know one
    /// @throws RefusedException if they know another
    public boolean requireOwner(VerifiedAgreement agreement)
            throws ClientException, RefusedException {
        var findings = new Findings();
        boolean known = false;
        for (Place place : places()) {
            if (place.computation().equals(agreement.computation())) {
                Membership membership = find(place).orElseThrow(() -> unknown(place.toString()));
                findings.requireEqual(
                        Finding.Kind.NOT_AUTHENTIC,
                        "owner-key",
                        "the agreement is signed by another owner's key than this person's"
                                + " invitation to that computation names",
                        membership.ownerKey(),
                        agreement.ownerKey());
                known = true;
            }
        }
        findings.verdict(agreement).orThrow();
        return known;
    }

    /// Digest of the receipt of a run, if this client verified it and those of all runs before it.
    ///
    /// @param identity digest of the enclave's identity
    /// @param run from 1
    public Optional<Sha256> verifiedBefore(Sha256 identity, long run) throws ClientException {
        Optional<Json> record = vault.read(Trail.recordName(identity));
        return record.isEmpty()
                ? Optional.empty()
                : Trail.read(record.get()).step(run).map(Trail.Step::receipt);
    }

    /// Writes the whole key store into one age file.
    ///
    /// @param file must not exist
    /// @param recipients who can open it
    /// @return how many records it holds
    public int backup(Path file, List<String> recipients)
            throws ClientException, MalformedException {
        List<Recipient> parsed = new ArrayList<>();
        for (String recipient : recipients) {
            parsed.add(Recipient.parse(recipient, "recipient"));
        }
        return Vault.use(() -> vault.store().backup(file, Sealing.to(parsed)));
    }

    /// As the other, for whoever knows a passphrase.
    public int backup(Path file, Passphrase passphrase) throws ClientException {
        return Vault.use(() -> vault.store().backup(file, Sealing.under(passphrase)));
    }

    /// Brings back what a backup holds and this key store lacks.
    ///
    /// @param identityFile with the secret key that opens it
    /// @return how many records were added
    public int restore(Path file, Path identityFile) throws ClientException, MalformedException {
        List<Identity> identities = SealedFiles.identities(identityFile);
        return Vault.use(() -> vault.store().restore(file, Opening.with(identities)));
    }

    /// As the other, with a passphrase.
    public int restore(Path file, Passphrase passphrase) throws ClientException {
        return Vault.use(() -> vault.store().restore(file, Opening.with(passphrase)));
    }

    private static ClientException unknown(String what) {
        return new ClientException(
                ClientException.Kind.NOT_FOUND,
                "no computation " + what + " in this key store",
                "see: cloister keys list; join with: cloister join INVITATION");
    }

    private ControlPlane controlPlane(Membership membership) throws ClientException {
        Optional<String> token = membership.accessToken();
        if (token.isEmpty()) {
            token = Optional.of(account(membership.endpoint().url()).token());
        }
        return new ControlPlane(membership.endpoint(), token);
    }

    Optional<Membership> find(Place place) throws ClientException {
        Optional<Json> record = vault.membership(place);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Membership.read(record.get(), vault.keys(place)));
        } catch (MalformedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }

    void save(Membership membership) throws ClientException {
        vault.writeMembership(membership.place(), membership.toJson());
    }

    Vault vault() {
        return vault;
    }

    Clock clock() {
        return clock;
    }

    SecureRandom random() {
        return random;
    }

    /// Now, in whole seconds, by this machine's clock.
    Instant now() {
        return Instant.ofEpochSecond(clock.instant().getEpochSecond());
    }

    String token() {
        byte[] raw = new byte[TOKEN_LENGTH];
        random.nextBytes(raw);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    }

    static Sha256 hash(String token) {
        return Sha256.of(token.getBytes(StandardCharsets.US_ASCII));
    }
}
