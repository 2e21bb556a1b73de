package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.intel.IntelVerification;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.SignatureSpi;
import java.security.spec.AlgorithmParameterSpec;
import java.util.List;
import java.util.Map;

class SignatureChecksTest {
    private static final Bytes MESSAGE = Bytes.utf8("a message");

    /// A provider that fails at one step, in a way that JCA does not declare.
    private static final class Failing extends Provider {
        private static final long serialVersionUID = 1L;

        Failing(String step) {
            super("Failing", "1", "fails at " + step);
            for (String algorithm :
                    new String[] {
                        "SHA256withECDSAinP1363Format", "SHA384withECDSAinP1363Format", "RSASSA-PSS"
                    }) {
                putService(
                        new Service(
                                this,
                                "Signature",
                                algorithm,
                                Spi.class.getName(),
                                List.of(),
                                Map.of()) {
                            @Override
                            public Object newInstance(Object parameter) {
                                return new Spi(step);
                            }
                        });
            }
        }
    }

    /// Says yes wherever it does not fail.
    private static final class Spi extends SignatureSpi {
        private final String step;

        Spi(String step) {
            this.step = step;
        }

        private void at(String now) {
            if (step.equals(now)) {
                throw new ProviderException("out of order");
            }
        }

        @Override
        protected void engineInitVerify(PublicKey key) {
            at("init");
        }

        @Override
        protected void engineInitSign(PrivateKey key) {}

        @Override
        protected void engineUpdate(byte b) {
            at("update");
        }

        @Override
        protected void engineUpdate(byte[] bytes, int offset, int length) {
            at("update");
        }

        @Override
        protected byte[] engineSign() {
            return new byte[0];
        }

        @Override
        protected boolean engineVerify(byte[] signature) {
            at("verify");
            return true;
        }

        @Override
        protected void engineSetParameter(AlgorithmParameterSpec parameters) {
            at("parameters");
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {}

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            throw new UnsupportedOperationException(name);
        }
    }

    private static boolean raw(String step) throws Exception {
        return SignatureChecks.of(new Failing(step))
                .raw(
                        EcCurve.P256,
                        EcCurve.P256.keyOfInfo(EcTestKey.named("key").publicKeyInfo(), "key"),
                        MESSAGE,
                        Bytes.copyOf(new byte[64]));
    }

    private static boolean pss(String step) throws Exception {
        Certificate root =
                Certificate.parse(
                        new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3).root().der(), "root");
        return root.isSignedBy(
                root,
                SignatureAlgorithm.RSA4096_PSS_SHA384,
                SignatureChecks.of(new Failing(step)).remembering());
    }

    @Test
    void refusesWhatItsProviderFailsToCheck() throws Exception {
        assertTrue(raw("never"));
        assertTrue(pss("never"));
        for (String step : new String[] {"init", "update", "verify"}) {
            assertFalse(raw(step), step);
            assertFalse(pss(step), step);
        }
        assertFalse(pss("parameters"));
    }

    @Test
    void aFailingProviderRefusesAQuoteForItsSignatures() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        var findings = new Findings();

        assertTrue(
                new IntelVerification(intel.pin(), SignatureChecks.of(new Failing("verify")))
                        .verify(
                                intel.quote().bytes(),
                                intel.quote().kind(),
                                new Endorsements(intel.endorsements()),
                                FakeIntel.NOW,
                                findings)
                        .isEmpty());
        assertEquals(
                FindingCode.INTEL_QUOTE_SIGNATURE,
                findings.all().stream()
                        .filter(one -> one.outcome() == Outcome.NOT_MET)
                        .map(Finding::code)
                        .findFirst()
                        .orElseThrow());
    }
}
