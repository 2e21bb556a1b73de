package io.cloister.cli;

import static io.cloister.cli.Described.hex;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.amd.GuestPolicy;
import io.cloister.attestation.amd.PlatformInfo;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Every field of a SEV-SNP report.
final class SnpDescription {
    private SnpDescription() {}

    static Json of(ExtendedReport extended) throws MalformedException {
        List<Json> besides = new ArrayList<>();
        for (Bytes der : extended.certificates()) {
            besides.add(EndorsementDescription.of(new Endorsement.X509(der)));
        }
        for (Bytes der : extended.revocationLists()) {
            besides.add(EndorsementDescription.of(new Endorsement.Crl(der)));
        }
        return Json.object()
                .put("report", of(extended.report()))
                .put("certificates", besides)
                .build();
    }

    private static Json of(SnpReport report) {
        Optional<SnpProduct> product =
                report.cpu().flatMap(cpu -> SnpProduct.of(cpu.family(), cpu.model()));
        JsonObjectBuilder json =
                Json.object()
                        .put("version", report.version())
                        .put("signatureAlgorithm", SnpReport.SIGNATURE_ALGORITHM)
                        .put("measurement", hex(report.measurement()))
                        .put("reportData", hex(report.reportData()))
                        .put("hostData", hex(report.hostData()))
                        .put("vmpl", report.vmpl())
                        .put("guestSvn", report.guestSvn())
                        .put("policy", policy(report.policy()))
                        .put("platformInfo", platform(report.platformInfo()))
                        .put("signingKey", report.signingKey().word())
                        .put("chipKeyMasked", report.chipKeyMasked())
                        .put("chipId", hex(report.chipId()))
                        .put("familyId", hex(report.familyId()))
                        .put("imageId", hex(report.imageId()))
                        .put("idKeyDigest", hex(report.idKeyDigest()))
                        .put("authorKeyPresent", report.authorKeyPresent())
                        .put("authorKeyDigest", hex(report.authorKeyDigest()))
                        .put("reportId", hex(report.reportId()))
                        .put("migrationAgentReportId", hex(report.migrationAgentReportId()))
                        .put("currentTcb", tcb(report.currentTcb(), product))
                        .put("reportedTcb", tcb(report.reportedTcb(), product))
                        .put("committedTcb", tcb(report.committedTcb(), product))
                        .put("launchTcb", tcb(report.launchTcb(), product))
                        .put("currentFirmware", report.current().toString())
                        .put("committedFirmware", report.committed().toString());
        json.putIfPresent("cpu", report.cpu());
        json.putIfPresent("product", product);
        report.launchMitigations().ifPresent(bits -> json.put("launchMitigations", hex(bits)));
        report.currentMitigations().ifPresent(bits -> json.put("currentMitigations", hex(bits)));
        return json.put("signature", hex(report.signature())).build();
    }

    /// A report of version 2 doesn't say of which product it is, so its versions have no parts yet.
    private static Json tcb(TcbVersion tcb, Optional<SnpProduct> product) {
        JsonObjectBuilder json = Json.object().put("raw", hex(tcb.raw()));
        product.ifPresent(known -> json.put("parts", tcb.text(known)));
        return json.build();
    }

    private static Json policy(GuestPolicy policy) {
        return Json.object()
                .put("bits", hex(policy.bits()))
                .put(
                        "set",
                        set(
                                new Bit("SMT", policy.smtAllowed()),
                                new Bit("MIGRATE_MA", policy.migrationAgentAllowed()),
                                new Bit("DEBUG", policy.debugAllowed()),
                                new Bit("SINGLE_SOCKET", policy.singleSocketRequired()),
                                new Bit("CXL_ALLOW", policy.cxlAllowed()),
                                new Bit("MEM_AES_256_XTS", policy.aes256XtsRequired()),
                                new Bit("RAPL_DIS", policy.powerLimitsOffRequired()),
                                new Bit("CIPHERTEXT_HIDING", policy.ciphertextHidingRequired()),
                                new Bit("PAGE_SWAP_DISABLE", policy.pageSwapForbidden())))
                .put("debugAllowed", policy.debugAllowed())
                .put("migrationAgentAllowed", policy.migrationAgentAllowed())
                .put("smtAllowed", policy.smtAllowed())
                .put("abi", policy.abiMajor() + "." + policy.abiMinor())
                .put("singleSocketRequired", policy.singleSocketRequired())
                .put("cxlAllowed", policy.cxlAllowed())
                .put("aes256XtsRequired", policy.aes256XtsRequired())
                .put("powerLimitsOffRequired", policy.powerLimitsOffRequired())
                .put("ciphertextHidingRequired", policy.ciphertextHidingRequired())
                .put("pageSwapForbidden", policy.pageSwapForbidden())
                .build();
    }

    /// A bit under AMD's name.
    private record Bit(String name, boolean set) {}

    private static Json set(Bit... bits) {
        return Described.texts(Arrays.stream(bits).filter(Bit::set).map(Bit::name).toList());
    }

    private static Json platform(PlatformInfo info) {
        return Json.object()
                .put("bits", hex(info.bits()))
                .put(
                        "set",
                        set(
                                new Bit("SMT_EN", info.smt()),
                                new Bit("TSME_EN", info.tsme()),
                                new Bit("ECC_EN", info.ecc()),
                                new Bit("RAPL_DIS", info.powerLimitsOff()),
                                new Bit("CIPHERTEXT_HIDING_EN", info.ciphertextHiding()),
                                new Bit("ALIAS_CHECK_COMPLETE", info.aliasCheckComplete()),
                                new Bit("TIO_EN", info.trustedIo())))
                .put("smt", info.smt())
                .put("tsme", info.tsme())
                .put("ecc", info.ecc())
                .put("powerLimitsOff", info.powerLimitsOff())
                .put("ciphertextHiding", info.ciphertextHiding())
                .put("aliasCheckComplete", info.aliasCheckComplete())
                .put("trustedIo", info.trustedIo())
                .build();
    }
}
