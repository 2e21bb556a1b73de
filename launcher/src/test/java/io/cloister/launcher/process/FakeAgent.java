package io.cloister.launcher.process;

import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.attestation.platform.PlatformExchange;
import io.cloister.protocol.Bytes;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// What the launcher starts in its tests. The last byte of the computation's id says how to behave.
final class FakeAgent {
    static final int ECHO = 1;
    static final int LEAVE = 2;
    static final int SILENT = 3;
    static final int STUBBORN = 4;
    static final int WRONG_TOKEN = 5;
    static final int LEAVE_A_CHILD = 6;

    private FakeAgent() {}

    public static void main(String[] arguments) throws Exception {
        EnclaveBoot boot = EnclaveBoot.read(System.in);
        switch (boot.computation().value().at(15)) {
            case ECHO -> echo(boot, arguments);
            case LEAVE -> {
                System.err.println("leaving with a \u001b[31mred\u001b[0m word");
                System.exit(3);
            }
            case SILENT -> TimeUnit.HOURS.sleep(1);
            case STUBBORN -> stubborn(boot);
            case WRONG_TOKEN -> wrongToken(boot);
            case LEAVE_A_CHILD -> leaveAChild(boot);
            default -> throw new IllegalArgumentException("no such behaviour");
        }
    }

    private static void echo(EnclaveBoot boot, String[] arguments) throws Exception {
        var reportData = new byte[64];
        Arrays.fill(reportData, (byte) 7);
        Bytes evidence;
        try (SocketChannel platform = connect(boot.platform().orElseThrow())) {
            evidence =
                    PlatformExchange.request(
                            Channels.newInputStream(platform),
                            Channels.newOutputStream(platform),
                            boot.platform().orElseThrow().token(),
                            Bytes.copyOf(reportData));
        }
        try (SocketChannel link = link(boot)) {
            var output = new DataOutputStream(Channels.newOutputStream(link));
            output.writeInt(evidence.length());
            output.write(evidence.toArray());
            output.writeUTF(String.join("\n", System.getenv().keySet()));
            output.writeUTF(
                    Files.readString(Path.of("/proc/self/cmdline")) + Arrays.toString(arguments));
            output.writeUTF(Files.readString(Path.of("/proc/self/limits")));
            InputStream input = Channels.newInputStream(link);
            input.transferTo(output);
        }
    }

    private static void stubborn(EnclaveBoot boot) throws Exception {
        Process child = new ProcessBuilder("/bin/sleep", "3600").start();
        SocketChannel link = link(boot);
        new DataOutputStream(Channels.newOutputStream(link)).writeLong(child.pid());
        TimeUnit.HOURS.sleep(1);
        link.close();
    }

    private static void leaveAChild(EnclaveBoot boot) throws Exception {
        Process child = new ProcessBuilder("/bin/sleep", "3600").start();
        SocketChannel link = link(boot);
        new DataOutputStream(Channels.newOutputStream(link)).writeLong(child.pid());
        // Until the launcher has read it.
        Channels.newInputStream(link).read();
        System.exit(0);
    }

    private static void wrongToken(EnclaveBoot boot) throws Exception {
        try (SocketChannel link = connect(boot.link())) {
            Channels.newOutputStream(link).write(new byte[LocalEndpoint.TOKEN_LENGTH]);
            System.exit(Channels.newInputStream(link).read() < 0 ? 4 : 5);
        }
    }

    private static SocketChannel link(EnclaveBoot boot) throws IOException {
        SocketChannel link = connect(boot.link());
        Channels.newOutputStream(link).write(boot.link().token().toArray());
        return link;
    }

    private static SocketChannel connect(LocalEndpoint endpoint) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(endpoint.socket()));
        return channel;
    }
}
