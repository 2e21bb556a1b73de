package io.cloister.client;

import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.keystore.Documents;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.KeyStoreException;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One person's records in their key store. What a method wrote is durable when it returns.
final class Vault {
    private static final JsonLimits LIMITS = new JsonLimits(16 << 20, 32, 2_000_000);
    private static final String MEMBERSHIP = "membership";

    private final KeyStore store;

    Vault(KeyStore store) {
        this.store = store;
    }

    /// A held lock.
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    interface Use<T> {
        T use() throws IOException;
    }

    static <T> T use(Use<T> use) throws ClientException {
        try {
            return use.use();
        } catch (KeyStoreException e) {
            throw ClientException.keyStore(e);
        } catch (IOException e) {
            throw ClientException.local("the key store can't be used", e);
        }
    }

    KeyStore store() {
        return store;
    }

    /// A record that belongs to no computation.
    Optional<Json> read(String name) throws ClientException {
        return read(store.settings(), name);
    }

    /// Makes `value` the record, whole or not at all.
    void write(String name, Json value) throws ClientException {
        write(store.settings(), name, value);
    }

    /// The names of all records that belong to no computation.
    List<String> names() throws ClientException {
        return use(() -> store.settings().names());
    }

    /// The record of a computation.
    Optional<Json> membership(Place place) throws ClientException {
        return read(store.documents(name(place)), MEMBERSHIP);
    }

    /// Makes `value` the record of a computation.
    void writeMembership(Place place, Json value) throws ClientException {
        write(store.documents(name(place)), MEMBERSHIP, value);
    }

    /// The computations that have a record, in order.
    List<Place> places() throws ClientException {
        List<Place> places = new ArrayList<>();
        for (KeyName name : use(store::list)) {
            try {
                var place =
                        new Place(ServerUrl.parse(name.server(), "key store"), name.computation());
                if (membership(place).isPresent()) {
                    places.add(place);
                }
            } catch (MalformedException e) {
                throw ClientException.local("the key store is damaged", e);
            }
        }
        return places.stream().sorted().toList();
    }

    /// A person's keys for a computation.
    Optional<ParticipantKeys> keys(Place place) throws ClientException {
        return use(() -> store.keys(name(place)));
    }

    /// A person's keys for a computation, made now if there are none.
    ParticipantKeys keysOrNew(Place place, SecureRandom random) throws ClientException {
        return use(() -> store.keysOrNew(name(place), random));
    }

    private static KeyName name(Place place) {
        return new KeyName(place.server().value(), place.computation());
    }

    private static Optional<Json> read(Documents documents, String name) throws ClientException {
        Optional<SecretBytes> content = use(() -> documents.secret(name));
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (SecretBytes secret = content.get()) {
            return Optional.of(
                    Json.parse(secret.expose(SecretExposure.acknowledged()), LIMITS, name));
        } catch (MalformedException e) {
            throw ClientException.local("the key store is damaged", e);
        }
    }

    private static void write(Documents documents, String name, Json value) throws ClientException {
        try (var secret = SecretBytes.copyOf(value.canonical(), SecretExposure.acknowledged())) {
            use(() -> {
                documents.putSecret(name, secret);
                return true;
            });
        }
    }

    /// A private folder for temporary files, on the key store's disk.
    Path temporary() throws ClientException {
        return use(store::temporary);
    }

    /// Keeps every other thread and process from changing what it read before, until it is closed.
    Lock lock() throws ClientException {
        KeyStore.Held held = use(store::hold);
        return () -> release(held);
    }

    private static void release(KeyStore.Held held) {
        try {
            held.close();
        } catch (IOException _) {
            // A closed channel holds no lock, however it closed.
        }
    }
}
