package io.cloister.attestation.evidence;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.binary.BinaryReader;
import io.cloister.attestation.pki.DerReader;
import io.cloister.attestation.pki.Extension;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Tells by their content what kind of hardware Evidence bytes are (spec/evidence.md §11). Pure;
/// bounded. What it returns is read no further than needed to tell, and not verified.
public final class EvidenceRecogniser {
    /// Most bytes that are looked at.
    public static final int MAX_LENGTH = 128 * 1024;

    private static final Bytes INTEL_QE =
            Bytes.copyOf(HexFormat.of().parseHex("939a7233f79c4ca9940a0db3957f0607"));
    private static final Bytes PARAVISOR = Bytes.utf8("HCLA");
    private static final String PEM = "-----BEGIN CERTIFICATE-----";

    private static final int QUOTE_HEADER = 48;
    private static final int TEE_SGX = 0;
    private static final int TEE_TDX = 0x81;

    private static final int VERSION_TAG = 0xa0;
    private static final int ISSUER_ID_TAG = 0x81;
    private static final int SUBJECT_ID_TAG = 0x82;
    private static final int EXTENSIONS_TAG = 0xa3;
    private static final int MAX_SERIAL = 21;

    private static final String SGX_EXTENSION = "1.2.840.113741.1337.6";
    private static final String SNP_EXTENSION = "1.2.840.113741.1337.7";
    private static final String TDX_EXTENSION = "1.2.840.113741.1337.8";
    private static final List<String> EXTENSIONS =
            List.of(SGX_EXTENSION, SNP_EXTENSION, TDX_EXTENSION);

    private EvidenceRecogniser() {}

    /// Recognises an SGX or TDX quote, an SEV-SNP report with or without certificate table, either
    /// report inside that of Azure's paravisor, and any of them in a certificate (DER or PEM).
    ///
    /// @throws MalformedException if the bytes are none of these, or a certificate holds none or
    ///   more than one
    public static RecognisedEvidence recognise(Bytes bytes) throws MalformedException {
        if (bytes.length() > MAX_LENGTH) {
            throw new MalformedException(
                    "evidence", "at most " + MAX_LENGTH + " bytes", bytes.length() + " bytes");
        }
        if (startsWith(bytes, Bytes.utf8(PEM))) {
            List<Bytes> blocks = Pem.blocks(bytes, "CERTIFICATE", "evidence");
            if (blocks.size() != 1) {
                throw new MalformedException(
                        "evidence", "one certificate", blocks.size() + " certificates");
            }
            return certificate(blocks.getFirst());
        }
        if (startsWith(bytes, PARAVISOR)) {
            return paravisor(bytes);
        }
        return bytes.length() > 0 && bytes.at(0) == DerReader.SEQUENCE
                ? certificate(bytes)
                : plain(bytes);
    }

    private static RecognisedEvidence plain(Bytes bytes) throws MalformedException {
        if (bytes.length() >= QUOTE_HEADER && bytes.slice(12, 16).equals(INTEL_QE)) {
            return quote(bytes);
        }
        if (bytes.length() >= SnpReport.LENGTH) {
            long version = BinaryReader.of(bytes, "evidence").u32("version");
            if (version >= 2 && version <= 5) {
                bound(bytes, SnpEvidence.MAX_LENGTH);
                return new RecognisedEvidence(
                        new SnpEvidence(bytes),
                        bytes.length() == SnpReport.LENGTH
                                ? EvidenceForm.PLAIN
                                : EvidenceForm.WITH_CERTIFICATES);
            }
        }
        throw new MalformedException(
                "evidence", "a quote, a report or a certificate with either", bytes.toString());
    }

    private static RecognisedEvidence quote(Bytes bytes) throws MalformedException {
        bound(bytes, SgxEvidence.MAX_LENGTH);
        BinaryReader reader = BinaryReader.of(bytes, "evidence");
        int version = reader.u16("version");
        reader.u16("attestationKeyType");
        long tee = reader.u32("teeType");
        // In version 3 these four bytes are reserved, so zero: SGX.
        if (version == 3 || (version <= 5 && version > 3 && tee == TEE_SGX)) {
            return new RecognisedEvidence(new SgxEvidence(bytes), EvidenceForm.PLAIN);
        }
        if (version <= 5 && version > 3 && tee == TEE_TDX) {
            return new RecognisedEvidence(new TdxEvidence(bytes), EvidenceForm.PLAIN);
        }
        throw new MalformedException(
                "evidence.version",
                "a quote of version 3, 4 or 5 of SGX or TDX",
                "version " + version + " of type " + tee);
    }

