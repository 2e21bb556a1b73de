package io.cloister.client.server;

import io.cloister.protocol.Sha256;

import java.util.Optional;

/// A control plane and how to know its certificate.
///
/// @param url where
/// @param pin SHA-256 of the one certificate to accept (its DER form), where no public authority
///   vouches for it
public record Endpoint(ServerUrl url, Optional<Sha256> pin) {
    /// Without a pin: the platform's authorities decide.
    public static Endpoint of(ServerUrl url) {
        return new Endpoint(url, Optional.empty());
    }
}
