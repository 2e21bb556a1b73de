package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Answers of services by their address, in a folder, together with which hosts are to be left
/// alone. Nothing in it is believed: an answer is checked again whenever it is read. A cache that
/// can't be read or written is as good as an empty one. Safe for use by several threads and
/// processes.
public final class EndorsementCache implements Pauses {
    private static final String ANSWER = "application/vnd.cloister.cached-answer.v1+json";
    private static final String PAUSE = "application/vnd.cloister.service-pause.v1+json";
    private static final JsonLimits LIMITS = new JsonLimits(256 << 10, 4, 64);
    private static final int MAX_CHAIN = 32 << 10;
    private static final int MAX_URL = 2_000;

    /// A clock that jumped must not silence a host for longer than any host may ask.
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    private final Path folder;

    /// A cache in `folder`.
    ///
    /// @param folder is made when something is to be kept
    public EndorsementCache(Path folder) {
        this.folder = folder;
    }

    /// An answer as it came.
    ///
    /// @param answer not believed
    /// @param fetchedAt whole seconds
    record Kept(HttpAnswer answer, Instant fetchedAt) {}

    /// What was kept of `url`; nothing if that isn't readable.
    Optional<Kept> read(URI url) {
        return document("answer-", url.toString()).flatMap(bytes -> parse(bytes, url));
    }

    private static Optional<Kept> parse(byte[] bytes, URI url) {
        try {
            Fields fields = Fields.of(CanonicalJson.parse(bytes, LIMITS, "cache"), "cache");
            fields.constant("type", ANSWER);
            fields.constant("url", url.toString());
            var kept =
                    new Kept(
                            new HttpAnswer(
                                    fields.base64("body", 0, Endorsements.MAX_ANSWER),
                                    fields.optional("chain", EndorsementCache::text)),
                            instant(fields, "fetchedAt"));
            fields.end();
            return Optional.of(kept);
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private static String text(Json json, String path) throws MalformedException {
        if (json instanceof Json.Str(var text) && text.length() <= MAX_CHAIN) {
            return text;
        }
        throw new MalformedException(path, "a text", "something else");
    }

    private static Instant instant(Fields fields, String name) throws MalformedException {
        return Instant.ofEpochSecond(fields.integer(name, 0, Json.MAX_INTEGER / 1000));
    }

    /// Keeps an answer.
    void write(URI url, HttpAnswer answer, Instant fetchedAt) {
        JsonObjectBuilder json =
                Json.object()
                        .put("type", ANSWER)
                        .put("url", url.toString())
                        .put("body", answer.body().base64())
                        .put("fetchedAt", fetchedAt.getEpochSecond());
        answer.chain().ifPresent(chain -> json.put("chain", chain));
        keep("answer-", url.toString(), json.build());
    }

    @Override
    public Optional<Instant> until(URI url, Instant now) {
        return document("pause-", host(url))
                .flatMap(bytes -> pause(bytes, url))
                .filter(until -> until.isAfter(now) && !until.isAfter(now.plus(LONGEST_PAUSE)));
    }

    private static Optional<Instant> pause(byte[] bytes, URI url) {
        try {
            Fields fields = Fields.of(CanonicalJson.parse(bytes, LIMITS, "pause"), "pause");
            fields.constant("type", PAUSE);
            fields.constant("host", host(url));
            Instant until = instant(fields, "until");
            fields.end();
            return Optional.of(until);
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    @Override
    public void set(URI url, Instant end) {
        keep(
                "pause-",
                host(url),
                Json.object()
                        .put("type", PAUSE)
                        .put("host", host(url))
                        .put("until", end.getEpochSecond())
                        .build());
    }

    private static String host(URI url) {
        return url.getScheme() + "://" + url.getAuthority();
    }

    private Path file(String prefix, String key) {
        return folder.resolve(prefix + Sha256.of(Bytes.utf8(key)).value().hex() + ".json");
    }

    private Optional<byte[]> document(String prefix, String key) {
        Path file = file(prefix, key);
        try {
            if (key.length() > MAX_URL
                    || !Files.isRegularFile(file)
                    || Files.size(file) > LIMITS.maxBytes()) {
                return Optional.empty();
            }
            return Optional.of(Files.readAllBytes(file));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private void keep(String prefix, String key, Json document) {
        try {
            Files.createDirectories(folder);
            Path written = Files.createTempFile(folder, "new-", ".json");
            try {
                Files.write(written, document.canonical());
                Files.move(
                        written,
                        file(prefix, key),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException _) {
            // Without a cache the service is asked again next time, and answers or not.
        }
    }
}
