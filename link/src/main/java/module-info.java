/// Framing and flow control of the link between an agent and the control plane.
module io.cloister.link {
    requires transitive io.cloister.protocol;
    requires static org.jspecify;

    exports io.cloister.link;
}
