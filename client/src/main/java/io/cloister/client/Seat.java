package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ControlPlane;
import io.cloister.client.server.EventStream;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// One person's seat in one computation: the way to all they can do there. Safe for use by several
/// threads.
public final class Seat implements AutoCloseable {
    private final Cloister cloister;
    private final Place place;
    private final ControlPlane server;

    Seat(Cloister cloister, Place place, ControlPlane server) {
        this.cloister = cloister;
        this.place = place;
        this.server = server;
    }

    /// Which computation at which server.
    public Place place() {
        return place;
    }

    /// As whom this client takes part.
    public Email email() throws ClientException {
        return membership().email();
    }

    /// Whether this client made the proposal.
    public boolean isOwner() throws ClientException {
        return membership().ownership().isPresent();
    }

    /// Where the computation stands, as the server says.
    public Said.Computation said() throws ServerException, InterruptedException {
        return server.computationOf(place.computation());
    }

    /// The enclaves, as the server says.
    public List<Said.Enclave> enclaves() throws ServerException, InterruptedException {
        return server.enclaves(place.computation());
    }

    /// Asks for another enclave.
    public List<Said.Enclave> startEnclave() throws ServerException, InterruptedException {
        return server.startEnclave(place.computation());
    }

    /// The runs, as the server says.
    public List<Said.Run> runs() throws ServerException, InterruptedException {
        return server.runs(place.computation());
    }

    /// The grants this client made, first to last.
    public List<GrantRecord> grants() throws ClientException {
        return membership().history().grants();
    }

    /// Follows what happens after event number `after`.
    public EventStream follow(long after) {
        return server.follow(place.computation(), after);
    }

    /// What the Owner does.
    public OwnerDesk owner() throws ClientException {
        if (!isOwner()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "only the owner can do that, and this key store has not the owner's key");
        }
        return new OwnerDesk(this);
    }

    /// What the Code Provider does.
    public CodeDesk code() {
        return new CodeDesk(this);
    }

    /// What a Data Provider does.
    public DataDesk data() {
        return new DataDesk(this);
    }

    /// Checking and granting.
    public ApprovalDesk approval() {
        return new ApprovalDesk(this);
    }

    /// What a Result Consumer does.
    public ResultDesk results() {
        return new ResultDesk(this);
    }

    /// The proposal, checked: signed by the owner's key of the invitation, for this computation,
    /// and the one seen before.
    ///
    /// @throws RefusedException if it is not
    public Signed<Proposal> proposal()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return ProposalCheck.check(server.proposal(place.computation()), membership()).orThrow();
    }

    /// Says that this person won't take part.
    public Said.Computation decline(String reason) throws ServerException, InterruptedException {
        return server.decline(place.computation(), reason);
    }

    /// Leaves: the server deletes this person's ciphertexts and an honest launcher stops the
    /// enclave. What was granted can't be taken back.
    public Said.Computation withdraw(String reason) throws ServerException, InterruptedException {
        return server.withdraw(place.computation(), reason);
    }

    void enrol(Invitation invitation)
            throws ClientException, ServerException, InterruptedException {
        Optional<String> access = membership().accessToken();
        if (access.isEmpty()) {
            return;
        }
        server.enrol(
                place.computation(),
                invitation.email(),
                invitation.token(),
                Cloister.hash(access.get()));
    }

    void registerCard()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        Signed<Proposal> proposal = proposal();
        Membership membership =
                change(before -> {
                    Keys keys = keys(before);
                    Membership noted =
                            before.with(before.history().withProposal(proposal.digest()));
                    return keys.card().isPresent()
                            ? noted
                            : noted.with(keys.with(card(before, proposal)));
                });
        Envelope card = keys(membership).card().orElseThrow();
        var secret =
                membership
                        .secret()
                        .orElseThrow(() ->
                                new CloisterBugException("who joins has an invitation's secret"));
        server.registerCard(
                place.computation(), card, secret.tag(place.computation(), card.payload()));
    }

    private Envelope card(Membership membership, Signed<Proposal> proposal) {
        Keys keys = keys(membership);
        var card =
                new Card(
                        place.computation(),
                        proposal.digest(),
                        membership.email(),
                        proposal.document().roster().roles(membership.email()),
                        keys.signing().publicKey(),
                        keys.receiving().recipient().text(),
                        cloister.now());
        return EnvelopeSigner.sign(keys.signing(), Card.TYPE, card);
    }

    private static Keys keys(Membership membership) {
        return membership.keys().orElseThrow(() -> new CloisterBugException("who joins has keys"));
    }

    /// This person's keys.
    ///
    /// @throws ClientException if they haven't joined
    Keys keys() throws ClientException {
        return membership()
                .keys()
                .orElseThrow(() ->
                        new ClientException(
                                ClientException.Kind.STATE,
                                "you have not joined this computation",
                                "join with: cloister join INVITATION"));
    }

    /// Checks that this person has a role.
    void requireRole(Proposal proposal, Role role) throws ClientException {
        if (!proposal.roster().has(email(), role)) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    email() + " is not a " + role.word() + " of this computation");
        }
    }

    /// Waits until the server's account of the computation makes `condition` true, looking again at
    /// each event.
    ///
    /// @param longest how long
    /// @throws ClientException if it doesn't within that time
    public Said.Computation await(Condition condition, Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return new Waiting(this, cloister.clock()).until(condition, longest);
    }

    /// What is waited for.
    @FunctionalInterface
    public interface Condition {
        /// Whether `said` makes it true.
        boolean holds(Said.Computation said)
                throws ClientException, ServerException, RefusedException, InterruptedException;
    }

    Membership membership() throws ClientException {
        return cloister.find(place)
                .orElseThrow(() ->
                        new ClientException(
                                ClientException.Kind.NOT_FOUND,
                                "the key store has no computation " + place + " any more"));
    }

    /// Changes what the key store has of this computation, durably.
    Membership change(UnaryOperator<Membership> changing) throws ClientException {
        try (var _ = cloister.vault().lock()) {
            Membership changed = changing.apply(membership());
            cloister.save(changed);
            return changed;
        }
    }

    ControlPlane server() {
        return server;
    }

    Cloister cloister() {
        return cloister;
    }

    Instant now() {
        return cloister.now();
    }

    static RefusedException refused(Kind kind, String code, String sentence) {
        return RefusedException.of(kind, code, sentence);
    }

    /// Ends the connection to the server.
    @Override
    public void close() {
        server.close();
    }
}
