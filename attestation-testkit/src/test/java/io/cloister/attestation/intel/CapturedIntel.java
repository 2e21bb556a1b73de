package io.cloister.attestation.intel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.Pem;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Quotes and collateral of real platforms, in the folder that `-Dcloister.evidence=DIR` names.
final class CapturedIntel {
    private final Path folder;

    private CapturedIntel(Path folder) {
        this.folder = folder;
    }

    /// The folder; without it the test is skipped.
    static CapturedIntel folder() {
        @Nullable String folder = System.getProperty("cloister.evidence");
        assumeTrue(
                folder != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return new CapturedIntel(Path.of(folder));
    }

    Bytes read(String name) throws IOException {
        return Bytes.copyOf(Files.readAllBytes(folder.resolve(name)));
    }

    Json json(String name) throws IOException, MalformedException {
        return Json.parse(read(name).toArray(), JsonLimits.DOCUMENT, name);
    }

    List<Endorsement> certificates(String name) throws IOException, MalformedException {
        return Pem.blocks(read(name), "CERTIFICATE", name).stream()
                .<Endorsement>map(Endorsement.X509::new)
                .toList();
    }

    /// What a case of `cases-intel.json` names.
    Endorsements endorsements(Fields one) throws IOException, MalformedException {
        var all = new ArrayList<>(certificates(one.string("tcbSigningChain", 1, 200)));
        all.add(new Endorsement.Crl(read(one.string("pckCrl", 1, 200))));
        all.add(new Endorsement.Crl(read(one.string("rootCrl", 1, 200))));
        all.add(new Endorsement.TcbInfo(read(one.string("tcbInfo", 1, 200))));
        all.add(new Endorsement.QeIdentity(read(one.string("qeIdentity", 1, 200))));
        return new Endorsements(all);
    }
}
