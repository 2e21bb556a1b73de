package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.cloister.attestation.testkit.EcTestKey;

import org.junit.jupiter.api.Test;

import java.security.Provider;
import java.security.Security;
import java.security.interfaces.ECPublicKey;
import java.util.Objects;

class ProviderKeysTest {
    /// Makes nothing.
    private static final class Nothing extends Provider {
        private static final long serialVersionUID = 1L;

        Nothing() {
            super("Nothing", "1", "makes nothing");
        }
    }

    private static ECPublicKey key(String name) throws Exception {
        return EcCurve.P256.keyOfInfo(EcTestKey.named(name).publicKeyInfo(), "key");
    }

    @Test
    void makesOneKeyOfEqualOnes() throws Exception {
        var keys = new ProviderKeys(Objects.requireNonNull(Security.getProvider("SunEC")));

        assertEquals(key("one"), keys.own(key("one")));
        assertEquals(key("other"), keys.own(key("other")));
        assertSame(keys.own(key("one")), keys.own(key("one")));
    }

    @Test
    void leavesAKeyAsItIsIfTheProviderMakesNone() throws Exception {
        ECPublicKey key = key("one");

        assertSame(key, new ProviderKeys(new Nothing()).own(key));
    }
}
