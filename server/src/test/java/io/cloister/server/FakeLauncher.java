package io.cloister.server;

import io.cloister.launcher.EnclaveExit;
import io.cloister.launcher.EnclaveHandle;
import io.cloister.launcher.EnclaveId;
import io.cloister.launcher.EnclaveOrder;
import io.cloister.launcher.LaunchException;
import io.cloister.launcher.Launcher;
import io.cloister.protocol.document.RuntimeRef;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Starts scripts instead of enclaves: each gets the agent's end of a real byte stream.
final class FakeLauncher implements Launcher {
    /// What an agent does with its end of the link. Returning ends the enclave.
    @FunctionalInterface
    interface Script {
        void run(EnclaveOrder order, InputStream in, OutputStream out) throws Exception;
    }

    private final Script script;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger defects = new AtomicInteger();
    final List<Handle> started = new CopyOnWriteArrayList<>();

    FakeLauncher(Script script) {
        this.script = script;
    }

    /// Makes the next `count` starts fail.
    void failNext(int count) {
        failures.set(count);
    }

    /// Makes the next `count` starts end in an error that nobody foresaw.
    void breakNext(int count) {
        defects.set(count);
    }

    long alive() {
        return started.stream().filter(Handle::isAlive).count();
    }

    @Override
    public String kind() {
        return "process";
    }

    @Override
    public boolean isSimulated() {
        return true;
    }

    @Override
    public List<RuntimeRef> runtimes() {
        return List.of(Cast.RUNTIME);
    }

    @Override
    public EnclaveHandle start(EnclaveOrder order) throws LaunchException {
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new LaunchException("no room for an enclave");
        }
        if (defects.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new StackOverflowError("scripted");
        }
        try (var listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel agent = SocketChannel.open(listener.getLocalAddress());
            var handle = new Handle(order.enclave(), listener.accept(), agent);
            started.add(handle);
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            script.run(
                                    order,
                                    Channels.newInputStream(agent),
                                    Channels.newOutputStream(agent));
                            handle.gone(EnclaveExit.Cause.ENDED);
                        } catch (Exception e) {
                            handle.gone(EnclaveExit.Cause.FAILED);
                        }
                    });
            return handle;
        } catch (IOException e) {
            throw new LaunchException("no socket", e);
        }
    }

    @Override
    public void close() {
        started.forEach(handle -> handle.gone(EnclaveExit.Cause.STOPPED));
    }

    static final class Handle implements EnclaveHandle {
        private final EnclaveId id;
        private final SocketChannel server;
        private final SocketChannel agent;
        private final CompletableFuture<EnclaveExit> exit = new CompletableFuture<>();

        Handle(EnclaveId id, SocketChannel server, SocketChannel agent) {
            this.id = id;
            this.server = server;
            this.agent = agent;
        }

        void gone(EnclaveExit.Cause cause) {
            exit.complete(new EnclaveExit(cause, "scripted"));
            try {
                agent.close();
                server.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public EnclaveId id() {
            return id;
        }

        @Override
        public InputStream fromAgent() {
            return Channels.newInputStream(server);
        }

        @Override
        public OutputStream toAgent() {
            return Channels.newOutputStream(server);
        }

        @Override
        public boolean isAlive() {
            return !exit.isDone();
        }

        @Override
        public Optional<EnclaveExit> exit() {
            return Optional.ofNullable(exit.getNow(null));
        }

        @Override
        public CompletionStage<EnclaveExit> onExit() {
            return exit;
        }

        @Override
        public void stop(Duration grace) {
            gone(EnclaveExit.Cause.STOPPED);
        }
    }
}
