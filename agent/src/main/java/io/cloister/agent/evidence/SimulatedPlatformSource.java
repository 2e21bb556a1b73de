package io.cloister.agent.evidence;

import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/// Asks the launcher's simulated platform, over its Unix domain socket. One connection a request.
///
/// @param platform where it listens
public record SimulatedPlatformSource(LocalEndpoint platform) implements EvidenceSource {
    @Override
    public Bytes evidence(Bytes reportData) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(platform.socket()));
            return PlatformExchange.request(
                    Channels.newInputStream(channel),
                    Channels.newOutputStream(channel),
                    platform.token(),
                    reportData);
        }
    }
}
