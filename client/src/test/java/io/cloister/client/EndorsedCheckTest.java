package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class EndorsedCheckTest {
    private final Play play = new Play();
    private int asked;

    private EvidenceBundle bundle() throws Exception {
        return EnclaveCheck.bundle(play.published(play.identity));
    }

    private Published published(Endorsements endorsements) throws Exception {
        return new Published(
                play.identity.canonical(),
                new EvidenceBundle(bundle().evidence(), endorsements).canonical());
    }

    private EndorsementSource source(Endorsements answer) {
        return (_, _) -> {
            asked++;
            return new Fetched(answer, List.of());
        };
    }

    private Verdict<EnclaveCheck.Enclave> check(
            Optional<EndorsementSource> source, Published published) throws Exception {
        return new EndorsedCheck(Verifier.standard(), source)
                .check(published, play.identity.digest(), play.agreement, play.policy(), Play.NOW);
    }

    @Test
    void asksItsSourceForWhatTheEnclaveDidNotPublish() throws Exception {
        Optional<EndorsementSource> source = Optional.of(source(bundle().endorsements()));

        assertEquals(
                play.identity, accepted(check(source, published(Endorsements.none()))).identity());
        assertEquals(1, asked);
    }

    @Test
    void couldNotCheckWithoutASource() throws Exception {
        refused(
                check(Optional.empty(), published(Endorsements.none())),
                COULD_NOT_CHECK,
                "endorsements");
    }

    @Test
    void couldNotCheckWhenItsSourceHasNothing() throws Exception {
        EndorsementSource failing =
                (_, _) -> {
                    throw new CouldNotCheckException("no answer");
                };
        refused(
                check(Optional.of(failing), published(Endorsements.none())),
                COULD_NOT_CHECK,
                "endorsements");
        EndorsementSource unable =
                (_, _) -> {
                    throw new MalformedException("quote", "a quote", "none");
                };
        refused(
                check(Optional.of(unable), published(Endorsements.none())),
                MALFORMED,
                "endorsements");
    }

    @Test
    void asksNobodyWhenEverythingIsThere() throws Exception {
        accepted(check(Optional.of(source(Endorsements.none())), play.published(play.identity)));
        assertEquals(0, asked);
    }

    @Test
    void replacesNothingThatIsThereAndWrong() throws Exception {
        var wrong = Endorsements.simulated(play.enclaveKey.publicKey());

        refused(
                check(Optional.of(source(bundle().endorsements())), published(wrong)),
                NOT_AUTHENTIC,
                "simulated-root-endorsed");
        assertEquals(0, asked);
    }

    @Test
    void believesItsSourceNoMoreThanTheEnclave() throws Exception {
        var wrong = Endorsements.simulated(play.enclaveKey.publicKey());

        refused(
                check(Optional.of(source(wrong)), published(Endorsements.none())),
                NOT_AUTHENTIC,
                "simulated-root-endorsed");
    }
}
