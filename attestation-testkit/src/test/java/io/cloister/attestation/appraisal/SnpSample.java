package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import io.cloister.attestation.amd.GuestPolicy;
import io.cloister.attestation.amd.PlatformInfo;
import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.attestation.evidence.Claims;
import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Claims of a guest that a strict policy accepts; a test alters one field.
final class SnpSample {
    /// Bootloader 4, TEE 1, SNP 24, microcode 219 on Milan.
    private static final byte[] TCB = {4, 1, 0, 0, 0, 0, 24, (byte) 219};

    /// What accepts the guest.
    static final SnpGuestValue GUEST = SnpGuestValue.of("image", fill(0x11, 48));

    /// No less than what the guest runs on.
    static final SnpDemands DEMANDS =
            new SnpDemands(
                    Map.of(
                            SnpProduct.MILAN,
                            new SnpMinimum(
                                    Map.of(
                                            TcbPart.BOOTLOADER, 4,
                                            TcbPart.TEE, 1,
                                            TcbPart.SNP, 24,
                                            TcbPart.MICROCODE, 219))),
                    new SnpFirmware(1, 55, 21),
                    Set.of(),
                    SnpMitigations.none(),
                    List.of("A Cloud"));

    long policy = 1L << 17;
    long platformInfo = 0;
    long guestSvn = 0;
    Bytes familyId = fill(0, 16);
    Bytes imageId = fill(0, 16);
    int vmpl = 0;
    SigningKey signingKey = SigningKey.VCEK;
    String cloudProvider = "A Cloud";
    boolean authorKeyPresent = false;
    Bytes measurement = fill(0x11, 48);
    Bytes hostData = fill(0, 32);
    Bytes idKeyDigest = fill(0, 48);
    Bytes authorKeyDigest = fill(0, 48);
    Bytes migrationAgentReportId = fill(0xff, 32);
    OptionalLong launchMitigations = OptionalLong.of(0x3);
    OptionalLong currentMitigations = OptionalLong.of(0x7);
    byte[] current = TCB.clone();
    byte[] committed = TCB.clone();
    byte[] reported = TCB.clone();
    byte[] launch = TCB.clone();
    SnpFirmware currentFirmware = new SnpFirmware(1, 55, 21);
    SnpFirmware committedFirmware = new SnpFirmware(1, 55, 21);
    SnpProduct product = SnpProduct.MILAN;
    Bytes chip = fill(0x51, 64);
    Optional<Bytes> reportedChip = Optional.empty();
    boolean chipKeyMasked = false;
    Bytes reportData = fill(0x5a, 64);

    void tcb(byte[] everywhere) {
        current = everywhere.clone();
        committed = everywhere.clone();
        reported = everywhere.clone();
        launch = everywhere.clone();
    }

    Claims.Snp claims() {
        return new Claims.Snp(
                new SnpReport(
                        launchMitigations.isPresent() ? 5 : 3,
                        guestSvn,
                        new GuestPolicy(policy),
                        familyId,
                        imageId,
                        vmpl,
                        version(current),
                        new PlatformInfo(platformInfo),
                        signingKey,
                        authorKeyPresent,
                        chipKeyMasked,
                        reportData,
                        measurement,
                        hostData,
                        idKeyDigest,
                        authorKeyDigest,
                        fill(3, 32),
                        migrationAgentReportId,
                        version(reported),
                        Optional.empty(),
                        reportedChip.orElseGet(
                                () -> Bytes.copyOf(Arrays.copyOf(chip.toArray(), 64))),
                        version(committed),
                        currentFirmware,
                        committedFirmware,
                        version(launch),
                        launchMitigations,
                        currentMitigations,
                        fill(0, 0x2a0),
                        fill(0, 96)),
                product,
                chip,
                signingKey == SigningKey.VLEK ? cloudProvider : "",
                Instant.EPOCH,
                IntelSample.VALID_UNTIL);
    }

    private static TcbVersion version(byte[] raw) {
        return new TcbVersion(Bytes.copyOf(raw));
    }
}
