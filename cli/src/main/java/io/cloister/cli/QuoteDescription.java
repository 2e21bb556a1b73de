package io.cloister.cli;

import static io.cloister.cli.Described.hex;

import io.cloister.attestation.appraisal.Register;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.QuoteBody;
import io.cloister.attestation.intel.QuoteHeader;
import io.cloister.attestation.intel.QuoteSignature;
import io.cloister.attestation.intel.SgxAttributes;
import io.cloister.attestation.intel.SgxReport;
import io.cloister.attestation.intel.TdAttributes;
import io.cloister.attestation.intel.TdReport;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.Extension;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Every field of a quote.
final class QuoteDescription {
    private QuoteDescription() {}

    static Json of(Quote quote) throws MalformedException {
        return Json.object()
                .put("header", header(quote.header()))
                .put("body", body(quote.body()))
                .put("signature", signature(quote.signature()))
                .build();
    }

    private static Json header(QuoteHeader header) {
        JsonObjectBuilder json =
                Json.object()
                        .put("version", header.version())
                        .put("attestationKeyType", QuoteHeader.KEY_TYPE)
                        .put("teeType", header.teeType().name())
                        .put("qeVendorId", hex(QuoteHeader.VENDOR_ID))
                        .put("userData", hex(header.userData()));
        header.signer()
                .ifPresent(
                        signer -> json.put("qeSvn", signer.qeSvn()).put("pceSvn", signer.pceSvn()));
        return json.build();
    }

    private static Json body(QuoteBody body) {
        return switch (body) {
            case SgxReport report -> report(report);
            case TdReport report -> report(report);
        };
    }

    private static Json report(SgxReport report) {
        return Json.object()
                .put("type", "SGX report")
                .put("mrEnclave", hex(report.mrEnclave()))
                .put("mrSigner", hex(report.mrSigner()))
                .put("isvProdId", report.isvProdId())
                .put("isvSvn", report.isvSvn())
                .put("reportData", hex(report.reportData()))
                .put("attributes", attributes(report.attributes()))
                .put("cpuSvn", hex(report.cpuSvn()))
                .put("miscSelect", report.miscSelect())
                .put("miscSelectSet", set(Register.SGX_MISC_SELECT, report.miscSelect()))
                .put("configId", hex(report.configId()))
                .put("configSvn", report.configSvn())
                .put("isvFamilyId", hex(report.isvFamilyId()))
                .put("isvExtProdId", hex(report.isvExtProdId()))
                .build();
    }

    private static Json attributes(SgxAttributes attributes) {
        return Json.object()
                .put("flags", hex(attributes.flags()))
                .put("set", set(Register.SGX_ATTRIBUTES, attributes.flags()))
                .put("xfrm", hex(attributes.xfrm()))
                .put("xfrmSet", set(Register.SGX_XFRM, attributes.xfrm()))
                .put("debug", attributes.debug())
                .put("initialised", attributes.initialised())
                .put("mode64", attributes.mode64())
                .put("provisionKey", attributes.provisionKey())
                .put("launchTokenKey", attributes.launchTokenKey())
                .put("controlFlowEnforcement", attributes.controlFlowEnforcement())
                .put("keySeparation", attributes.keySeparation())
                .put("asyncExitNotify", attributes.asyncExitNotify())
                .put("reservedFlags", hex(attributes.reservedFlags()))
                .build();
    }

    private static Json report(TdReport report) {
        JsonObjectBuilder json =
                Json.object()
                        .put("type", report.extension().isPresent() ? "TD 1.5" : "TD 1.0")
                        .put("mrTd", hex(report.mrTd()))
                        .put("rtmrs", report.rtmrs().stream().map(Described::hex).toList())
                        .put("reportData", hex(report.reportData()))
                        .put("attributes", attributes(report.attributes()))
                        .put("xfam", hex(report.xfam()))
                        .put("xfamSet", set(Register.TD_XFAM, report.xfam()))
                        .put("mrConfigId", hex(report.mrConfigId()))
                        .put("mrOwner", hex(report.mrOwner()))
                        .put("mrOwnerConfig", hex(report.mrOwnerConfig()))
                        .put("teeTcbSvn", hex(report.teeTcbSvn()))
                        .put("mrSeam", hex(report.mrSeam()))
                        .put("mrSignerSeam", hex(report.mrSignerSeam()))
                        .put("seamAttributes", hex(report.seamAttributes()));
        report.extension()
                .ifPresent(extension ->
                        json.put("teeTcbSvn2", hex(extension.teeTcbSvn2()))
                                .put("mrServiceTd", hex(extension.mrServiceTd())));
        return json.build();
    }

    private static Json attributes(TdAttributes attributes) {
        return Json.object()
                .put("bits", hex(attributes.bits()))
                .put("set", set(Register.TD_ATTRIBUTES, attributes.bits()))
                .put("debug", attributes.debug())
                .put("linearAddressSpaceSeparation", attributes.linearAddressSpaceSeparation())
                .put("septVeDisable", attributes.septVeDisable())
                .put("migratable", attributes.migratable())
                .put("protectionKeys", attributes.protectionKeys())
                .put("keyLocker", attributes.keyLocker())
                .put("provisioningAgent", attributes.provisioningAgent())
                .put("performanceCounters", attributes.performanceCounters())
                .put("reserved", hex(attributes.reserved()))
                .build();
    }

    private static Json set(Register register, long value) {
        return Described.texts(register.set(value));
    }

    private static Json signature(QuoteSignature signature) throws MalformedException {
        return Json.object()
                .put("signature", hex(signature.signature()))
                .put("attestationKey", hex(signature.attestationKey()))
                .put("qeReport", report(signature.qeReport()))
                .put("qeReportSignature", hex(signature.qeReportSignature()))
                .put("authData", hex(signature.authData()))
                .put("certificationDataType", signature.certification().type())
                .put("certificationData", certification(signature))
                .build();
    }

    private static Json certification(QuoteSignature signature) throws MalformedException {
        Bytes data = signature.certification().data();
        if (!signature.certification().isCertificates() || !Pem.isPem(data)) {
            return hex(data);
        }
        List<Json> certificates = new ArrayList<>();
        for (Bytes der : Pem.blocks(data, "CERTIFICATE", "quote.pckChain")) {
            Certificate certificate = Certificate.parse(der, "quote.pckChain");
            JsonObjectBuilder json = EndorsementDescription.certificate(certificate);
            Optional<Extension> extension = certificate.extension(PckExtension.OID);
            if (extension.isPresent()) {
                json.put("sgx", platform(PckExtension.parse(extension.get().value())));
            }
            certificates.add(json.build());
        }
        return Json.array(certificates);
    }

    static Json platform(PckExtension pck) {
        JsonObjectBuilder json =
                Json.object()
                        .put("fmspc", hex(pck.fmspc()))
                        .put("ppid", hex(pck.ppid()))
                        .put("pceId", hex(pck.pceId()))
                        .put("components", hex(pck.components()))
                        .put("pceSvn", pck.pceSvn())
                        .put("cpuSvn", hex(pck.cpuSvn()))
                        .put("sgxType", pck.sgxType());
        pck.platform()
                .ifPresent(platform ->
                        json.put("platformInstanceId", hex(platform.instanceId()))
                                .put("dynamicPlatform", platform.dynamicPlatform())
                                .put("cachedKeys", platform.cachedKeys())
                                .put("smtEnabled", platform.smtEnabled()));
        return json.build();
    }
}
