package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.NOW;

import io.cloister.protocol.Email;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Samples;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Swap;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The same computation as [Samples], in the Cosmian dialect.
public final class CosmianSamples {
    public static final CosmianSetup SETUP =
            new CosmianSetup(
                    Samples.COMPUTATION,
                    "Déjà vu: mean age",
                    Samples.OLGA,
                    Samples.ROSTER,
                    Samples.RUNTIME,
                    Samples.terms(),
                    NOW);

    public static final List<Seat> SEATS = CosmianAgreement.seats(Samples.ROSTER);

    private CosmianSamples() {}

    public static PublicSigningKey key(Seat seat) {
        return TestKey.of("cosmian " + seat).publicKey();
    }

    public static CodeDigests code() {
        return new CodeDigests(
                Samples.digest("bundle"),
                10_240,
                Samples.digest("run.py"),
                Optional.of(Samples.digest("requirements")),
                Optional.empty());
    }

    public static CosmianAgreement agreement() {
        Map<Seat, PublicSigningKey> keys = new LinkedHashMap<>();
        SEATS.forEach(seat -> keys.put(seat, key(seat)));
        return new CosmianAgreement(SETUP, keys, code(), NOW.plusSeconds(60));
    }

    public static CosmianIdentity identity() {
        return new CosmianIdentity(
                Samples.COMPUTATION,
                agreement().digest(),
                TestKey.of("enclave key").publicKey(),
                TestKey.of("receipts").publicKey(),
                Samples.RUNTIME,
                IsolationLevel.NAMESPACES,
                Swap.OFF,
                NOW.plusSeconds(90));
    }

    public static CosmianInputs.File file(Email provider, String name, long arrivedMillis) {
        return new CosmianInputs.File(
                provider, new FileName(name), Samples.digest(name), 1_000, arrivedMillis);
    }

    public static CosmianInputs inputs() {
        return new CosmianInputs(
                Samples.COMPUTATION,
                agreement().digest(),
                1,
                List.of(
                        file(DANA, "a.csv.enc", 1_000),
                        file(DAVE, "b.csv.enc", 1_000),
                        file(DANA, "c.csv.enc", 2_000)));
    }

    public static Event registered(Seat seat) {
        return new Event.KeyRegistered(seat, key(seat), NOW);
    }

    public static Event brought() {
        return new Event.CodeBrought(code(), NOW.plusSeconds(60));
    }

    public static Event blob(Seat seat) {
        return new Event.KeyBlobReceived(1, seat, Samples.digest("blob of " + seat));
    }

    /// Everything up to an agreement.
    public static List<Event> agreed() {
        List<Event> events = new ArrayList<>(List.of(new Event.CosmianCreated(SETUP)));
        SEATS.forEach(seat -> events.add(registered(seat)));
        events.add(brought());
        return events;
    }

    /// Everything up to an enclave that takes keys.
    public static List<Event> granting() {
        List<Event> events = agreed();
        events.add(new Event.EnclaveQueued(1));
        events.add(new Event.EnclaveStarted(1));
        events.add(new Event.IdentityPublished(1, identity().digest()));
        return events;
    }

    /// Everything up to the first run.
    public static List<Event> running() {
        List<Event> events = granting();
        SEATS.forEach(seat -> events.add(blob(seat)));
        events.add(new Event.DataBrought(file(DANA, "a.csv.enc", 1_000)));
        events.add(new Event.DataBrought(file(DAVE, "b.csv.enc", 2_000)));
        events.add(new Event.DataClosed(DANA, NOW));
        events.add(new Event.DataClosed(DAVE, NOW));
        events.add(new Event.RunStarted(1, 1));
        return events;
    }
}
