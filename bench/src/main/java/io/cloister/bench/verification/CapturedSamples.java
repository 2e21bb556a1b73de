package io.cloister.bench.verification;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.intel.Quote;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Evidence captured from real hardware, as cases name it (docs/reference/evidence-cases.md).
///
/// @param folder the folder with the cases
record CapturedSamples(Path folder) {
    private static final String INTEL_CASES = "cases-intel.json";
    private static final String AMD_CASES = "cases-snp-nitro-vtpm.json";
    private static final int MAX_CASES = 10_000;
    private static final int MAX_NAME = 300;

    Sample read(Kind kind) throws IOException, MalformedException {
        return switch (kind) {
            case SGX, TDX -> intel(kind, fields(INTEL_CASES, "intel", kind));
            case SNP -> amd(kind, fields(AMD_CASES, "snp", kind));
        };
    }

    private Fields fields(String file, String list, Kind kind)
            throws IOException, MalformedException {
        Json cases =
                Json.parse(Files.readAllBytes(folder.resolve(file)), JsonLimits.DOCUMENT, file);
        List<Fields> all = Fields.of(cases, file).list(list, MAX_CASES, Fields::of);
        for (Fields one : all) {
            if (one.string("id", 1, MAX_NAME).equals(kind.captured())) {
                return one;
            }
        }
        throw new IOException(folder.resolve(file) + " has no case " + kind.captured());
    }

    private Bytes file(Fields one, String name) throws IOException, MalformedException {
        return Bytes.copyOf(Files.readAllBytes(folder.resolve(one.string(name, 1, MAX_NAME))));
    }

    private static Instant instant(Fields one) throws MalformedException {
        return Instant.parse(one.string("time", 1, MAX_NAME));
    }

    private static Bytes seconds(Instant instant) {
        return Bytes.utf8(Long.toString(instant.getEpochSecond()));
    }

    private static List<Endorsement> certificates(Bytes pem, String name)
            throws MalformedException {
        return Pem.blocks(pem, "CERTIFICATE", name).stream()
                .<Endorsement>map(Endorsement.X509::new)
                .toList();
    }

    private Sample intel(Kind kind, Fields one) throws IOException, MalformedException {
        var files = new HashMap<String, Bytes>();
        Bytes quote = file(one, "quote");
        files.put("quote.bin", quote);
        files.put("signer-chain.pem", file(one, "tcbSigningChain"));
        files.put("pck-crl.der", file(one, "pckCrl"));
        files.put("root-crl.der", file(one, "rootCrl"));
        files.put("tcb-info.json", file(one, "tcbInfo"));
        files.put("qe-identity.json", file(one, "qeIdentity"));
        files.put("instant", seconds(instant(one)));
        var all = new ArrayList<>(certificates(files.get("signer-chain.pem"), "signer"));
        all.add(new Endorsement.Crl(files.get("pck-crl.der")));
        all.add(new Endorsement.Crl(files.get("root-crl.der")));
        all.add(new Endorsement.TcbInfo(files.get("tcb-info.json")));
        all.add(new Endorsement.QeIdentity(files.get("qe-identity.json")));
        addIssuers(files, quote);
        Evidence evidence = kind == Kind.SGX ? new SgxEvidence(quote) : new TdxEvidence(quote);
        return sample(kind, evidence, all, instant(one), files);
    }

    /// The certificates of the PCK's issuers, which are inside the quote: leaf, authority, root.
    private static void addIssuers(Map<String, Bytes> files, Bytes quote)
            throws MalformedException {
        Bytes chain = Quote.parse(quote).signature().certification().data();
        List<Bytes> all = Pem.blocks(chain, "CERTIFICATE", "quote");
        files.put("root.pem", PemText.of(List.of(all.getLast())));
        files.put("pck-chain.pem", PemText.of(all.subList(1, all.size())));
    }

    private Sample amd(Kind kind, Fields one) throws IOException, MalformedException {
        var files = new HashMap<String, Bytes>();
        files.put("report.bin", file(one, "report"));
        files.put("vcek.der", file(one, "leaf"));
        files.put("ask.pem", file(one, "intermediate"));
        files.put("ark.pem", file(one, "root"));
        files.put("crl.der", file(one, "crl"));
        files.put("instant", seconds(instant(one)));
        var all = new ArrayList<Endorsement>();
        all.add(new Endorsement.X509(files.get("vcek.der")));
        all.addAll(certificates(files.get("ask.pem"), "ask"));
        all.addAll(certificates(files.get("ark.pem"), "ark"));
        all.add(new Endorsement.Crl(files.get("crl.der")));
        return sample(kind, new SnpEvidence(files.get("report.bin")), all, instant(one), files);
    }

    private Sample sample(
            Kind kind,
            Evidence evidence,
            List<Endorsement> endorsements,
            Instant instant,
            Map<String, Bytes> files) {
        return new Sample(
                "captured: " + kind.captured(),
                evidence,
                new Endorsements(endorsements),
                instant,
                VendorRoots.pinned(),
                files);
    }
}
