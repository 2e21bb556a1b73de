/// SDK of a participant: keys, every check, sealing, opening.
module io.cloister.client {
    requires transitive io.cloister.protocol;
    requires transitive io.cloister.crypto;
    requires transitive io.cloister.attestation;
    requires java.net.http;
    requires static org.jspecify;

    exports io.cloister.client;
    exports io.cloister.client.code;
    exports io.cloister.client.endorsement;
    exports io.cloister.client.invite;
    exports io.cloister.client.server;
}
