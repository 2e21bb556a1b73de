package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.intel.IntelTcb;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.SgxAttributes;
import io.cloister.attestation.intel.SgxReport;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.intel.TdAttributes;
import io.cloister.attestation.intel.TdReport;
import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Claims of an enclave and of a TD that a strict policy accepts; a test alters one field.
final class IntelSample {
    static final Instant TCB_DATE = Instant.parse("2027-01-15T00:00:00Z");
    static final Instant VALID_UNTIL = Instant.parse("2027-04-01T00:00:00Z");

    /// What accepts the enclave.
    static final SgxEnclaveValue ENCLAVE =
            new SgxEnclaveValue("agent", fill(0x11, 32), SgxConfig.none());

    /// What accepts the TD.
    static final TdxValue TD =
            TdxValue.of(
                    "image",
                    fill(0x21, 48),
                    List.of(fill(0x31, 48), fill(0x32, 48), fill(0x33, 48), fill(0, 48)));

    long sgxFlags = 0b101;
    long sgxMiscSelect = 0;
    long sgxXfrm = 0xe7;
    Bytes mrEnclave = fill(0x11, 32);
    Bytes mrSigner = fill(0x12, 32);
    int isvProdId = 7;
    int isvSvn = 3;
    Bytes isvFamilyId = fill(0, 16);
    Bytes isvExtProdId = fill(0, 16);
    Bytes configId = fill(0, 64);
    int configSvn = 0;
    Bytes reportData = fill(0x5a, 64);

    long tdAttributes = 1L << 28;
    long tdXfam = 0x602e7;
    Bytes mrTd = fill(0x21, 48);
    List<Bytes> rtmrs =
            new ArrayList<>(List.of(fill(0x31, 48), fill(0x32, 48), fill(0x33, 48), fill(0, 48)));
    Bytes mrConfigId = fill(0, 48);
    Bytes mrOwner = fill(0, 48);
    Bytes mrOwnerConfig = fill(0, 48);
    Bytes mrSeam = fill(0x41, 48);
    byte[] teeTcbSvn = {3, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    Optional<Bytes> mrServiceTd = Optional.of(fill(0, 48));

    Bytes ppid = fill(0x51, 16);
    Bytes fmspc = fill(0x61, 6);
    byte[] components = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0};
    int pceSvn = 13;
    Optional<PckExtension.Platform> platform =
            Optional.of(new PckExtension.Platform(fill(0x71, 16), false, false, false));

    TcbStatus status = TcbStatus.UP_TO_DATE;
    TcbStatus sgxStatus = TcbStatus.UP_TO_DATE;
    TcbStatus platformStatus = TcbStatus.UP_TO_DATE;
    TcbStatus moduleStatus = TcbStatus.UP_TO_DATE;
    TcbStatus qeStatus = TcbStatus.UP_TO_DATE;
    Instant platformDate = TCB_DATE;
    Instant qeDate = TCB_DATE;
    List<String> platformAdvisories = List.of();
    List<String> qeAdvisories = List.of();
    int tcbInfoNumber = 17;
    int qeIdentityNumber = 18;
    Instant validUntil = VALID_UNTIL;

    static Bytes fill(int value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return Bytes.copyOf(bytes);
    }

    Claims.Sgx sgx() {
        return new Claims.Sgx(
                new SgxReport(
                        fill(1, 16),
                        sgxMiscSelect,
                        isvExtProdId,
                        new SgxAttributes(sgxFlags, sgxXfrm),
                        mrEnclave,
                        mrSigner,
                        configId,
                        isvProdId,
                        isvSvn,
                        configSvn,
                        isvFamilyId,
                        reportData),
                pck(),
                tcb(TeeType.SGX),
                validUntil);
    }

    Claims.Tdx tdx() {
        return new Claims.Tdx(
                new TdReport(
                        Bytes.copyOf(teeTcbSvn),
                        mrSeam,
                        fill(0, 48),
                        fill(0, 8),
                        new TdAttributes(tdAttributes),
                        tdXfam,
                        mrTd,
                        mrConfigId,
                        mrOwner,
                        mrOwnerConfig,
                        rtmrs,
                        reportData,
                        mrServiceTd.map(service ->
                                new TdReport.Extension(Bytes.copyOf(teeTcbSvn), service))),
                pck(),
                tcb(TeeType.TDX),
                validUntil);
    }

    private PckExtension pck() {
        return new PckExtension(
                ppid,
                Bytes.copyOf(components),
                pceSvn,
                fill(2, 16),
                fill(0, 2),
                fmspc,
                platform.isPresent() ? 1 : 0,
                platform);
    }

    private IntelTcb tcb(TeeType kind) {
        boolean td = kind == TeeType.TDX;
        var level =
                new IntelTcb.Level(
                        "SGX", td ? sgxStatus : platformStatus, platformDate, platformAdvisories);
        return new IntelTcb(
                kind,
                status,
                Optional.of(level),
                td
                        ? Optional.of(
                                new IntelTcb.Level(
                                        "TDX", platformStatus, platformDate, platformAdvisories))
                        : Optional.empty(),
                td
                        ? Optional.of(
                                new IntelTcb.Level("TDX_01", moduleStatus, TCB_DATE, List.of()))
                        : Optional.empty(),
                Optional.of(new IntelTcb.Level("QE", qeStatus, qeDate, qeAdvisories)),
                new IntelTcb.Source(3, tcbInfoNumber, TCB_DATE, VALID_UNTIL),
                new IntelTcb.Source(2, qeIdentityNumber, TCB_DATE, VALID_UNTIL));
    }
}
