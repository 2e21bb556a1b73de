/// The program inside the enclave: opens, runs, seals, signs the receipt.
module io.cloister.agent {
    requires io.cloister.protocol;
    requires io.cloister.crypto;
    requires io.cloister.crypto.cosmian;
    requires io.cloister.attestation;
    requires io.cloister.link;
    requires static org.jspecify;
}
