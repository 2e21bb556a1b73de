/// Frames and flow control of the agent's one duplex stream.
module io.cloister.link {
    requires transitive io.cloister.protocol;
    requires static org.jspecify;
}
