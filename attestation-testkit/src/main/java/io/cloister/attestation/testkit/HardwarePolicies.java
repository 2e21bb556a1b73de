package io.cloister.attestation.testkit;

import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SgxConfig;
import io.cloister.attestation.appraisal.SgxEnclaveValue;
import io.cloister.attestation.appraisal.SnpDemands;
import io.cloister.attestation.appraisal.SnpGuestValue;
import io.cloister.attestation.appraisal.SnpIdBlock;
import io.cloister.attestation.appraisal.SnpMinimum;
import io.cloister.attestation.appraisal.SnpMitigations;
import io.cloister.attestation.appraisal.SnpRequirement;
import io.cloister.attestation.appraisal.TdxValue;
import io.cloister.protocol.Bytes;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The policies of the vectors for hardware, and what they are made of.
final class HardwarePolicies {
    static final String WHY = "a test";
    static final Bytes NO_DIGEST = filled(48, 0);
    static final List<Bytes> RTMRS =
            List.of(filled(48, 0x80), filled(48, 0x81), filled(48, 0x82), filled(48, 0x83));

    /// The fake platform has several packages, to which more can be added, and threads.
    static final HardwarePolicy SGX =
            intel(
                    IntelPolicies.of(
                            List.of(
                                    new SgxEnclaveValue(
                                            "enclave", filled(32, 0x71), SgxConfig.none()))));

    static final HardwarePolicy TDX =
            intel(IntelPolicies.of(List.of(TdxValue.of("image", filled(48, 0x77), RTMRS))));

    static final HardwarePolicy SNP =
            IntelPolicies.of(
                            List.of(
                                    new SnpGuestValue(
                                            "image",
                                            filled(48, 0x22),
                                            filled(32, 0x23),
                                            idBlock(filled(48, 0x24), 3))))
                    .demanding(demands(Set.of()))
                    .allow(Relaxation.SMT, WHY);

    private HardwarePolicies() {}

    static HardwarePolicy intel(HardwarePolicy strict) {
        return strict.allow(Relaxation.SMT, WHY).allow(Relaxation.DYNAMIC_PLATFORM, WHY);
    }

    static SnpIdBlock idBlock(Bytes key, long least) {
        return new SnpIdBlock(key, NO_DIGEST, filled(16, 0x11), filled(16, 0x12), least);
    }

    static SnpDemands demands(Set<SnpRequirement> require) {
        return demands(require, SnpMitigations.none());
    }

    static SnpDemands demands(Set<SnpRequirement> require, SnpMitigations mitigations) {
        return new SnpDemands(
                Map.of(
                        SnpProduct.MILAN,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.BOOTLOADER, 4,
                                        TcbPart.TEE, 0,
                                        TcbPart.SNP, 24,
                                        TcbPart.MICROCODE, 219)),
                        SnpProduct.GENOA,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.BOOTLOADER, 10,
                                        TcbPart.TEE, 0,
                                        TcbPart.SNP, 23,
                                        TcbPart.MICROCODE, 84)),
                        SnpProduct.TURIN,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.FMC, 1,
                                        TcbPart.BOOTLOADER, 2,
                                        TcbPart.TEE, 3,
                                        TcbPart.SNP, 4,
                                        TcbPart.MICROCODE, 72))),
                new SnpFirmware(1, 55, 21),
                require,
                mitigations,
                List.of("CN=cloud.example"));
    }

    static Bytes filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return Bytes.copyOf(bytes);
    }
}
