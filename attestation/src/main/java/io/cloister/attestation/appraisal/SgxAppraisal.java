package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.SgxAttributes;
import io.cloister.attestation.intel.SgxReport;

import java.util.List;
import java.util.Optional;

/// The checks of an SGX enclave (spec/evidence.md §6.3, §6.5, §6.12).
final class SgxAppraisal {
    private SgxAppraisal() {}

    static void appraise(Claims.Sgx claims, PolicyChecks checks) {
        SgxReport enclave = claims.enclave();
        SgxAttributes attributes = enclave.attributes();
        checks.kind(EvidenceKind.SGX);
        Optional<SgxValue> value =
                checks.referenceValue(
                        SgxValue.class,
                        one -> differences(one, enclave),
                        one -> registers(one.config().registers(), enclave));
        checks.unless(
                Relaxation.DEBUG,
                FindingCode.DEBUG,
                attributes.debug(),
                "the enclave can't be looked into by a debugger",
                "the enclave can be looked into by a debugger",
                "debug");
        checks.unless(
                Relaxation.PROVISION_KEY,
                FindingCode.SGX_PROVISION_KEY,
                attributes.provisionKey(),
                "the enclave can't derive provisioning keys",
                "the enclave can derive provisioning keys",
                "provisionKey");
        registers(value.map(SgxValue::config).orElseGet(SgxConfig::none).registers(), enclave)
                .forEach(register -> register.judge(checks));
        value.ifPresent(one -> leftOpen(one, enclave, checks));
        new IntelAppraisal(checks, claims.platform(), claims.tcb()).appraise(Optional.empty());
    }

    private static List<RegisterCheck> registers(Registers registers, SgxReport enclave) {
        return List.of(
                registers.check(Register.SGX_ATTRIBUTES, enclave.attributes().flags()),
                registers.check(Register.SGX_MISC_SELECT, enclave.miscSelect()),
                registers.check(Register.SGX_XFRM, enclave.attributes().xfrm()));
    }

    private static void leftOpen(SgxValue value, SgxReport enclave, PolicyChecks checks) {
        switch (value) {
            case SgxEnclaveValue _ ->
                    checks.leftOpen(
                            "the reference value says what the enclave consists of, not who signed"
                                    + " it",
                            "mrSigner="
                                    + enclave.mrSigner().hex()
                                    + ", isvProdId="
                                    + enclave.isvProdId()
                                    + ", isvSvn="
                                    + enclave.isvSvn()
                                    + ", isvFamilyId="
                                    + enclave.isvFamilyId().hex()
                                    + ", isvExtProdId="
                                    + enclave.isvExtProdId().hex());
            case SgxSignerValue _ ->
                    checks.leftOpen(
                            "the reference value says who signed the enclave, not what it consists"
                                    + " of",
                            "mrEnclave=" + enclave.mrEnclave().hex());
        }
    }

    private static Differences differences(SgxValue value, SgxReport enclave) {
        Differences differences =
                switch (value) {
                    case SgxEnclaveValue exact ->
                            new Differences()
                                    .equal("mrEnclave", exact.mrEnclave(), enclave.mrEnclave());
                    case SgxSignerValue signer ->
                            new Differences()
                                    .equal("mrSigner", signer.mrSigner(), enclave.mrSigner())
                                    .equal("isvProdId", signer.isvProdId(), enclave.isvProdId())
                                    .atLeast("isvSvn", signer.minIsvSvn(), enclave.isvSvn())
                                    .equal(
                                            "isvFamilyId",
                                            signer.isvFamilyId(),
                                            enclave.isvFamilyId())
                                    .equal(
                                            "isvExtProdId",
                                            signer.isvExtProdId(),
                                            enclave.isvExtProdId());
                };
        return differences
                .equal("configId", value.config().id(), enclave.configId())
                .atLeast("configSvn", value.config().minSvn(), enclave.configSvn());
    }
}
