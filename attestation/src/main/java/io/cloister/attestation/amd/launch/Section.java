package io.cloister.attestation.amd.launch;

/// One page range of the firmware's SEV metadata.
///
/// @param kind what it is for
/// @param address guest-physical, a multiple of [LaunchPages#PAGE]
/// @param size in bytes, a positive multiple of [LaunchPages#PAGE]
record Section(SectionKind kind, long address, long size) {
    /// The first address behind it.
    long end() {
        return address + size;
    }

    boolean overlaps(Section other) {
        return address < other.end() && other.address < end();
    }
}
