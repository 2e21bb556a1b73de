package io.cloister.attestation.amd;

/// Version of the SNP firmware.
///
/// @param major of its interface, 0 to 255
/// @param minor of its interface, 0 to 255
/// @param build 0 to 255
public record SnpFirmware(int major, int minor, int build) implements Comparable<SnpFirmware> {
    @Override
    public int compareTo(SnpFirmware other) {
        int majors = Integer.compare(major, other.major);
        int minors = Integer.compare(minor, other.minor);
        return majors != 0 ? majors : minors != 0 ? minors : Integer.compare(build, other.build);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + build;
    }
}
