package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.LinkedHashMap;
import java.util.Map;

/// One extension of a certificate or revocation list (RFC 5280 §4.2).
///
/// @param oid which, in dotted form
/// @param critical whether whoever doesn't understand it must refuse
/// @param value the content of its OCTET STRING
public record Extension(String oid, boolean critical, Bytes value) {
    private static final int MAX = 64;

    /// Reads a sequence of extensions, each once, at most 64.
    ///
    /// @throws MalformedException if one is there twice, or malformed
    public static Map<String, Extension> readAll(DerReader list) throws MalformedException {
        var all = new LinkedHashMap<String, Extension>();
        while (list.hasNext()) {
            DerReader one = list.element("extension", DerReader.SEQUENCE);
            String oid = one.oid("oid");
            boolean critical = one.nextIs(DerReader.BOOLEAN) && one.trueOnly("critical");
            Bytes value = one.content("value", DerReader.OCTET_STRING);
            one.end();
            if (all.put(oid, new Extension(oid, critical, value)) != null) {
                throw new MalformedException("extension", "each extension once", oid + " twice");
            }
            if (all.size() > MAX) {
                throw new MalformedException("extension", "at most " + MAX, "more");
            }
        }
        return Map.copyOf(all);
    }
}
