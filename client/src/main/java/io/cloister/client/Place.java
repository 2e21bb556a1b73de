package io.cloister.client;

import io.cloister.client.server.ServerUrl;
import io.cloister.protocol.ComputationId;

/// Which computation at which server: keys are looked up by both, so that a server can't have those
/// of another one used.
///
/// @param server where
/// @param computation which
public record Place(ServerUrl server, ComputationId computation) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
        int byServer = server.compareTo(other.server);
        return byServer != 0 ? byServer : computation.compareTo(other.computation);
    }

    @Override
    public String toString() {
        return computation + " at " + server;
    }
}
