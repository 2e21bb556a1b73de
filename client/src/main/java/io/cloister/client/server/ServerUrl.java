package io.cloister.client.server;

import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/// Where a control plane is: `https://host[:port]`, or `http://` for this machine's loopback
/// addresses only. It has no path, query or user, and one form per place, because keys are looked
/// up by it.
///
/// @param value the text, without a slash at its end
public record ServerUrl(String value) implements Comparable<ServerUrl> {
    private static final int MAX_LENGTH = 300;
    private static final Pattern HOST = Pattern.compile("[a-z0-9.-]{1,253}|\\[[0-9a-f:.]{2,45}]");
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    public ServerUrl {
        if (!isWellFormed(value)) {
            throw new IllegalArgumentException("not a server address");
        }
    }

    /// Reads the one form.
    ///
    /// @throws MalformedException if `text` is another, or plain HTTP beyond loopback, naming
    ///   `path`
    public static ServerUrl parse(String text, String path) throws MalformedException {
        if (!isWellFormed(text)) {
            throw new MalformedException(
                    path, "https://host[:port] (or http:// with a loopback address)", text);
        }
        return new ServerUrl(text);
    }

    /// Reads what a person typed: a slash at the end, upper-case letters and the scheme's own port
    /// are mended.
    ///
    /// @throws MalformedException if it is no server address even then, naming `path`
    public static ServerUrl fromPerson(String text, String path) throws MalformedException {
        String mended = text.strip().toLowerCase(Locale.ROOT).replaceFirst("/+$", "");
        if (mended.startsWith("https://")) {
            mended = mended.replaceFirst(":" + HTTPS_PORT + "$", "");
        } else if (mended.startsWith("http://")) {
            mended = mended.replaceFirst(":" + HTTP_PORT + "$", "");
        }
        return parse(mended, path);
    }

    /// The address of an API call.
    ///
    /// @param path begins with `/`, percent-encoded
    URI api(String path) {
        return URI.create(value + "/api/v1" + path);
    }

    private static boolean isWellFormed(String text) {
        if (text.length() > MAX_LENGTH) {
            return false;
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException _) {
            return false;
        }
        String host = uri.getHost();
        return host != null
                && HOST.matcher(host).matches()
                && text.equals(uri.getScheme() + "://" + host + port(uri))
                && ("https".equals(uri.getScheme())
                        || ("http".equals(uri.getScheme()) && isLoopback(host)));
    }

    private static String port(URI uri) {
        int own = "https".equals(uri.getScheme()) ? HTTPS_PORT : HTTP_PORT;
        return uri.getPort() == -1
                        || uri.getPort() == own
                        || uri.getPort() > 65_535
                        || uri.getPort() == 0
                ? ""
                : ":" + uri.getPort();
    }

    /// By its text alone: resolving `localhost` is RFC 6761 §6.3, any other name could lead
    /// elsewhere.
    private static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }

    @Override
    public int compareTo(ServerUrl other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
