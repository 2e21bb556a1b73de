package io.cloister.client.endorsement;

import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// Where the vendors' services are, or something that answers in their place.
///
/// @param intel beginning of the addresses of the Provisioning Certification Service, without a
///   slash at its end
/// @param intelRootCrl address of the revocation list of Intel's root
/// @param amd beginning of the addresses of the Key Distribution Service, without a slash at its
///   end
public record VendorServices(URI intel, URI intelRootCrl, URI amd) {
    private static final int MAX_LENGTH = 300;

    /// The vendors' own.
    public static VendorServices ofVendors() {
        return new VendorServices(
                URI.create("https://api.trustedservices.intel.com"),
                URI.create("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"),
                URI.create("https://kdsintf.amd.com"));
    }

    /// A caching service, such as Intel's PCCS, that answers under the vendors' paths. It needs no
    /// trust: what it says must chain to the vendors' roots all the same.
    ///
    /// @param text `https://…`, or `http://` with a loopback address
    /// @throws MalformedException if it is anything else, naming `path`
    public static VendorServices at(String text, String path) throws MalformedException {
        String stripped = text.replaceFirst("/+$", "");
        URI base;
        try {
            base = new URI(stripped);
        } catch (URISyntaxException _) {
            throw malformed(text, path);
        }
        String host = base.getHost();
        boolean secure =
                "https".equals(base.getScheme())
                        || ("http".equals(base.getScheme()) && host != null && isLoopback(host));
        if (stripped.length() > MAX_LENGTH
                || host == null
                || !secure
                || base.getRawUserInfo() != null
                || base.getRawQuery() != null
                || base.getRawFragment() != null) {
            throw malformed(text, path);
        }
        return new VendorServices(base, URI.create(base + "/sgx/certification/v4/rootcacrl"), base);
    }

    private static MalformedException malformed(String text, String path) {
        return new MalformedException(
                path, "https://host[:port][/path] (or http:// with a loopback address)", text);
    }

    /// By its text alone: resolving `localhost` is RFC 6761 §6.3, any other name could lead
    /// elsewhere.
    private static boolean isLoopback(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.equals("localhost")
                || lower.equals("[::1]")
                || lower.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }
}
