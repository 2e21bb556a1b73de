package io.cloister.attestation.amd;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Optional;
import java.util.OptionalLong;

/// Reads a report field by field, in the order of AMD 56860 table 23. Used once, by one thread.
final class SnpReportReader {
    private static final int COORDINATE = 72;
    private static final int COORDINATE_USED = 48;
    private static final int SIGNATURE_RESERVED = 368;

    private final Bytes bytes;
    private final BinaryReader reader;

    SnpReportReader(Bytes bytes) {
        this.bytes = bytes;
        this.reader = BinaryReader.of(bytes, "report");
    }

    SnpReport read() throws MalformedException {
        if (bytes.length() != SnpReport.LENGTH) {
            throw new MalformedException(
                    "report", SnpReport.LENGTH + " bytes", bytes.length() + " bytes");
        }
        int version = version();
        long guestSvn = reader.u32("guestSvn");
        GuestPolicy policy = policy();
        Bytes familyId = reader.bytes("familyId", 16);
        Bytes imageId = reader.bytes("imageId", 16);
        int vmpl = vmpl();
        signatureAlgorithm();
        TcbVersion currentTcb = tcb("currentTcb");
        PlatformInfo platformInfo = platformInfo();
        int flags = flags();
        reader.zeros("reservedAfterFlags", 4);
        Bytes reportData = reader.bytes("reportData", 64);
        Bytes measurement = reader.bytes("measurement", 48);
        Bytes hostData = reader.bytes("hostData", 32);
        Bytes idKeyDigest = reader.bytes("idKeyDigest", 48);
        Bytes authorKeyDigest = reader.bytes("authorKeyDigest", 48);
        Bytes reportId = reader.bytes("reportId", 32);
        Bytes migrationAgentReportId = reader.bytes("reportIdMa", 32);
        TcbVersion reportedTcb = tcb("reportedTcb");
        Optional<SnpCpu> cpu = cpu(version);
        Bytes chipId = reader.bytes("chipId", 64);
        TcbVersion committedTcb = tcb("committedTcb");
        SnpFirmware current = firmware("current");
        SnpFirmware committed = firmware("committed");
        TcbVersion launchTcb = tcb("launchTcb");
        OptionalLong launchMitigations = mitigations("launchMitigations", version);
        OptionalLong currentMitigations = mitigations("currentMitigations", version);
        reader.zeros("reservedBeforeSignature", SnpReport.SIGNED_LENGTH - reader.offset());
        Bytes signature = signature();
        return new SnpReport(
                version,
                guestSvn,
                policy,
                familyId,
                imageId,
                vmpl,
                currentTcb,
                platformInfo,
                signingKey(flags),
                (flags & 1) != 0,
                (flags & 2) != 0,
                reportData,
                measurement,
                hostData,
                idKeyDigest,
                authorKeyDigest,
                reportId,
                migrationAgentReportId,
                reportedTcb,
                cpu,
                chipId,
                committedTcb,
                current,
                committed,
                launchTcb,
                launchMitigations,
                currentMitigations,
                bytes.slice(0, SnpReport.SIGNED_LENGTH),
                signature);
    }

    private int version() throws MalformedException {
        long version = reader.u32("version");
        if (version < 2 || version > 5) {
            throw reader.malformedAt("version", 0, "version 2, 3, 4 or 5", Long.toString(version));
        }
        return (int) version;
    }

    private GuestPolicy policy() throws MalformedException {
        int at = reader.offset();
        long bits = reader.u64("policy");
        if ((bits & GuestPolicy.ALWAYS) == 0 || (bits & ~GuestPolicy.DEFINED) != 0) {
            throw reader.malformedAt(
                    "policy", at, "bit 17 set and bits 26 to 63 clear", Long.toHexString(bits));
        }
        return new GuestPolicy(bits);
    }

    private int vmpl() throws MalformedException {
        int at = reader.offset();
        long vmpl = reader.u32("vmpl");
        if (vmpl > 3) {
            throw reader.malformedAt("vmpl", at, "0 to 3", Long.toString(vmpl));
        }
        return (int) vmpl;
    }

    private void signatureAlgorithm() throws MalformedException {
        int at = reader.offset();
        long algorithm = reader.u32("signatureAlgorithm");
        if (algorithm != SnpReport.SIGNATURE_ALGORITHM) {
            throw reader.malformedAt(
                    "signatureAlgorithm",
                    at,
                    "1, ECDSA on P-384 with SHA-384",
                    Long.toString(algorithm));
        }
    }

    private PlatformInfo platformInfo() throws MalformedException {
        int at = reader.offset();
        long bits = reader.u64("platformInfo");
        if ((bits & ~PlatformInfo.DEFINED) != 0) {
            throw reader.malformedAt(
                    "platformInfo", at, "bits 0 to 5 and 7 alone", Long.toHexString(bits));
        }
        return new PlatformInfo(bits);
    }

    private int flags() throws MalformedException {
        int at = reader.offset();
        long flags = reader.u32("flags");
        if (flags > 0x1f || SigningKey.ofCode((int) flags >> 2).isEmpty()) {
            throw reader.malformedAt(
                    "flags",
                    at,
                    "bits 0 to 4 alone, and a signing key of 0, 1 or 7",
                    Long.toHexString(flags));
        }
        return (int) flags;
    }

    private static SigningKey signingKey(int flags) {
        return SigningKey.ofCode(flags >> 2).orElseThrow();
    }

    private TcbVersion tcb(String field) throws MalformedException {
        return new TcbVersion(reader.bytes(field, TcbVersion.LENGTH));
    }

    private Optional<SnpCpu> cpu(int version) throws MalformedException {
        if (version < 3) {
            reader.zeros("reservedAfterReportedTcb", 24);
            return Optional.empty();
        }
        var cpu = new SnpCpu(reader.u8("family"), reader.u8("model"), reader.u8("stepping"));
        reader.zeros("reservedAfterStepping", 21);
        return Optional.of(cpu);
    }

    private SnpFirmware firmware(String field) throws MalformedException {
        int build = reader.u8(field + "Build");
        int minor = reader.u8(field + "Minor");
        int major = reader.u8(field + "Major");
        reader.zeros(field + "Reserved", 1);
        return new SnpFirmware(major, minor, build);
    }

    private OptionalLong mitigations(String field, int version) throws MalformedException {
        return version < 5 ? OptionalLong.empty() : OptionalLong.of(reader.u64(field));
    }

    private Bytes signature() throws MalformedException {
        Bytes r = coordinate("signatureR");
        Bytes s = coordinate("signatureS");
        reader.zeros("signatureReserved", SIGNATURE_RESERVED);
        reader.end();
        return Bytes.concat(r, s);
    }

    private Bytes coordinate(String field) throws MalformedException {
        byte[] little = reader.bytes(field, COORDINATE_USED).toArray();
        reader.zeros(field + "High", COORDINATE - COORDINATE_USED);
        var big = new byte[COORDINATE_USED];
        for (int i = 0; i < big.length; i++) {
            big[i] = little[big.length - 1 - i];
        }
        return Bytes.copyOf(big);
    }
}
