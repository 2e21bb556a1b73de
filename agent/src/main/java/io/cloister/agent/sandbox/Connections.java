package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The four connections of a sandbox: the supervisor's, the loader's, the one for what the code
/// prints, and the one for inputs it reads as streams. They are taken at a socket in a folder of
/// mode 0700, from whoever knows the token; socket and folder are gone after.
final class Connections implements AutoCloseable {
    private static final int TOKEN_BYTES = 32;
    private static final int MOST_STRANGERS = 16;
    private static final int MOST_PATH_BYTES = 107;
    private static final int SEND_BUFFER_BYTES = 1 << 20;
    private static final String PREFIX = "c";

    /// Where a short path can be had whatever the folder for temporary files is.
    private static final Path EVERYWHERE = Path.of("/tmp");

    private final Path folder;
    private final Path path;
    private final byte[] token = new byte[TOKEN_BYTES];
    private final ServerSocketChannel listener;
    private final Map<Role, SocketChannel> accepted = new ConcurrentHashMap<>();

    enum Role {
        CONTROL('C'),
        LOADER('L'),
        LOG('O'),
        STREAMS('I');

        private final char letter;

        Role(char letter) {
            this.letter = letter;
        }
    }

    Connections(Path parent) throws IOException {
        new SecureRandom().nextBytes(token);
        folder =
                Files.createTempDirectory(
                        fits(parent) ? parent : EVERYWHERE,
                        PREFIX,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        path = folder.resolve("s").toAbsolutePath();
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// Whether a socket in a folder of `parent` has a path that the system takes: 64 random bits in
    /// decimal, two separators and a letter come after it.
    private static boolean fits(Path parent) {
        String longest = parent.toAbsolutePath() + "/" + PREFIX + "18446744073709551615/s";
        return longest.getBytes(StandardCharsets.UTF_8).length <= MOST_PATH_BYTES;
    }

    Path path() {
        return path;
    }

    Bytes token() {
        return Bytes.copyOf(token);
    }

    /// Waits for all four. [#close] from another thread ends the wait.
    ///
    /// @throws IOException if they do not come
    void acceptAll() throws IOException {
        int strangers = 0;
        while (accepted.size() < Role.values().length) {
            if (!acceptOne() && ++strangers > MOST_STRANGERS) {
                throw new IOException("others keep connecting to the sandbox's socket");
            }
        }
        get(Role.LOADER).setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
        removeSocket();
    }

    private boolean acceptOne() throws IOException {
        SocketChannel channel = listener.accept();
        Optional<Role> role = roleOf(channel);
        if (role.isEmpty() || accepted.putIfAbsent(role.get(), channel) != null) {
            channel.close();
            return false;
        }
        return true;
    }

    SocketChannel get(Role role) {
        return Objects.requireNonNull(accepted.get(role));
    }

    private Optional<Role> roleOf(SocketChannel channel) throws IOException {
        ByteBuffer greeting = ByteBuffer.allocate(TOKEN_BYTES + 1);
        while (greeting.hasRemaining()) {
            if (channel.read(greeting) < 0) {
                return Optional.empty();
            }
        }
        byte[] given = new byte[TOKEN_BYTES];
        greeting.flip().get(given);
        if (!MessageDigest.isEqual(given, token)) {
            return Optional.empty();
        }
        char letter = (char) greeting.get();
        for (Role role : Role.values()) {
            if (role.letter == letter) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /// Ends [#acceptAll] if it waits; connections made stay.
    void stopListening() {
        try {
            removeSocket();
        } catch (IOException _) {
            // What could not be removed is empty and private.
        }
    }

    private void removeSocket() throws IOException {
        listener.close();
        Files.deleteIfExists(path);
        Files.deleteIfExists(folder);
    }

    @Override
    public void close() throws IOException {
        removeSocket();
        for (SocketChannel channel : accepted.values()) {
            channel.close();
        }
    }
}
