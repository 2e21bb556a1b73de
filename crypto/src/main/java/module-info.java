/// Typed keys, age files, the hybrid recipient, the participants' key store.
// jagged names its modules in its manifests only.
@SuppressWarnings("requires-automatic")
module io.cloister.crypto {
    requires transitive io.cloister.protocol;
    requires com.exceptionfactory.jagged;
    requires com.exceptionfactory.jagged.framework;
    requires com.exceptionfactory.jagged.x25519;
    requires static org.jspecify;

    exports io.cloister.crypto;
    exports io.cloister.crypto.age;
    exports io.cloister.crypto.bundle;
    exports io.cloister.crypto.grant;
    exports io.cloister.crypto.keystore;
}