    private static void bound(Bytes bytes, int max) throws MalformedException {
        if (bytes.length() > max) {
            throw new MalformedException(
                    "evidence", "at most " + max + " bytes", bytes.length() + " bytes");
        }
    }

    /// Azure's paravisor puts a header of 32 bytes before the report, and behind it data that the
    /// report binds. A TDX machine's holds no quote: that has to be asked for.
    private static RecognisedEvidence paravisor(Bytes bytes) throws MalformedException {
        BinaryReader reader = BinaryReader.of(bytes, "paravisorReport");
        reader.bytes("header", 32);
        Bytes report = reader.bytes("report", SnpReport.LENGTH);
        reader.u32("runtimeDataSize");
        reader.u32("runtimeDataVersion");
        int at = reader.offset();
        long kind = reader.u32("reportType");
        if (kind != 2) {
            throw reader.malformedAt("reportType", at, "2, SEV-SNP", Long.toString(kind));
        }
        return new RecognisedEvidence(new SnpEvidence(report), EvidenceForm.PARAVISOR_REPORT);
    }

    /// Only its frame is read: which algorithms it uses is TLS's business.
    private static RecognisedEvidence certificate(Bytes der) throws MalformedException {
        DerReader outer = DerReader.of(der, "certificate");
        DerReader frame = outer.element("frame", DerReader.SEQUENCE);
        outer.end();
        DerReader body = frame.element("body", DerReader.SEQUENCE);
        frame.element("algorithm", DerReader.SEQUENCE);
        frame.content("signature", DerReader.BIT_STRING);
        frame.end();
        body.element("version", VERSION_TAG);
        body.natural("serial", DerReader.INTEGER, MAX_SERIAL);
        body.element("algorithm", DerReader.SEQUENCE);
        body.element("issuer", DerReader.SEQUENCE);
        body.element("validity", DerReader.SEQUENCE);
        body.element("subject", DerReader.SEQUENCE);
        Bytes key = body.encoded("subjectPublicKeyInfo", DerReader.SEQUENCE);
        for (int tag : new int[] {ISSUER_ID_TAG, SUBJECT_ID_TAG}) {
            if (body.nextIs(tag)) {
                body.content("uniqueId", tag);
            }
        }
        DerReader wrapper = body.element("extensions", EXTENSIONS_TAG);
        body.end();
        DerReader list = wrapper.element("list", DerReader.SEQUENCE);
        wrapper.end();
        return inCertificate(Extension.readAll(list), key);
    }

    /// Two pieces of Evidence would leave it to the reader which of them counts.
    private static RecognisedEvidence inCertificate(Map<String, Extension> extensions, Bytes key)
            throws MalformedException {
        var found = new ArrayList<Extension>();
        for (String oid : EXTENSIONS) {
            if (extensions.containsKey(oid)) {
                found.add(extensions.get(oid));
            }
        }
        if (found.size() != 1) {
            throw new MalformedException(
                    "certificate.extensions",
                    "one that holds Evidence",
                    Integer.toString(found.size()));
        }
        Evidence evidence = plain(found.getFirst().value()).evidence();
        EvidenceKind expected =
                switch (found.getFirst().oid()) {
                    case SGX_EXTENSION -> EvidenceKind.SGX;
                    case SNP_EXTENSION -> EvidenceKind.SNP;
                    default -> EvidenceKind.TDX;
                };
        if (evidence.kind() != expected) {
            throw new MalformedException(
                    "certificate.extensions",
                    "Evidence of kind " + expected,
                    evidence.kind().word());
        }
        return new RecognisedEvidence(evidence, EvidenceForm.TLS_CERTIFICATE, key);
    }

    private static boolean startsWith(Bytes bytes, Bytes prefix) {
        return bytes.length() >= prefix.length() && bytes.slice(0, prefix.length()).equals(prefix);
    }
}
