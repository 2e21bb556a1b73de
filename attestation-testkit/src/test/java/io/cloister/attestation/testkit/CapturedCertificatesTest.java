package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;

/// Our strict reader agrees with the JDK's on what vendors really issued.
class CapturedCertificatesTest {
    private final SignatureChecks checks = SignatureChecks.ofPlatform();

    @Test
    void readsVendorsCertificatesAsTheJdkDoes() throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (Path file : CapturedEvidence.files("roots", ".pem")) {
            if (file.toString().contains("aws-")) {
                continue;
            }
            for (Bytes der : Pem.blocks(read(file), "CERTIFICATE", "roots")) {
                Certificate ours = Certificate.parse(der, "certificate");
                var jdk =
                        (X509Certificate)
                                factory.generateCertificate(
                                        new ByteArrayInputStream(der.toArray()));
                assertEquals(jdk.getSerialNumber(), ours.serial(), file.toString());
                assertEquals(jdk.getNotBefore().toInstant(), ours.notBefore());
                assertEquals(jdk.getNotAfter().toInstant(), ours.notAfter());
                assertEquals(Bytes.copyOf(jdk.getPublicKey().getEncoded()), ours.publicKeyInfo());
                assertEquals(
                        Bytes.copyOf(jdk.getIssuerX500Principal().getEncoded()),
                        ours.issuer().der());
                assertEquals(jdk.getBasicConstraints() >= 0, ours.isCa());
                assertTrue(ours.maySignCertificates(), file.toString());
            }
        }
    }

    @Test
    void findsThePinnedKeysInTheVendorsRootsWhichSignThemselves() throws Exception {
        VendorRoots roots = VendorRoots.pinned();
        for (Path file : CapturedEvidence.files("roots", ".pem")) {
            String name = file.getFileName().toString();
            if (!name.startsWith("amd-ark") && !name.startsWith("intel")) {
                continue;
            }
            Certificate root =
                    Certificate.parse(Pem.blocks(read(file), "CERTIFICATE", name).getFirst(), name);
            boolean pinned =
                    roots.intel().matches(root)
                            || roots.milan().matches(root)
                            || roots.genoa().matches(root)
                            || roots.turin().matches(root);
            assertTrue(pinned, name);
            SignatureAlgorithm algorithm =
                    name.startsWith("amd")
                            ? SignatureAlgorithm.RSA4096_PSS_SHA384
                            : SignatureAlgorithm.ECDSA_P256_SHA256;
            assertTrue(root.isSignedBy(root, algorithm, checks), name);
        }
    }

    @Test
    void readsVendorsRevocationListsAsTheJdkDoes() throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (String folder : new String[] {"intel", "snp"}) {
            for (Path file : CapturedEvidence.files(folder, ".der")) {
                if (!file.getFileName().toString().startsWith("crl")) {
                    continue;
                }
                Bytes der = read(file);
                RevocationList ours = RevocationList.parse(der, "crl");
                var jdk = (X509CRL) factory.generateCRL(new ByteArrayInputStream(der.toArray()));
                assertEquals(jdk.getThisUpdate().toInstant(), ours.thisUpdate(), file.toString());
                assertEquals(jdk.getNextUpdate().toInstant(), ours.nextUpdate());
                if (jdk.getRevokedCertificates() != null) {
                    for (var entry : jdk.getRevokedCertificates()) {
                        assertTrue(ours.revokes(entry.getSerialNumber()));
                    }
                }
            }
        }
    }

    private static Bytes read(Path file) throws Exception {
        return Bytes.copyOf(Files.readAllBytes(file));
    }
}
