package io.cloister.e2e.stage;

import io.cloister.client.invite.Invitation;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What an operator must never have: of one play, what its data, its secret code and their names
/// say, and every key in the key stores of its people. Bytes stand for themselves as ISO-8859-1.
public final class Secrets {
    /// Shorter pieces could be in a ciphertext by chance, or in something that is no secret.
    private static final int LEAST = 12;

    private static final int PIECE = 32;
    private static final Set<String> CLEAR =
            Set.of("run.py", "requirements.txt", "requirements.lock");

    private Secrets() {}

    /// Pieces of every data file and secret code file, and the names of data files that the clear
    /// code does not say itself.
    public static List<String> of(Play play) throws IOException {
        Set<String> secrets = new TreeSet<>();
        secrets.add("AGE-SECRET-KEY");
        secrets.add("age-secret-key");
        var clear = new StringBuilder();
        try (Stream<Path> files = Files.walk(play.code())) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = play.code().relativize(file).toString();
                if (CLEAR.contains(name) || name.startsWith("wheels/")) {
                    clear.append(text(file));
                } else {
                    secrets.addAll(pieces(text(file)));
                }
            }
        }
        for (List<Path> files : play.data().values()) {
            for (Path file : files) {
                secrets.addAll(pieces(text(file)));
                secrets.add(file.getFileName().toString());
            }
        }
        secrets.removeIf(secret -> clear.indexOf(secret) >= 0);
        return List.copyOf(secrets);
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    /// Each line that is long enough, of few lines; of much, some from the start, the middle and
    /// the end.
    private static List<String> pieces(String content) {
        if (content.length() < LEAST) {
            return List.of();
        }
        List<String> lines =
                content.lines()
                        .map(String::strip)
                        .filter(line -> line.length() >= LEAST)
                        .distinct()
                        .toList();
        if (lines.isEmpty()) {
            return List.of(content);
        }
        List<String> pieces = new ArrayList<>();
        int step = Math.max(1, lines.size() / 5);
        for (int i = 0; i < lines.size(); i += step) {
            String line = lines.get(i);
            pieces.add(line.substring(0, Math.min(PIECE, line.length())));
        }
        return pieces;
    }

    /// Every signing key, identity, invitation secret and access token in the key store `folder`.
    public static List<String> of(Path folder) throws Exception {
        List<String> secrets = new ArrayList<>();
        KeyStore store = KeyStore.open(folder, PassphraseSource.none());
        for (KeyName name : store.list()) {
            var keys = store.keys(name);
            if (keys.isPresent()) {
                secrets.addAll(of(keys.get()));
            }
            var membership = store.documents(name).secret("membership");
            if (membership.isPresent()) {
                secrets.addAll(
                        of(
                                Fields.of(
                                        Json.parse(
                                                exposed(membership.get()),
                                                JsonLimits.DOCUMENT,
                                                "membership"),
                                        "membership")));
            }
        }
        return secrets;
    }

    private static List<String> of(ParticipantKeys keys) {
        SecretExposure exposure = SecretExposure.acknowledged();
        List<String> secrets = new ArrayList<>(forms(exposed(keys.signing().seed(exposure))));
        secrets.add(ascii(keys.receive().text(exposure)));
        secrets.add(ascii(keys.encrypt().text(exposure)));
        return secrets;
    }

    /// What a participant's record of a computation holds that is nobody else's business.
    private static List<String> of(Fields membership) throws Exception {
        List<String> secrets = new ArrayList<>();
        if (membership.has("accessToken")) {
            secrets.add(membership.string("accessToken", 1, 1_000));
        }
        if (membership.has("ownership")) {
            Fields ownership = membership.object("ownership");
            secrets.addAll(forms(ownership.base64("key", 32, 32).toArray()));
            for (String text :
                    ownership.list(
                            "invitations",
                            Roster.MAX_PER_ROLE * 3,
                            (one, path) -> Fields.of(one, path).string("invitation", 1, 10_000))) {
                Invitation invitation = Invitation.parse(text);
                secrets.add(text);
                secrets.add(invitation.token());
                secrets.addAll(forms(invitation.secret().expose(SecretExposure.acknowledged())));
            }
        }
        return secrets;
    }

    /// A secret as it is, in hexadecimal and in base64.
    public static List<String> forms(byte[] secret) {
        String base64 = Base64.getEncoder().encodeToString(secret);
        return List.of(
                new String(secret, StandardCharsets.ISO_8859_1),
                HexFormat.of().formatHex(secret),
                HexFormat.of().withUpperCase().formatHex(secret),
                base64.replace("=", ""),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    private static byte[] exposed(SecretBytes secret) {
        return secret.expose(SecretExposure.acknowledged());
    }

    private static String ascii(SecretBytes secret) {
        return new String(exposed(secret), StandardCharsets.US_ASCII);
    }
}
