package io.cloister.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A git repository on a host that the operator allows.
///
/// @param host one of the operator's, as the operator wrote it
/// @param path from `/`
record GitAddress(String host, String path) {
    /// Longest address in UTF-16 units.
    static final int MAX_LENGTH = 2_048;

    private static final String FIELD = "body.github.repository_url";
    private static final int HTTPS = 443;
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_~][A-Za-z0-9._~-]*)+/?");

    /// Reads what a caller gave.
    ///
    /// @throws Problem 400 if it is no plain `https` address, 403 if its host is not among `hosts`
    static GitAddress parse(String text, List<String> hosts) throws Problem {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException _) {
            throw malformed(text);
        }
        String authority = Optional.ofNullable(uri.getRawAuthority()).orElse("");
        String path = Optional.ofNullable(uri.getRawPath()).orElse("");
        boolean plain =
                "https".equalsIgnoreCase(uri.getScheme())
                        && uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null
                        && PATH.matcher(path).matches();
        if (!plain) {
            throw malformed(text);
        }
        if (uri.getPort() != -1 && uri.getPort() != HTTPS) {
            throw Problem.invalid(FIELD, "the usual port of https", text);
        }
        String lower = authority.toLowerCase(Locale.ROOT);
        for (String host : hosts) {
            if (lower.equals(host) || lower.equals(host + ":" + HTTPS)) {
                return new GitAddress(host, path);
            }
        }
        throw Problem.of(
                403,
                "git-not-allowed",
                "this server takes code from git repositories on "
                        + String.join(", ", hosts)
                        + " only; upload the folder instead");
    }

    private static Problem malformed(String text) {
        return Problem.invalid(
                FIELD, "https://HOST/PATH, without a user name, query or fragment", text);
    }

    @Override
    public String toString() {
        return "https://" + host + path;
    }
}
