package io.cloister.attestation.platform;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A Unix domain socket to connect to, and the one-time token to send first on it. The token keeps
/// other local processes off the socket; it protects no participant's secret.
///
/// @param socket absolute path of the socket, at most 104 bytes so that every `sockaddr_un` can
///   hold it
/// @param token 32 bytes, sent raw before anything else
public record LocalEndpoint(Path socket, Bytes token) {
    /// Length of a token in bytes.
    public static final int TOKEN_LENGTH = 32;

    private static final int MAX_PATH_BYTES = 104;

    public LocalEndpoint {
        if (!socket.isAbsolute()
                || socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IllegalArgumentException(
                    "a socket's path is absolute and has at most "
                            + MAX_PATH_BYTES
                            + " bytes: "
                            + socket);
        }
        if (token.length() != TOKEN_LENGTH) {
            throw new IllegalArgumentException("a token has 32 bytes, not " + token.length());
        }
    }

    Json toJson() {
        return Json.object().put("socket", socket.toString()).put("token", token.hex()).build();
    }

    static LocalEndpoint read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        Path socket = fields.text("socket", EnclaveBoot::absolutePath);
        Bytes token = fields.text("token", Bytes::fromHex);
        fields.end();
        try {
            return new LocalEndpoint(socket, token);
        } catch (IllegalArgumentException e) {
            throw new MalformedException(
                    path, "a socket path and a token of 32 bytes", String.valueOf(e.getMessage()));
        }
    }

    /// Without the token.
    @Override
    public String toString() {
        return "LocalEndpoint[" + socket + "]";
    }
}
