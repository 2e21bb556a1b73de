package io.cloister.protocol.state;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a computation of the Cosmian dialect consists of: the server's word (spec/cosmian.md).
///
/// @param setup how it was set up
/// @param keys registered so far
/// @param code the current code
/// @param data files that are there, in order of arrival
/// @param closed who said that all of their data is there, and when
/// @param used whether a run has taken the data since somebody's was last reset
/// @param runStands whether a run is over and nothing was reset since: how it ended is what a
///   participant waits for
public record CosmianPapers(
        CosmianSetup setup,
        Map<Seat, RegisteredKey> keys,
        Optional<BroughtCode> code,
        List<CosmianInputs.File> data,
        Map<Email, Instant> closed,
        boolean used,
        boolean runStands)
        implements Papers {
    public CosmianPapers {
        keys = Map.copyOf(keys);
        data = List.copyOf(data);
        closed = Map.copyOf(closed);
    }

    /// The key of one seat.
    ///
    /// @param key Ed25519
    /// @param at when it was registered, whole seconds
    public record RegisteredKey(PublicSigningKey key, Instant at) {}

    /// The code that is there.
    ///
    /// @param digests which code it is
    /// @param at when it was brought, whole seconds
    public record BroughtCode(CodeDigests digests, Instant at) {}

    static CosmianPapers of(CosmianSetup setup) {
        return new CosmianPapers(
                setup, Map.of(), Optional.empty(), List.of(), Map.of(), false, false);
    }

    /// The agreement, once every seat has a key and there is code.
    public Optional<CosmianAgreement> agreement() {
        List<Seat> seats = CosmianAgreement.seats(setup.roster());
        if (code.isEmpty() || !keys.keySet().containsAll(seats)) {
            return Optional.empty();
        }
        Instant issuedAt = code.get().at();
        for (RegisteredKey key : keys.values()) {
            issuedAt = key.at().isAfter(issuedAt) ? key.at() : issuedAt;
        }
        return Optional.of(
                new CosmianAgreement(
                        setup,
                        keys.entrySet().stream()
                                .collect(
                                        Collectors.toMap(
                                                Map.Entry::getKey,
                                                entry -> entry.getValue().key())),
                        code.get().digests(),
                        issuedAt));
    }

    /// Whether every Data Provider's data is there and no run has taken it.
    public boolean inputsReady() {
        return !used && closed.keySet().containsAll(setup.roster().dataProviders());
    }

    /// The files of `provider`, in order of arrival.
    public List<CosmianInputs.File> data(Email provider) {
        return data.stream().filter(file -> file.provider().equals(provider)).toList();
    }

    CosmianPapers with(Seat seat, RegisteredKey key) {
        Map<Seat, RegisteredKey> more = new LinkedHashMap<>(keys);
        more.put(seat, key);
        return new CosmianPapers(setup, more, code, data, closed, used, runStands);
    }

    CosmianPapers with(BroughtCode brought) {
        return new CosmianPapers(setup, keys, Optional.of(brought), data, closed, used, runStands);
    }

    /// With one file more, which arrives after those that are there, whatever a clock that was set
    /// back says.
    CosmianPapers with(CosmianInputs.File file) {
        long last = data.isEmpty() ? 0 : data.getLast().arrivedMillis();
        List<CosmianInputs.File> more = new ArrayList<>(data);
        more.add(file.arrivedAt(Math.max(last, file.arrivedMillis())));
        return new CosmianPapers(setup, keys, code, more, closed, used, runStands);
    }

    CosmianPapers closedBy(Email provider, Instant at) {
        Map<Email, Instant> more = new LinkedHashMap<>(closed);
        more.put(provider, at);
        return new CosmianPapers(setup, keys, code, data, more, used, runStands);
    }

    CosmianPapers withoutDataOf(Email provider) {
        Map<Email, Instant> fewer = new LinkedHashMap<>(closed);
        fewer.remove(provider);
        return new CosmianPapers(
                setup,
                keys,
                code,
                data.stream().filter(file -> !file.provider().equals(provider)).toList(),
                fewer,
                false,
                false);
    }

    CosmianPapers asUsed() {
        return new CosmianPapers(setup, keys, code, data, closed, true, false);
    }

    CosmianPapers withRunOver() {
        return new CosmianPapers(setup, keys, code, data, closed, used, true);
    }

    @Override
    public Papers withoutCode() {
        return new CosmianPapers(setup, keys, Optional.empty(), data, closed, false, false);
    }

    @Override
    public Optional<CodeDigests> codeDigests() {
        return code.map(BroughtCode::digests);
    }

    @Override
    public Dialect dialect() {
        return Dialect.COSMIAN;
    }

    @Override
    public ComputationId computation() {
        return setup.computation();
    }

    @Override
    public String title() {
        return setup.title();
    }

    @Override
    public Email owner() {
        return setup.owner();
    }

    @Override
    public Roster roster() {
        return setup.roster();
    }

    @Override
    public RuntimeRef runtime() {
        return setup.runtime();
    }

    @Override
    public Terms terms() {
        return setup.terms();
    }
}
