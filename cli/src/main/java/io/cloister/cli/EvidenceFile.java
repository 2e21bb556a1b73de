package io.cloister.cli;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.EvidenceForm;
import io.cloister.attestation.evidence.EvidenceRecogniser;
import io.cloister.attestation.evidence.RecognisedEvidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.intel.Quote;
import io.cloister.client.CosmianEnclave;
import io.cloister.client.RefusedException;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.Origin;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A file with Evidence, whatever its form: what it is follows from its content.
///
/// @param form for people
/// @param evidence read, not verified
/// @param endorsements that came with it
/// @param tlsKey SubjectPublicKeyInfo of the certificate around it; empty without one
/// @param cosmian the enclave of the Cosmian dialect that it is to vouch for, if it came with one
/// @param origins where the Endorsements came from that were fetched besides
record EvidenceFile(
        String form,
        Evidence evidence,
        Endorsements endorsements,
        Bytes tlsKey,
        Optional<CosmianEnclave> cosmian,
        List<Origin> origins) {
    EvidenceFile {
        origins = List.copyOf(origins);
    }

    static EvidenceFile read(Path file)
            throws CommandException, IOException, MalformedException, RefusedException {
        return of(Bytes.copyOf(ReceiptCommand.read(file)));
    }

    /// @throws RefusedException if it is an enclave of the Cosmian dialect whose parts do not fit
    static EvidenceFile of(Bytes bytes) throws MalformedException, RefusedException {
        if (bytes.length() > 0 && bytes.at(0) == '{') {
            Json json = Json.parse(bytes.toArray(), JsonLimits.DOCUMENT, "evidence");
            if (CosmianEnclave.isOne(json)) {
                CosmianEnclave enclave = CosmianEnclave.read(json).orThrow();
                return of(
                        "enclave of the Cosmian dialect", enclave.evidence(), Optional.of(enclave));
            }
            return of("evidence bundle", bundle(bytes), Optional.empty());
        }
        return raw(bytes);
    }

    private static EvidenceFile of(
            String form, EvidenceBundle bundle, Optional<CosmianEnclave> cosmian) {
        return new EvidenceFile(
                form, bundle.evidence(), bundle.endorsements(), Bytes.utf8(""), cosmian, List.of());
    }

    /// Read to its end, so that what is malformed is said before anything is asked for.
    static EvidenceFile raw(Bytes bytes) throws MalformedException {
        RecognisedEvidence found = EvidenceRecogniser.recognise(bytes);
        String kind =
                switch (found.evidence()) {
                    case SgxEvidence(var quote) -> {
                        Quote.parse(quote);
                        yield "SGX quote";
                    }
                    case TdxEvidence(var quote) -> {
                        Quote.parse(quote);
                        yield "TDX quote";
                    }
                    case SnpEvidence(var report) -> {
                        ExtendedReport.parse(report);
                        yield "SEV-SNP report";
                    }
                    case SimulatedEvidence _ -> "simulated Evidence";
                };
        return new EvidenceFile(
                kind + where(found.form()),
                found.evidence(),
                Endorsements.none(),
                found.tlsKey(),
                Optional.empty(),
                List.of());
    }

    private static String where(EvidenceForm form) {
        return switch (form) {
            case PLAIN -> "";
            case WITH_CERTIFICATES -> " with certificates";
            case PARAVISOR_REPORT -> " in a paravisor's report";
            case TLS_CERTIFICATE -> " in a certificate";
        };
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
        return new EvidenceFile(
                form, evidence, endorsements.with(more, "endorsements"), tlsKey, cosmian, origins);
    }

    EvidenceFile with(Fetched fetched) throws MalformedException {
        EvidenceFile more = with(fetched.endorsements());
        return new EvidenceFile(
                form, evidence, more.endorsements(), tlsKey, cosmian, fetched.origins());
    }
}
