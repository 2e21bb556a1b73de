/// Typed keys, age files, the hybrid recipient.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.cloister.crypto {
    requires transitive io.cloister.protocol;
    requires com.exceptionfactory.jagged;
    requires com.exceptionfactory.jagged.bech32;
    requires com.exceptionfactory.jagged.framework;
    requires com.exceptionfactory.jagged.x25519;
    requires static org.jspecify;

    exports io.cloister.crypto.bundle;
}
