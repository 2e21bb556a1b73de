package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.List;
import java.util.OptionalLong;

/// A firmware image as it is mapped below 4 GiB, with what its tables say about an SNP launch.
/// Immutable.
///
/// *Holds*: the tables lie within the image, each entry is there once, and no page range overlaps
/// another or the image. *Does not hold*: that the firmware does what its tables promise. That is
/// why its digest is part of the measurement.
public final class Firmware {
    /// Largest image, in bytes: all there is between the usual I/O APIC and 4 GiB.
    public static final int MAX_SIZE = 16 << 20;

    private final byte[] image;
    private final List<Section> sections;
    private final OptionalLong hashesAddress;
    private final OptionalLong resetAddress;

    Firmware(
            byte[] image,
            List<Section> sections,
            OptionalLong hashesAddress,
            OptionalLong resetAddress) {
        this.image = image;
        this.sections = List.copyOf(sections);
        this.hashesAddress = hashesAddress;
        this.resetAddress = resetAddress;
    }

    /// Reads an image.
    ///
    /// @throws MalformedException if it isn't whole pages up to [#MAX_SIZE], has no footer table or
    ///   SEV metadata, or a table that can't be believed, naming what and where
    public static Firmware parse(Bytes image) throws MalformedException {
        return new FirmwareTables(image.toArray()).firmware();
    }

    /// Whether a kernel's digests have a place in it: without, a kernel can't be measured.
    public boolean measuresKernel() {
        return hashesAddress.isPresent();
    }

    /// Whether it says where further processors start: without, there can be one only.
    public boolean startsFurtherProcessors() {
        return resetAddress.isPresent();
    }

    /// The launch digest after the firmware's own pages alone: the same for every guest that is
    /// launched with it.
    ///
    /// @return 48 bytes
    public Bytes digest() {
        var pages = new LaunchPages();
        addTo(pages);
        return pages.digest();
    }

    void addTo(LaunchPages pages) {
        pages.normal(FirmwareTables.FOUR_GIB - image.length, image);
    }

    List<Section> sections() {
        return sections;
    }

    /// Guest-physical address of the table of kernel digests.
    OptionalLong hashesAddress() {
        return hashesAddress;
    }

    /// Where processors other than the first start.
    OptionalLong resetAddress() {
        return resetAddress;
    }
}
