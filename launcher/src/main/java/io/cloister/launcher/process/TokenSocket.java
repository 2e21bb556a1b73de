package io.cloister.launcher.process;

import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.protocol.Bytes;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;

/// A listening Unix domain socket whose clients must first send a token made for it. Each client
/// gets a virtual thread; one that has no token is closed without a word.
final class TokenSocket implements Closeable {
    private final ServerSocketChannel listener;
    private final LocalEndpoint endpoint;

    /// What is done with a client that has the token, on a thread of its own. The channel is the
    /// client's to close.
    @FunctionalInterface
    interface Client {
        void serve(SocketChannel channel) throws IOException;
    }

    private TokenSocket(ServerSocketChannel listener, LocalEndpoint endpoint) {
        this.listener = listener;
        this.endpoint = endpoint;
    }

    static TokenSocket listen(Path socket, SecureRandom random, Client client) throws IOException {
        byte[] token = new byte[LocalEndpoint.TOKEN_LENGTH];
        random.nextBytes(token);
        var endpoint = new LocalEndpoint(socket, Bytes.copyOf(token));
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        var opened = new TokenSocket(listener, endpoint);
        Thread.ofVirtual().name("accept " + socket).start(() -> opened.accept(client));
        return opened;
    }

    LocalEndpoint endpoint() {
        return endpoint;
    }

    private void accept(Client client) {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                Thread.ofVirtual()
                        .name("serve " + endpoint.socket())
                        .start(() -> serve(channel, client));
            }
        } catch (IOException _) {
            // Closed: the enclave is gone.
        }
    }

    private void serve(SocketChannel channel, Client client) {
        try {
            if (hasToken(channel)) {
                client.serve(channel);
            } else {
                channel.close();
            }
        } catch (IOException _) {
            closeQuietly(channel);
        }
    }

    private boolean hasToken(SocketChannel channel) throws IOException {
        ByteBuffer token = ByteBuffer.allocate(LocalEndpoint.TOKEN_LENGTH);
        while (token.hasRemaining()) {
            if (channel.read(token) < 0) {
                return false;
            }
        }
        return MessageDigest.isEqual(token.array(), endpoint.token().toArray());
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception _) {
            // What can't be closed is gone, and nobody waits for it.
        }
    }
}
