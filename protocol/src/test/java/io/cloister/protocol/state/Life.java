package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.RITA;

import io.cloister.protocol.Email;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.dsse.Envelope;

import java.util.ArrayList;
import java.util.List;

/// A computation walked through its life, event by event.
public final class Life {
    private final List<Event> log = new ArrayList<>();
    private Computation state;

    private Life(Event.First created) {
        this.state = next(Computation.create(created), created);
        log.add(created);
    }

    public static Life begun() {
        return new Life(new Event.Created(Samples.signedProposal()));
    }

    public static Life replayed(List<Event> events) {
        var life = new Life((Event.First) events.getFirst());
        life.with(events.subList(1, events.size()).toArray(new Event[0]));
        return life;
    }

    public static Tag tag(Email person) {
        return new Tag(Samples.digest("tag of " + person).value());
    }

    public static Event card(Email person) {
        return new Event.CardRegistered(Samples.signedCard(person), tag(person));
    }

    public static Event code() {
        return new Event.CodeStated(Samples.signedCode());
    }

    public static Event agreement() {
        return new Event.AgreementSigned(Samples.signedAgreement());
    }

    public static Sha256 sealed(Email person) {
        return Samples.digest("sealed grant of " + person);
    }

    public static Event grant(long enclave, Email person) {
        return new Event.GrantReceived(enclave, person, sealed(person));
    }

    /// `steps` more, each of which must be accepted.
    public Life with(Event... steps) {
        for (Event step : steps) {
            state = next(state.apply(step), step);
            log.add(step);
        }
        return this;
    }

    private static Computation next(Transition transition, Event event) {
        if (transition instanceof Transition.Accepted(var next, var _)) {
            return next;
        }
        throw new AssertionError(event.type() + ": " + transition);
    }

    public Computation state() {
        return state;
    }

    public List<Event> log() {
        return List.copyOf(log);
    }

    public static Life joined() {
        return begun().with(card(CARL), card(DANA), card(DAVE), card(RITA));
    }

    public static Life coded() {
        return joined().with(code());
    }

    public static Life agreed() {
        return coded().with(agreement());
    }

    public static Life queued() {
        return agreed().with(new Event.EnclaveQueued(1));
    }

    public static Life starting() {
        return queued().with(new Event.EnclaveStarted(1));
    }

    public static Life granting() {
        return starting().with(new Event.IdentityPublished(1, Samples.identity().digest()));
    }

    public static Life granted() {
        return granting().with(grant(1, CARL), grant(1, DANA), grant(1, DAVE), grant(1, RITA));
    }

    public static Life running() {
        return granted().with(new Event.RunStarted(1, 1));
    }

    public static Event ended(long run) {
        return new Event.RunEnded(1, run, Outcome.SUCCESS, Samples.digest("receipt " + run));
    }

    /// One of three runs is done.
    public static Life ran() {
        return running().with(ended(1));
    }

    public static Life completed() {
        return ran().with(new Event.EnclaveStopped(1, StopReason.EXHAUSTED, ""));
    }

    public static Life left() {
        return ran().with(new Event.Withdrawn(DAVE, "changed my mind"));
    }

    public static Life archived() {
        return completed().with(new Event.Archived());
    }

    /// An envelope that is valid in itself and not the computation's.
    public static Envelope otherCard(Email person) {
        var good = Samples.card(person);
        return Samples.key(person)
                .sign(
                        Card.TYPE,
                        new Card(
                                good.computation(),
                                good.proposal(),
                                good.email(),
                                good.roles(),
                                good.signingKey(),
                                Samples.recipient("another"),
                                good.issuedAt()));
    }
}
