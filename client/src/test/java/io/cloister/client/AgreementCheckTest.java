package io.cloister.client;

import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.client.server.Endpoint;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

class AgreementCheckTest {
    private final Play play = new Play();

    private static Membership renamed(
            Membership it, ComputationId id, Email email, PublicSigningKey ownerKey) {
        return new Membership(
                Endpoint.of(it.endpoint().url()),
                id,
                email,
                ownerKey,
                it.accessToken(),
                it.secret(),
                it.keys(),
                it.ownership(),
                it.history());
    }

    @Test
    void acceptsTheAgreementForEveryone() {
        for (Email person : Play.PEOPLE) {
            assertEquals(
                    play.agreement,
                    accepted(
                            AgreementCheck.check(
                                    play.agreement.envelope(), play.membership(person))));
        }
    }

    @Test
    void refusesAnAgreementThatAnotherKeySigned() {
        Envelope forged =
                play.signAgreement(SigningKey.generate(Play.RANDOM), play.code, play.cards);
        refused(
                AgreementCheck.check(forged, play.membership(Play.CONSUMER)),
                NOT_AUTHENTIC,
                "agreement-signature");
    }

    @Test
    void refusesAnotherOwnersAgreement() {
        Membership it = play.membership(Play.CONSUMER);
        PublicSigningKey other = SigningKey.generate(Play.RANDOM).publicKey();
        refused(
                AgreementCheck.check(
                        play.agreement.envelope(),
                        renamed(it, it.computation(), it.email(), other)),
                NOT_AUTHENTIC,
                "owner-key");
    }

    @Test
    void refusesAnAgreementForAnotherComputation() {
        Membership it = play.membership(Play.CONSUMER);
        var other = new ComputationId(Bytes.utf8("fedcba9876543210"));
        refused(
                AgreementCheck.check(
                        play.agreement.envelope(), renamed(it, other, it.email(), it.ownerKey())),
                NOT_AUTHENTIC,
                "agreement-computation");
    }

    @Test
    void refusesAnAgreementAboutAnotherProposalThanTheOneJoined() {
        Membership it = play.membership(Play.CONSUMER);
        Membership joinedAnother =
                it.with(it.history().withProposal(Sha256.of(Bytes.utf8("another proposal"))));
        refused(
                AgreementCheck.check(play.agreement.envelope(), joinedAnother),
                NOT_AUTHENTIC,
                "agreement-proposal");
    }

    @Test
    void refusesAnAgreementWithAnotherCardInThisPersonsPlace() {
        Map<Email, Envelope> cards = new LinkedHashMap<>(play.cards);
        cards.put(Play.CONSUMER, play.card(Play.CONSUMER, ParticipantKeys.generate(Play.RANDOM)));
        Envelope swapped = play.signAgreement(play.ownerKey, play.code, cards);
        refused(
                AgreementCheck.check(swapped, play.membership(Play.CONSUMER)),
                NOT_AUTHENTIC,
                "own-card");
    }

    @Test
    void refusesAnAgreementWithoutThisPerson() {
        Membership it = play.membership(Play.CONSUMER);
        refused(
                AgreementCheck.check(
                        play.agreement.envelope(),
                        renamed(
                                it,
                                it.computation(),
                                new Email("stranger@example.org"),
                                it.ownerKey())),
                NOT_ACCEPTABLE,
                "own-place");
    }

    @Test
    void refusesToTheCodeProviderAnEarlierStatementOfTheirs() {
        Envelope earlier = play.signAgreement(play.ownerKey, play.code("earlier"), play.cards);
        refused(
                AgreementCheck.check(earlier, play.membership(Play.CODER)),
                NOT_AUTHENTIC,
                "own-code");
    }

    @Test
    void refusesToTheCodeProviderCodeTheyTookBack() {
        Membership it = play.membership(Play.CODER);
        refused(
                AgreementCheck.check(
                        play.agreement.envelope(),
                        it.with(it.history().withCode(Optional.empty()))),
                NOT_AUTHENTIC,
                "own-code");
    }
}
