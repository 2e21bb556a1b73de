package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Seat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the control plane knows of one enclave.
///
/// @param number from 1 within the computation
/// @param stage how far it is
/// @param identity digest of its identity, once published
/// @param grants digest of the sealed grant it was handed, by signer
/// @param inputs digest of the sealed input list it was handed apart from grants, by run and signer
/// @param keys digest of the key blob it was handed last, by seat, in the Cosmian dialect
/// @param stopped why it stopped, once it has
/// @param refusals what it refused, newest last, at most 100
public record EnclaveRecord(
        long number,
        Stage stage,
        Optional<Sha256> identity,
        Map<Email, Sha256> grants,
        Map<Long, Map<Email, Sha256>> inputs,
        Map<Seat, Sha256> keys,
        Optional<Stop> stopped,
        List<Event.Refused> refusals) {
    private static final int MAX_REFUSALS = 100;
    private static final String KEY = "key.";
    private static final String INPUTS_EXIST = "inputs.exist";

    /// How far an enclave is.
    public enum Stage {
        QUEUED,
        STARTING,
        /// It published its identity and takes grants.
        READY,
        STOPPED
    }

    /// Why an enclave stopped.
    ///
    /// @param reason why
    /// @param detail for people
    public record Stop(StopReason reason, String detail) {}

    public EnclaveRecord {
        keys = Map.copyOf(keys);
        grants = Map.copyOf(grants);
        inputs = Map.copyOf(inputs);
        refusals = List.copyOf(refusals);
    }

    static EnclaveRecord queued(long number) {
        return new EnclaveRecord(
                number,
                Stage.QUEUED,
                Optional.empty(),
                Map.of(),
                Map.of(),
                Map.of(),
                Optional.empty(),
                List.of());
    }

    EnclaveRecord at(Stage next) {
        return new EnclaveRecord(number, next, identity, grants, inputs, keys, stopped, refusals);
    }

    EnclaveRecord published(Sha256 digest) {
        return new EnclaveRecord(
                number, Stage.READY, Optional.of(digest), grants, inputs, keys, stopped, refusals);
    }

    EnclaveRecord stopped(StopReason reason, String detail) {
        return new EnclaveRecord(
                number,
                Stage.STOPPED,
                identity,
                grants,
                inputs,
                keys,
                Optional.of(new Stop(reason, detail)),
                refusals);
    }

    EnclaveRecord with(Seat seat, Sha256 blob) {
        Map<Seat, Sha256> more = new LinkedHashMap<>(keys);
        more.put(seat, blob);
        return new EnclaveRecord(number, stage, identity, grants, inputs, more, stopped, refusals);
    }

    EnclaveRecord granted(Email signer, Sha256 sealed) {
        Map<Email, Sha256> more = new LinkedHashMap<>(grants);
        more.put(signer, sealed);
        return new EnclaveRecord(number, stage, identity, more, inputs, keys, stopped, refusals);
    }

    EnclaveRecord withInputs(long run, Email signer, Sha256 sealed) {
        Map<Long, Map<Email, Sha256>> more = new LinkedHashMap<>(inputs);
        Map<Email, Sha256> ofRun = new LinkedHashMap<>(more.getOrDefault(run, Map.of()));
        ofRun.put(signer, sealed);
        more.put(run, Map.copyOf(ofRun));
        return new EnclaveRecord(number, stage, identity, grants, more, keys, stopped, refusals);
    }

    /// Notes a refusal and frees the place of the document it is about, so that its signer can send
    /// another (spec/grant.md §4). Where the enclave accepted one before, it does not.
    EnclaveRecord refused(Event.Refused refusal, long nextRun) {
        List<Event.Refused> more = new ArrayList<>(refusals);
        more.add(refusal);
        if (more.size() > MAX_REFUSALS) {
            more.removeFirst();
        }
        Map<Email, Sha256> keptGrants = new LinkedHashMap<>(grants);
        keptGrants
                .entrySet()
                .removeIf(grant ->
                        refusal.code().startsWith("grant.")
                                && isAbout(refusal, grant)
                                && refusal.sealed().map(grant.getValue()::equals).orElse(true));
        Map<Long, Map<Email, Sha256>> keptInputs = new LinkedHashMap<>();
        inputs.forEach((run, lists) -> {
            Map<Email, Sha256> kept = new LinkedHashMap<>(lists);
            kept.entrySet()
                    .removeIf(list ->
                            run >= nextRun
                                    && refusal.code().startsWith("inputs.")
                                    && !refusal.code().equals(INPUTS_EXIST)
                                    && isAbout(refusal, list)
                                    && refusal.sealed()
                                            .filter(list.getValue()::equals)
                                            .isPresent());
            if (!kept.isEmpty()) {
                keptInputs.put(run, Map.copyOf(kept));
            }
        });
        Map<Seat, Sha256> keptKeys = new LinkedHashMap<>(keys);
        keptKeys.entrySet()
                .removeIf(key ->
                        refusal.code().startsWith(KEY)
                                && refusal.signer()
                                        .filter(key.getKey().person()::equals)
                                        .isPresent()
                                && refusal.sealed().filter(key.getValue()::equals).isPresent());
        return new EnclaveRecord(
                number, stage, identity, keptGrants, keptInputs, keptKeys, stopped, more);
    }

    private static boolean isAbout(Event.Refused refusal, Map.Entry<Email, Sha256> place) {
        return refusal.signer().filter(place.getKey()::equals).isPresent();
    }

    /// Whose key has not come yet, of `seats`.
    public Set<Seat> missingKeys(List<Seat> seats) {
        var missing = new LinkedHashSet<>(seats);
        missing.removeAll(keys.keySet());
        return missing;
    }

    /// Who has not granted yet, of `people`.
    public Set<Email> missingGrants(List<Email> people) {
        var missing = new LinkedHashSet<>(people);
        missing.removeAll(grants.keySet());
        return missing;
    }
}
