package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.List;
import java.util.Optional;

/// What the TDX module says of one TD (Quote, "TD Quote Body"). 584 bytes, or 648 for TD 1.5.
///
/// @param teeTcbSvn security versions of the TDX module when the TD was started, 16 bytes: minor
///   version (isvsvn), major version, and one per component
/// @param mrSeam what the TDX module consists of, SHA-384
/// @param mrSignerSeam who signed the TDX module, 48 bytes, zero for Intel's
/// @param seamAttributes attributes of the TDX module, 8 bytes
/// @param attributes attributes of the TD
/// @param xfam which processor state the TD may use, 64 bits
/// @param mrTd what the TD was started from, SHA-384
/// @param mrConfigId configuration given at its start, 48 bytes
/// @param mrOwner its owner by its owner's word, 48 bytes
/// @param mrOwnerConfig its owner's configuration, 48 bytes
/// @param rtmrs the four run-time measurement registers, 48 bytes each
/// @param reportData 64 bytes of the TD's choice
/// @param extension what TD 1.5 adds
public record TdReport(
        Bytes teeTcbSvn,
        Bytes mrSeam,
        Bytes mrSignerSeam,
        Bytes seamAttributes,
        TdAttributes attributes,
        long xfam,
        Bytes mrTd,
        Bytes mrConfigId,
        Bytes mrOwner,
        Bytes mrOwnerConfig,
        List<Bytes> rtmrs,
        Bytes reportData,
        Optional<Extension> extension)
        implements QuoteBody {
    /// Length in bytes of a TD 1.0 report.
    public static final int LENGTH = 584;

    /// Length in bytes of a TD 1.5 report.
    public static final int LENGTH_15 = 648;

    private static final int MEASUREMENT = 48;

    public TdReport {
        rtmrs = List.copyOf(rtmrs);
    }

    /// What a TD 1.5 report adds.
    ///
    /// @param teeTcbSvn2 security versions of the TDX module that runs now, 16 bytes as `teeTcbSvn`
    /// @param mrServiceTd which service TDs are bound to this one, SHA-384, zero for none
    public record Extension(Bytes teeTcbSvn2, Bytes mrServiceTd) {}

    static TdReport read(BinaryReader reader, boolean td15) throws MalformedException {
        Bytes teeTcbSvn = reader.bytes("teeTcbSvn", 16);
        Bytes mrSeam = reader.bytes("mrSeam", MEASUREMENT);
        Bytes mrSignerSeam = reader.bytes("mrSignerSeam", MEASUREMENT);
        Bytes seamAttributes = reader.bytes("seamAttributes", 8);
        var attributes = new TdAttributes(reader.u64("tdAttributes"));
        long xfam = reader.u64("xfam");
        Bytes mrTd = reader.bytes("mrTd", MEASUREMENT);
        Bytes mrConfigId = reader.bytes("mrConfigId", MEASUREMENT);
        Bytes mrOwner = reader.bytes("mrOwner", MEASUREMENT);
        Bytes mrOwnerConfig = reader.bytes("mrOwnerConfig", MEASUREMENT);
        List<Bytes> rtmrs =
                List.of(
                        reader.bytes("rtmr0", MEASUREMENT),
                        reader.bytes("rtmr1", MEASUREMENT),
                        reader.bytes("rtmr2", MEASUREMENT),
                        reader.bytes("rtmr3", MEASUREMENT));
        Bytes reportData = reader.bytes("reportData", 64);
        Optional<Extension> extension =
                td15
                        ? Optional.of(
                                new Extension(
                                        reader.bytes("teeTcbSvn2", 16),
                                        reader.bytes("mrServiceTd", MEASUREMENT)))
                        : Optional.empty();
        reader.end();
        return new TdReport(
                teeTcbSvn,
                mrSeam,
                mrSignerSeam,
                seamAttributes,
                attributes,
                xfam,
                mrTd,
                mrConfigId,
                mrOwner,
                mrOwnerConfig,
                rtmrs,
                reportData,
                extension);
    }
}
