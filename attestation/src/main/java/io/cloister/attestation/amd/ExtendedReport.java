package io.cloister.attestation.amd;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A report with what some tools append to it: certificates and revocation lists, candidates all.
///
/// @param report read, not verified
/// @param certificates DER, not read
/// @param revocationLists DER, not read
public record ExtendedReport(
        SnpReport report, List<Bytes> certificates, List<Bytes> revocationLists) {
    public ExtendedReport {
        certificates = List.copyOf(certificates);
        revocationLists = List.copyOf(revocationLists);
    }

    /// Reads a report, alone or with a certificate table or list directly behind it.
    ///
    /// @throws MalformedException if either is malformed
    public static ExtendedReport parse(Bytes bytes) throws MalformedException {
        int length = Math.min(bytes.length(), SnpReport.LENGTH);
        SnpReport report = SnpReport.parse(bytes.slice(0, length));
        Bytes rest = bytes.slice(length, bytes.length() - length);
        if (rest.length() == 0) {
            return new ExtendedReport(report, List.of(), List.of());
        }
        return CertificateList.isOne(rest)
                ? new ExtendedReport(report, CertificateList.parse(rest), List.of())
                : of(report, CertificateTable.parse(rest));
    }

    private static ExtendedReport of(SnpReport report, CertificateTable table) {
        var certificates = new ArrayList<Bytes>();
        var lists = new ArrayList<Bytes>();
        for (Map.Entry<CertificateTable.Kind, Bytes> entry : table.entries().entrySet()) {
            switch (entry.getKey()) {
                case VCEK, VLEK, ASK, ARK -> certificates.add(entry.getValue());
                case CRL -> lists.add(entry.getValue());
            }
        }
        return new ExtendedReport(report, certificates, lists);
    }
}
