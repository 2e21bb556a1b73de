package io.cloister.attestation.amd;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Optional;
import java.util.OptionalLong;

/// An attestation report of version 2 to 5 (AMD 56860 table 23), read strictly: whatever is
/// reserved in its version is zero. Not verified by being read;
/// [io.cloister.attestation.evidence.Claims] hold verified ones.
///
/// @param version 2 to 5
/// @param guestSvn GUEST_SVN, 0 to 2^32 - 1; zero without an ID block
/// @param policy POLICY
/// @param familyId FAMILY_ID, 16 bytes
/// @param imageId IMAGE_ID, 16 bytes
/// @param vmpl privilege level that asked for the report, 0 (highest) to 3
/// @param currentTcb CURRENT_TCB: what runs now
/// @param platformInfo PLATFORM_INFO
/// @param signingKey SIGNING_KEY
/// @param authorKeyPresent AUTHOR_KEY_EN: whether [#authorKeyDigest] says something
/// @param chipKeyMasked MASK_CHIP_KEY
/// @param reportData REPORT_DATA, 64 bytes of the guest's choice
/// @param measurement MEASUREMENT, 48 bytes: the launch digest
/// @param hostData HOST_DATA, 32 bytes of the host's choice at launch
/// @param idKeyDigest ID_KEY_DIGEST, 48 bytes; zero without an ID block
/// @param authorKeyDigest AUTHOR_KEY_DIGEST, 48 bytes
/// @param reportId REPORT_ID, 32 bytes: this guest, until it ends
/// @param migrationAgentReportId REPORT_ID_MA, 32 bytes
/// @param reportedTcb REPORTED_TCB: what the signing key stands for
/// @param cpu the processor; from version 3 on
/// @param chipId CHIP_ID, 64 bytes; zero if masked or under a VLEK
/// @param committedTcb COMMITTED_TCB: no lower one can run any more
/// @param current CURRENT_MAJOR, CURRENT_MINOR, CURRENT_BUILD
/// @param committed COMMITTED_MAJOR, COMMITTED_MINOR, COMMITTED_BUILD
/// @param launchTcb LAUNCH_TCB: what ran when the guest was launched
/// @param launchMitigations LAUNCH_MIT_VECTOR; version 5
/// @param currentMitigations CURRENT_MIT_VECTOR; version 5
/// @param signedBytes bytes 0x000 to 0x29f
/// @param signature `r ‖ s`, big-endian, 48 bytes each
public record SnpReport(
        int version,
        long guestSvn,
        GuestPolicy policy,
        Bytes familyId,
        Bytes imageId,
        int vmpl,
        TcbVersion currentTcb,
        PlatformInfo platformInfo,
        SigningKey signingKey,
        boolean authorKeyPresent,
        boolean chipKeyMasked,
        Bytes reportData,
        Bytes measurement,
        Bytes hostData,
        Bytes idKeyDigest,
        Bytes authorKeyDigest,
        Bytes reportId,
        Bytes migrationAgentReportId,
        TcbVersion reportedTcb,
        Optional<SnpCpu> cpu,
        Bytes chipId,
        TcbVersion committedTcb,
        SnpFirmware current,
        SnpFirmware committed,
        TcbVersion launchTcb,
        OptionalLong launchMitigations,
        OptionalLong currentMitigations,
        Bytes signedBytes,
        Bytes signature) {
    /// Length in bytes.
    public static final int LENGTH = 0x4a0;

    /// SIGNATURE_ALGO of every report that is read: ECDSA on P-384 with SHA-384.
    public static final int SIGNATURE_ALGORITHM = 1;

    /// Length of what is signed, in bytes.
    static final int SIGNED_LENGTH = 0x2a0;

    /// Reads a report.
    ///
    /// @param bytes exactly [#LENGTH]
    /// @throws MalformedException if it is anything else, naming field and offset
    public static SnpReport parse(Bytes bytes) throws MalformedException {
        return new SnpReportReader(bytes).read();
    }

    /// Whether CHIP_ID is zero, and so names no chip (AMD 56860, MaskChipId).
    public boolean isChipHidden() {
        for (int i = 0; i < chipId.length(); i++) {
            if (chipId.at(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /// Whether firmware runs that could still be rolled back: what is committed is lower than what
    /// runs.
    public boolean hasProvisionalFirmware() {
        return !committedTcb.equals(currentTcb) || !committed.equals(current);
    }
}
