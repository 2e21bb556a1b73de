package io.cloister.attestation.amd;

/// The processor, as reports from version 3 on name it.
///
/// @param family extended and base family together, 0 to 255
/// @param model extended and base model together, 0 to 255
/// @param stepping 0 to 255
public record SnpCpu(int family, int model, int stepping) {
    @Override
    public String toString() {
        return String.format("family %02xh model %02xh stepping %d", family, model, stepping);
    }
}
