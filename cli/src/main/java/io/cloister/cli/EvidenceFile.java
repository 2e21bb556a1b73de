package io.cloister.cli;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.file.Path;

/// A file with Evidence, whatever its form: what it is follows from its content.
///
/// @param form for people
/// @param evidence read, not verified
/// @param endorsements that came with it
record EvidenceFile(String form, Evidence evidence, Endorsements endorsements) {
    private static final int QUOTE_KEY_TYPE_AT = 2;

    static EvidenceFile read(Path file) throws CommandException, IOException, MalformedException {
        return of(Bytes.copyOf(ReceiptCommand.read(file)));
    }

    static EvidenceFile of(Bytes bytes) throws MalformedException {
        if (bytes.length() > 0 && bytes.at(0) == '{') {
            EvidenceBundle bundle = bundle(bytes);
            return new EvidenceFile("evidence bundle", bundle.evidence(), bundle.endorsements());
        }
        return raw(bytes);
    }

    private static EvidenceFile raw(Bytes bytes) throws MalformedException {
        if (bytes.length() > QUOTE_KEY_TYPE_AT && bytes.at(QUOTE_KEY_TYPE_AT) != 0) {
            boolean isSgx = Quote.parse(bytes).header().teeType() == TeeType.SGX;
            return new EvidenceFile(
                    isSgx ? "SGX quote" : "TDX quote",
                    isSgx ? new SgxEvidence(bytes) : new TdxEvidence(bytes),
                    Endorsements.none());
        }
        SnpReport.parse(bytes);
        return new EvidenceFile("SEV-SNP report", new SnpEvidence(bytes), Endorsements.none());
    }

    private static EvidenceBundle bundle(Bytes bytes) throws MalformedException {
        try {
            return EvidenceBundle.parse(bytes);
        } catch (UnknownKindException e) {
            throw new MalformedException("evidence.kind", "a kind this client knows", e.kind());
        }
    }

    /// The Endorsements in a bundle of their own.
    static Endorsements endorsements(Path file)
            throws CommandException, IOException, MalformedException {
        try {
            return EndorsementBundle.parse(Bytes.copyOf(ReceiptCommand.read(file))).endorsements();
        } catch (UnknownKindException e) {
            throw new MalformedException("endorsements.kind", "a kind this client knows", e.kind());
        }
    }

    EvidenceFile with(Endorsements more) throws MalformedException {
        return new EvidenceFile(form, evidence, endorsements.with(more, "endorsements"));
    }
}
