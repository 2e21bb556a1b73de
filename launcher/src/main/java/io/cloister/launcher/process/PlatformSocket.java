package io.cloister.launcher.process;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.SecureRandom;

/// One enclave's way to the simulated platform. Whatever comes in through it is about that enclave,
/// as measured when it was started: the enclave has no say in that.
final class PlatformSocket implements Closeable {
    private final SimulatedPlatform platform;
    private final Measurement measurement;
    private final TokenSocket socket;

    private PlatformSocket(
            SimulatedPlatform platform, Measurement measurement, Path path, SecureRandom random)
            throws IOException {
        this.platform = platform;
        this.measurement = measurement;
        this.socket = TokenSocket.listen(path, random, this::serve);
    }

    static PlatformSocket listen(
            SimulatedPlatform platform, Measurement measurement, Path path, SecureRandom random)
            throws IOException {
        return new PlatformSocket(platform, measurement, path, random);
    }

    LocalEndpoint endpoint() {
        return socket.endpoint();
    }

    private void serve(SocketChannel channel) throws IOException {
        try (channel) {
            ByteBuffer reportData = ByteBuffer.allocate(PlatformExchange.REPORT_DATA_LENGTH);
            while (reportData.hasRemaining()) {
                if (channel.read(reportData) < 0) {
                    return;
                }
            }
            PlatformExchange.answer(
                    Channels.newOutputStream(channel),
                    platform.evidence(measurement, Bytes.copyOf(reportData.array())).canonical());
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
