package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

class EndorsementBundleTest {
    private static final Endorsement CERTIFICATE = new Endorsement.X509(Bytes.utf8("certificate"));
    private static final Endorsement CRL = new Endorsement.Crl(Bytes.utf8("list"));
    private static final Endorsement TCB = new Endorsement.TcbInfo(Bytes.utf8("{}"));
    private static final Endorsement QE = new Endorsement.QeIdentity(Bytes.utf8("{}"));
    private static final EndorsementBundle BUNDLE =
            new EndorsementBundle(new Endorsements(List.of(TCB, QE, CERTIFICATE, CRL)));

    @Test
    void isReadAsItWasWritten() throws Exception {
        assertEquals(BUNDLE, EndorsementBundle.parse(BUNDLE.canonical()));
        assertEquals(4, BUNDLE.endorsements().all().size());
    }

    @Test
    void isOneFileWhateverTheOrder() {
        var other = new EndorsementBundle(new Endorsements(List.of(CRL, CERTIFICATE, QE, TCB)));

        assertEquals(BUNDLE.canonical(), other.canonical());
    }

    @Test
    void refusesOneChange() {
        String text = new String(BUNDLE.canonical().toArray(), StandardCharsets.UTF_8);
        String certificate = CERTIFICATE.toJson().text();
        String crl = CRL.toJson().text();
        for (String changed :
                new String[] {
                    text.replace("endorsements.v1", "endorsements.v2"),
                    text.replace(crl + "," + certificate, certificate + "," + crl),
                    text.replace(certificate + "," + crl, crl + "," + certificate),
                    text.replace(certificate, certificate + "," + certificate),
                    text.replace("\"kind\":\"crl\"", "\"kind\":\"crl\",\"more\":1"),
                    text.replace(",\"type\"", ",\"more\":1,\"type\""),
                    text + "\n",
                    text.replace(":[", ": ["),
                    "[]",
                    "",
                }) {
            if (!changed.equals(text)) {
                assertThrows(
                        MalformedException.class,
                        () -> EndorsementBundle.parse(Bytes.utf8(changed)),
                        changed);
            }
        }
        assertThrows(
                UnknownKindException.class,
                () -> EndorsementBundle.parse(Bytes.utf8(text.replace("\"crl\"", "\"nitro\""))));
    }

    @Test
    void refusesMoreThanItMayHold() throws Exception {
        Bytes large = Bytes.copyOf(new byte[Endorsements.MAX_ANSWER + 1]);
        var bundle = new EndorsementBundle(new Endorsements(List.of(new Endorsement.Crl(large))));
        assertThrows(MalformedException.class, () -> EndorsementBundle.parse(bundle.canonical()));

        Endorsements full = numbered(0, Endorsements.MAX);
        var filled = new EndorsementBundle(full);
        assertEquals(filled, EndorsementBundle.parse(filled.canonical()));
        Endorsements more = numbered(0, Endorsements.MAX + 1);
        assertThrows(
                MalformedException.class,
                () -> EndorsementBundle.parse(new EndorsementBundle(more).canonical()));
    }

    /// Whoever fills its share leaves the others theirs.
    @Test
    void hasRoomForWhatThreeSourcesGive() throws Exception {
        Endorsements all =
                numbered(0, Endorsements.MAX)
                        .with(numbered(Endorsements.MAX, Endorsements.MAX), "endorsements")
                        .with(numbered(2 * Endorsements.MAX, Endorsements.MAX), "endorsements");
        assertEquals(all, all.with(all, "endorsements"));
        assertThrows(MalformedException.class, () -> all.with(numbered(100, 1), "endorsements"));
        assertThrows(
                IllegalArgumentException.class, () -> numbered(0, Endorsements.MAX_TOGETHER + 1));
    }

    private static Endorsements numbered(int from, int count) {
        return new Endorsements(
                IntStream.range(from, from + count)
                        .<Endorsement>mapToObj(
                                i -> new Endorsement.X509(Bytes.utf8(Integer.toString(i))))
                        .toList());
    }
}
