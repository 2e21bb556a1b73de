package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;

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
/// @param refusals what it refused, newest last, at most 100
public record EnclaveRecord(
        long number,
        Stage stage,
        Optional<Sha256> identity,
        Map<Email, Sha256> grants,
        Map<Long, Map<Email, Sha256>> inputs,
        List<Event.Refused> refusals) {
    private static final int MAX_REFUSALS = 100;
    private static final String INPUTS_EXIST = "inputs.exist";

    /// How far an enclave is.
    public enum Stage {
        QUEUED,
        STARTING,
        /// It published its identity and takes grants.
        READY,
        STOPPED
    }

    public EnclaveRecord {
        grants = Map.copyOf(grants);
        inputs = Map.copyOf(inputs);
        refusals = List.copyOf(refusals);
    }

    static EnclaveRecord queued(long number) {
        return new EnclaveRecord(
                number, Stage.QUEUED, Optional.empty(), Map.of(), Map.of(), List.of());
    }

    EnclaveRecord at(Stage next) {
        return new EnclaveRecord(number, next, identity, grants, inputs, refusals);
    }

    EnclaveRecord published(Sha256 digest) {
        return new EnclaveRecord(
                number, Stage.READY, Optional.of(digest), grants, inputs, refusals);
    }

    EnclaveRecord granted(Email signer, Sha256 sealed) {
        Map<Email, Sha256> more = new LinkedHashMap<>(grants);
        more.put(signer, sealed);
        return new EnclaveRecord(number, stage, identity, more, inputs, refusals);
    }

    EnclaveRecord withInputs(long run, Email signer, Sha256 sealed) {
        Map<Long, Map<Email, Sha256>> more = new LinkedHashMap<>(inputs);
        Map<Email, Sha256> ofRun = new LinkedHashMap<>(more.getOrDefault(run, Map.of()));
        ofRun.put(signer, sealed);
        more.put(run, Map.copyOf(ofRun));
        return new EnclaveRecord(number, stage, identity, grants, more, refusals);
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
        return new EnclaveRecord(number, stage, identity, keptGrants, keptInputs, more);
    }

    private static boolean isAbout(Event.Refused refusal, Map.Entry<Email, Sha256> place) {
        return refusal.signer().filter(place.getKey()::equals).isPresent();
    }

    /// Who has not granted yet, of `people`.
    public Set<Email> missingGrants(List<Email> people) {
        var missing = new LinkedHashSet<>(people);
        missing.removeAll(grants.keySet());
        return missing;
    }
}
