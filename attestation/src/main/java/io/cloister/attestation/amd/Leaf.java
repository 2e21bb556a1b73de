package io.cloister.attestation.amd;

import io.cloister.attestation.pki.Certificate;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Optional;

/// A certificate that may be the one of the key which signed a report. The natural order puts first
/// what fits best; whether it fits is checked afterwards, so the order decides nothing but which
/// findings there are.
///
/// @param certificate by its common name a VCEK's or VLEK's
/// @param extensions empty if they are malformed
/// @param failure how they are malformed
/// @param fit how many of the report's values they repeat
record Leaf(Certificate certificate, Optional<LeafExtensions> extensions, String failure, int fit)
        implements Comparable<Leaf> {
    static Leaf of(Certificate certificate, SnpReport report) {
        try {
            LeafExtensions extensions = LeafExtensions.of(certificate, "leaf");
            return new Leaf(certificate, Optional.of(extensions), "", fit(extensions, report));
        } catch (MalformedException e) {
            return new Leaf(certificate, Optional.empty(), String.valueOf(e.getMessage()), -1);
        }
    }

    private static int fit(LeafExtensions extensions, SnpReport report) {
        Bytes id = extensions.hardwareId();
        boolean chip = report.chipId().slice(0, id.length()).equals(id);
        boolean tcb = report.reportedTcb().equals(extensions.tcb());
        return (chip ? 2 : 0) + (tcb ? 1 : 0);
    }

    @Override
    public int compareTo(Leaf other) {
        return Integer.compare(other.fit, fit);
    }
}
