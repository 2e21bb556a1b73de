package io.cloister.crypto.keystore;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// What keys are looked up by: server **and** computation. An id alone is not enough, since any
/// server can claim any id.
///
/// @param server the server's address in its one form, as [#of] makes it:
///   `https://host[:port][/path]`, lower-case scheme and host, no default port, no `/` at the end
/// @param computation the computation
public record KeyName(String server, ComputationId computation) implements Comparable<KeyName> {
    private static final int MAX_LENGTH = 1024;

    /// @throws IllegalArgumentException if `server` is not in its one form
    public KeyName {
        try {
            if (!normal(server, "server").equals(server)) {
                throw new IllegalArgumentException("the server's address is not in its one form");
            }
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// The name for a computation on the server at `address`, whose different spellings give one
    /// name.
    ///
    /// @throws MalformedException if `address` is no `http` or `https` address of a server
    public static KeyName of(String address, ComputationId computation) throws MalformedException {
        return new KeyName(normal(address, "server"), computation);
    }

    private static String normal(String address, String path) throws MalformedException {
        if (address.length() > MAX_LENGTH) {
            throw new MalformedException(
                    path,
                    "at most " + MAX_LENGTH + " characters",
                    address.length() + " characters");
        }
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException _) {
            throw new MalformedException(path, "an address", address);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw new MalformedException(path, "https://… or http://…", address);
        }
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new MalformedException(path, "a host without user, query or fragment", address);
        }
        int defaultPort = scheme.equals("https") ? 443 : 80;
        String port = uri.getPort() < 0 || uri.getPort() == defaultPort ? "" : ":" + uri.getPort();
        String folder = uri.normalize().getRawPath().replaceFirst("/+$", "");
        return scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port + folder;
    }

    @Override
    public int compareTo(KeyName other) {
        int byServer = server.compareTo(other.server);
        return byServer != 0 ? byServer : computation.compareTo(other.computation);
    }

    @Override
    public String toString() {
        return computation + " on " + server;
    }
}
