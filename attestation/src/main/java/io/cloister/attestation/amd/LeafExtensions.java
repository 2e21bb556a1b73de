package io.cloister.attestation.amd;

import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.DerReader;
import io.cloister.attestation.pki.Extension;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What AMD writes into the certificate of a VCEK or VLEK about the key (AMD 57230, "VCEK
/// certificate extensions"). Read strictly: every patch level of the product's layout is there, and
/// no extension of AMD's that isn't known.
///
/// @param structVersion 0, or 1 for Turin's layout
/// @param product which the product name belongs to
/// @param tcb the TCB version that the key stands for
/// @param hardwareId the chip: 64 or 8 bytes; empty if it isn't there
/// @param cloudProvider the cloud provider; empty if it isn't there
public record LeafExtensions(
        int structVersion,
        SnpProduct product,
        TcbVersion tcb,
        Bytes hardwareId,
        String cloudProvider) {
    private static final String ARC = "1.3.6.1.4.1.3704.1.";
    private static final String STRUCT_VERSION = ARC + "1";
    private static final String PRODUCT_NAME = ARC + "2";
    private static final String LEVEL = ARC + "3.";
    private static final String HARDWARE_ID = ARC + "4";
    private static final String CLOUD_PROVIDER = ARC + "5";
    private static final int MAX_TEXT = 128;

    /// Which `3.x` is at which byte of a TCB version.
    private static final List<Integer> LEVELS = List.of(1, 2, 4, 5, 6, 7, 3, 8);

    private static final List<Integer> TURIN_LEVELS = List.of(9, 1, 2, 3, 5, 6, 7, 8);

    /// Reads the extensions of `certificate`.
    ///
    /// @param name of what it is, for failures
    /// @throws MalformedException if one is missing, malformed or unknown
    public static LeafExtensions of(Certificate certificate, String name)
            throws MalformedException {
        return new Reading(certificate, name).read();
    }

    /// One reading, by one thread.
    private static final class Reading {
        private final Certificate certificate;
        private final String name;
        private final Set<String> unread;

        Reading(Certificate certificate, String name) {
            this.certificate = certificate;
            this.name = name;
            this.unread = new TreeSet<>(certificate.extensionOids());
            unread.removeIf(oid -> !oid.startsWith(ARC));
        }

        LeafExtensions read() throws MalformedException {
            int structVersion = number(STRUCT_VERSION, "structVersion");
            String productName = text(PRODUCT_NAME, "productName");
            SnpProduct product =
                    SnpProduct.ofProductName(productName)
                            .orElseThrow(() ->
                                    new MalformedException(
                                            name + ".productName", "a known product", productName));
            TcbVersion tcb = tcb(product);
            Bytes hardwareId = hardwareId(product);
            String cloudProvider =
                    unread.contains(CLOUD_PROVIDER) ? text(CLOUD_PROVIDER, "cspId") : "";
            if (!unread.isEmpty()) {
                throw new MalformedException(
                        name + ".extensions", "no further extension of AMD's", unread.toString());
            }
            return new LeafExtensions(structVersion, product, tcb, hardwareId, cloudProvider);
        }

        private TcbVersion tcb(SnpProduct product) throws MalformedException {
            List<Integer> layout = product == SnpProduct.TURIN ? TURIN_LEVELS : LEVELS;
            var levels = new byte[TcbVersion.LENGTH];
            for (int i = 0; i < levels.length; i++) {
                levels[i] = (byte) number(LEVEL + layout.get(i), "spl" + layout.get(i));
            }
            return new TcbVersion(Bytes.copyOf(levels));
        }

        /// Raw bytes; AMD has also issued them as a DER OCTET STRING. The lengths tell which.
        private Bytes hardwareId(SnpProduct product) throws MalformedException {
            if (!unread.contains(HARDWARE_ID)) {
                return Bytes.copyOf(new byte[0]);
            }
            Bytes extension = value(HARDWARE_ID, "hwId");
            Bytes value = extension;
            if (extension.length() == 2 + product.chipIdLength()) {
                DerReader reader = DerReader.of(extension, name + ".hwId");
                value = reader.content("value", DerReader.OCTET_STRING);
                reader.end();
            }
            if (value.length() != product.chipIdLength()) {
                throw new MalformedException(
                        name + ".hwId",
                        product.chipIdLength() + " bytes on " + product,
                        value.length() + " bytes");
            }
            return value;
        }

        private int number(String oid, String field) throws MalformedException {
            DerReader reader = DerReader.of(value(oid, field), name + "." + field);
            BigInteger number = reader.natural("value", DerReader.INTEGER, 2);
            reader.end();
            if (number.intValue() > 0xff) {
                throw new MalformedException(name + "." + field, "0 to 255", number.toString());
            }
            return number.intValue();
        }

        private String text(String oid, String field) throws MalformedException {
            DerReader reader = DerReader.of(value(oid, field), name + "." + field);
            Bytes content = reader.content("value", DerReader.IA5_STRING);
            reader.end();
            String text = new String(content.toArray(), StandardCharsets.US_ASCII);
            if (text.isEmpty()
                    || text.length() > MAX_TEXT
                    || !text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
                throw new MalformedException(
                        name + "." + field, "1 to " + MAX_TEXT + " printable characters", text);
            }
            return text;
        }

        private Bytes value(String oid, String field) throws MalformedException {
            unread.remove(oid);
            Optional<Extension> extension = certificate.extension(oid);
            return extension
                    .map(Extension::value)
                    .orElseThrow(() ->
                            new MalformedException(name + "." + field, "extension " + oid, "none"));
        }
    }
}
