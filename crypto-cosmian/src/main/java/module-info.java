/// The cipher suite of the Cosmian dialect: libsodium's secretbox and sealed box, key blobs.
module io.cloister.crypto.cosmian {
    requires transitive io.cloister.crypto;
    requires org.bouncycastle.provider;
    requires static org.jspecify;

    exports io.cloister.crypto.cosmian;
}
