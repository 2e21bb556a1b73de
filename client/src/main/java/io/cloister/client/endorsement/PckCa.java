package io.cloister.client.endorsement;

import java.util.Optional;
import java.util.stream.Stream;

/// Who issues PCK certificates.
enum PckCa {
    /// For single processors.
    PROCESSOR("processor", "Intel SGX PCK Processor CA"),
    /// For platforms that register themselves, of one or several processors.
    PLATFORM("platform", "Intel SGX PCK Platform CA");

    private final String word;
    private final String commonName;

    PckCa(String word, String commonName) {
        this.word = word;
        this.commonName = commonName;
    }

    static Optional<PckCa> ofName(String commonName) {
        return Stream.of(values()).filter(ca -> ca.commonName.equals(commonName)).findFirst();
    }

    /// The word in addresses.
    String word() {
        return word;
    }

    String commonName() {
        return commonName;
    }
}
