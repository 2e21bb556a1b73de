package io.cloister.attestation.intel;

import io.cloister.attestation.pki.DerReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What a PCK certificate says of its platform (PCK profile §1.3.5, OID 1.2.840.113741.1.13.1).
/// Each part is there once, with its one length; other parts are refused.
///
/// @param ppid names the processor to Intel, 16 bytes
/// @param components security version of each of the 16 components, one byte each
/// @param pceSvn version of the provisioning certification enclave, 0 to 65535
/// @param cpuSvn the processor's security version, 16 bytes, not to be compared as a number
/// @param pceId whose provisioning certification enclave, 2 bytes
/// @param fmspc which platforms, 6 bytes
/// @param sgxType 0 standard, 1 scalable, 2 scalable with integrity
/// @param platform what only certificates for platforms of several packages say
public record PckExtension(
        Bytes ppid,
        Bytes components,
        int pceSvn,
        Bytes cpuSvn,
        Bytes pceId,
        Bytes fmspc,
        int sgxType,
        Optional<Platform> platform) {
    /// The extension in a PCK certificate.
    public static final String OID = "1.2.840.113741.1.13.1";

    private static final int MAX_SGX_TYPE = 2;

    /// What certificates by the Platform CA say beside.
    ///
    /// @param instanceId this platform, 16 bytes
    /// @param dynamicPlatform whether packages can be added while it runs
    /// @param cachedKeys whether Intel's registration service keeps its root keys
    /// @param smtEnabled whether two threads share a core
    public record Platform(
            Bytes instanceId, boolean dynamicPlatform, boolean cachedKeys, boolean smtEnabled) {}

    /// Reads the content of the extension.
    ///
    /// @throws MalformedException if it is anything else, naming part and offset
    public static PckExtension parse(Bytes der) throws MalformedException {
        DerReader outer = DerReader.of(der, "pck");
        DerReader list = outer.element("sgx", DerReader.SEQUENCE);
        outer.end();
        var parts = new Parts();
        while (list.hasNext()) {
            DerReader part = list.element("part", DerReader.SEQUENCE);
            parts.read(part.oid("oid"), part);
            part.end();
        }
        return parts.whole();
    }

    /// Gathers the parts, which may come in any order.
    private static final class Parts {
        private final Map<String, Bytes> octets = new HashMap<>();
        private Optional<Tcb> tcb = Optional.empty();
        private Optional<Integer> sgxType = Optional.empty();
        private Optional<Configuration> configuration = Optional.empty();

        void read(String oid, DerReader part) throws MalformedException {
            switch (oid.startsWith(OID + ".") ? oid.substring(OID.length() + 1) : oid) {
                case "1" -> octets("ppid", 16, part);
                case "2" -> {
                    refuseSecond("tcb", tcb.isPresent());
                    tcb = Optional.of(Tcb.read(part));
                }
                case "3" -> octets("pceId", 2, part);
                case "4" -> octets("fmspc", 6, part);
                case "5" -> {
                    refuseSecond("sgxType", sgxType.isPresent());
                    sgxType = Optional.of(type(part));
                }
                case "6" -> octets("platformInstanceId", 16, part);
                case "7" -> {
                    refuseSecond("configuration", configuration.isPresent());
                    configuration = Optional.of(Configuration.read(part));
                }
                default -> throw new MalformedException("pck", "a part that is known", oid);
            }
        }

        private void octets(String name, int length, DerReader part) throws MalformedException {
            refuseSecond(name, octets.containsKey(name));
            Bytes value = part.content(name, DerReader.OCTET_STRING);
            if (value.length() != length) {
                throw new MalformedException(
                        "pck." + name, length + " bytes", value.length() + " bytes");
            }
            octets.put(name, value);
        }

        private static int type(DerReader part) throws MalformedException {
            int type = part.natural("sgxType", DerReader.ENUMERATED, 1).intValue();
            if (type > MAX_SGX_TYPE) {
                throw new MalformedException("pck.sgxType", "0, 1 or 2", Integer.toString(type));
            }
            return type;
        }

        private Bytes octets(String name) throws MalformedException {
            Bytes value = octets.get(name);
            if (value == null) {
                throw new MalformedException("pck." + name, "a value", "nothing");
            }
            return value;
        }

        PckExtension whole() throws MalformedException {
            if (tcb.isEmpty() || sgxType.isEmpty()) {
                throw new MalformedException(
                        tcb.isEmpty() ? "pck.tcb" : "pck.sgxType", "a value", "nothing");
            }
            Tcb versions = tcb.get();
            return new PckExtension(
                    octets("ppid"),
                    versions.components(),
                    versions.pceSvn(),
                    versions.cpuSvn(),
                    octets("pceId"),
                    octets("fmspc"),
                    sgxType.get(),
                    platform());
        }

        private Optional<Platform> platform() throws MalformedException {
            if (configuration.isEmpty() && !octets.containsKey("platformInstanceId")) {
                return Optional.empty();
            }
            if (configuration.isEmpty()) {
                throw new MalformedException("pck.configuration", "a value", "nothing");
            }
            Configuration flags = configuration.get();
            return Optional.of(
                    new Platform(
                            octets("platformInstanceId"),
                            flags.dynamicPlatform(),
                            flags.cachedKeys(),
                            flags.smtEnabled()));
        }
    }

    private static void refuseSecond(String name, boolean present) throws MalformedException {
        if (present) {
            throw new MalformedException("pck." + name, "once", "twice");
        }
    }

    private record Tcb(Bytes components, int pceSvn, Bytes cpuSvn) {
        private static final String OID = PckExtension.OID + ".2.";
        private static final int COMPONENTS = TcbLevel.COMPONENTS;
        private static final int PCE_SVN = COMPONENTS + 1;
        private static final int CPU_SVN = COMPONENTS + 2;

        static Tcb read(DerReader part) throws MalformedException {
            DerReader list = part.element("tcb", DerReader.SEQUENCE);
            var components = new byte[COMPONENTS];
            int pceSvn = 0;
            Bytes cpuSvn = Bytes.copyOf(new byte[0]);
            var seen = new boolean[CPU_SVN + 1];
            for (int i = 1; i <= CPU_SVN; i++) {
                DerReader one = list.element("component", DerReader.SEQUENCE);
                int index = index(one.oid("oid"));
                refuseSecond("tcb." + index, seen[index]);
                seen[index] = true;
                if (index == CPU_SVN) {
                    cpuSvn = one.content("cpuSvn", DerReader.OCTET_STRING);
                } else if (index == PCE_SVN) {
                    pceSvn = svn(one, "tcb.pceSvn", Pcs.MAX_U16);
                } else {
                    components[index - 1] = (byte) svn(one, "tcb." + index, 0xff);
                }
                one.end();
            }
            list.end();
            if (cpuSvn.length() != COMPONENTS) {
                throw new MalformedException(
                        "pck.tcb.cpuSvn", COMPONENTS + " bytes", cpuSvn.length() + " bytes");
            }
            return new Tcb(Bytes.copyOf(components), pceSvn, cpuSvn);
        }

        private static int index(String oid) throws MalformedException {
            if (oid.startsWith(OID)) {
                for (int i = 1; i <= CPU_SVN; i++) {
                    if (oid.substring(OID.length()).equals(Integer.toString(i))) {
                        return i;
                    }
                }
            }
            throw new MalformedException("pck.tcb", "a part that is known", oid);
        }

        private static int svn(DerReader one, String name, int max) throws MalformedException {
            int svn = one.natural(name, DerReader.INTEGER, 3).intValueExact();
            if (svn > max) {
                throw new MalformedException("pck." + name, "0 to " + max, Integer.toString(svn));
            }
            return svn;
        }
    }

    private record Configuration(boolean dynamicPlatform, boolean cachedKeys, boolean smtEnabled) {
        private static final String OID = PckExtension.OID + ".7.";
        private static final int FLAGS = 3;

        static Configuration read(DerReader part) throws MalformedException {
            DerReader list = part.element("configuration", DerReader.SEQUENCE);
            var flags = new boolean[FLAGS];
            var seen = new boolean[FLAGS];
            for (int i = 0; i < FLAGS; i++) {
                DerReader one = list.element("flag", DerReader.SEQUENCE);
                int index = index(one.oid("oid"));
                refuseSecond("configuration." + (index + 1), seen[index]);
                seen[index] = true;
                flags[index] = one.bool("value");
                one.end();
            }
            list.end();
            return new Configuration(flags[0], flags[1], flags[2]);
        }

        private static int index(String oid) throws MalformedException {
            for (int i = 0; i < FLAGS; i++) {
                if (oid.equals(OID + (i + 1))) {
                    return i;
                }
            }
            throw new MalformedException("pck.configuration", "a flag that is known", oid);
        }
    }
}
