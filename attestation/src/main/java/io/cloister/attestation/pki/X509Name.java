package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A distinguished name (RFC 5280 §4.1.2.4). Two names are equal if their bytes are: vendors copy
/// them byte for byte.
///
/// @param der the whole encoding
/// @param commonName its one common name; empty if it has none
public record X509Name(Bytes der, String commonName) {
    private static final String COMMON_NAME = "2.5.4.3";
    private static final int MAX_TEXT = 128;

    static X509Name read(DerReader parent, String field) throws MalformedException {
        Bytes der = parent.encoded(field, DerReader.SEQUENCE);
        DerReader parts = DerReader.of(der, field).element("name", DerReader.SEQUENCE);
        Optional<String> commonName = Optional.empty();
        while (parts.hasNext()) {
            DerReader set = parts.element("part", DerReader.SET);
            DerReader attribute = set.element("attribute", DerReader.SEQUENCE);
            set.end();
            String oid = attribute.oid("type");
            String value = text(attribute);
            attribute.end();
            if (oid.equals(COMMON_NAME)) {
                if (commonName.isPresent()) {
                    throw new MalformedException(field, "one common name", "two");
                }
                commonName = Optional.of(value);
            }
        }
        return new X509Name(der, commonName.orElse(""));
    }

    private static String text(DerReader attribute) throws MalformedException {
        int tag =
                attribute.nextIs(DerReader.UTF8_STRING)
                        ? DerReader.UTF8_STRING
                        : attribute.nextIs(DerReader.IA5_STRING)
                                ? DerReader.IA5_STRING
                                : DerReader.PRINTABLE_STRING;
        Bytes value = attribute.content("value", tag);
        if (value.length() > MAX_TEXT) {
            throw new MalformedException(
                    "name", "at most " + MAX_TEXT + " bytes of text", value.length() + "");
        }
        return new String(value.toArray(), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return commonName;
    }
}
