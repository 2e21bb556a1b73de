package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.SgxAttributes;
import io.cloister.attestation.intel.SgxReport;

import java.util.Optional;

/// The checks of an SGX enclave (spec/evidence.md §6.3, §6.5, §6.12).
final class SgxAppraisal {
    private SgxAppraisal() {}

    static void appraise(Claims.Sgx claims, PolicyChecks checks) {
        SgxReport enclave = claims.enclave();
        SgxAttributes attributes = enclave.attributes();
        checks.kind(EvidenceKind.SGX);
        checks.referenceValue(SgxValue.class, value -> differences(value, enclave));
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
        checks.require(
                FindingCode.SGX_ATTRIBUTES,
                attributes.initialised()
                        && attributes.mode64()
                        && !attributes.launchTokenKey()
                        && attributes.reservedFlags() == 0,
                "the enclave is initialised, runs 64-bit code and has no attribute that this"
                        + " version can't judge",
                "the enclave isn't initialised, doesn't run 64-bit code, may derive the launch"
                        + " token key, or has an"
                        + " attribute that this version can't judge",
                "INIT and MODE64BIT, without EINITTOKEN_KEY and reserved flags",
                "flags 0x" + Long.toHexString(attributes.flags()));
        new IntelAppraisal(checks, claims.platform(), claims.tcb()).appraise(Optional.empty());
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
