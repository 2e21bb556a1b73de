package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.OLGA;

import io.cloister.protocol.Email;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;

import java.util.ArrayList;
import java.util.List;

/// The sample computation on the default terms: one run, no new data.
final class OtherTerms {
    private OtherTerms() {}

    static Terms withChangingData(long runs) {
        Terms terms = Terms.defaults(Samples.NOW);
        return terms.toBuilder().runs(runs).dataMayChange(true).build();
    }

    static Life running(Terms terms) {
        Proposal good = Samples.proposal();
        Envelope proposal =
                Samples.key(OLGA)
                        .sign(
                                Proposal.TYPE,
                                new Proposal(
                                        good.computation(),
                                        good.title(),
                                        good.owner(),
                                        good.ownerKey(),
                                        good.roster(),
                                        good.runtime(),
                                        good.measurements(),
                                        terms,
                                        good.issuedAt()));
        List<Event> events = new ArrayList<>(List.of(new Event.Created(proposal)));
        List<Envelope> cards = new ArrayList<>();
        for (Email person : good.roster().people()) {
            Envelope card =
                    Samples.key(person).sign(Card.TYPE, Samples.card(person, proposal.digest()));
            cards.add(card);
            events.add(new Event.CardRegistered(card, Life.tag(person)));
        }
        CodeStatement code = Samples.code();
        Envelope statement =
                Samples.key(CARL)
                        .sign(
                                CodeStatement.TYPE,
                                new CodeStatement(
                                        code.computation(),
                                        proposal.digest(),
                                        CARL,
                                        code.bundle(),
                                        code.bundleBytes(),
                                        code.entrypoint(),
                                        code.requirements(),
                                        code.lock(),
                                        code.issuedAt()));
        events.add(new Event.CodeStated(statement));
        events.add(
                new Event.AgreementSigned(
                        Samples.key(OLGA)
                                .sign(
                                        Agreement.TYPE,
                                        new Agreement(
                                                good.computation(),
                                                proposal,
                                                cards,
                                                statement,
                                                good.issuedAt()))));
        events.add(new Event.EnclaveQueued(1));
        events.add(new Event.EnclaveStarted(1));
        events.add(new Event.IdentityPublished(1, Samples.digest("identity")));
        good.roster().people().forEach(person -> events.add(Life.grant(1, person)));
        events.add(new Event.RunStarted(1, 1));
        return Life.replayed(events);
    }
}
