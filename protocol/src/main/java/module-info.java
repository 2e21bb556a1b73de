/// Documents of the protocol, canonical form, digests, terms, the state machine. No I/O, no keys.
module io.cloister.protocol {
    requires static org.jspecify;

    exports io.cloister.protocol;
    exports io.cloister.protocol.document;
    exports io.cloister.protocol.dsse;
    exports io.cloister.protocol.json;
}
