package io.cloister.client;

import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.keystore.KeyStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;

/// An agreement that came in a file, held to what a key store knows of its Owner.
final class AgreementFileTest {
    private final Play play = new Play();

    @TempDir private Path folder;

    private Cloister cloister() throws Exception {
        var vault = new Vault(KeyStore.create(folder.resolve("home")));
        return new Cloister(vault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
    }

    @Test
    void isHeldToTheOwnersKeyOfThisPersonsInvitation() throws Exception {
        Cloister cloister = cloister();
        cloister.save(play.membership(Play.CONSUMER));
        assertTrue(cloister.requireOwner(play.agreement));

        // Of the same computation, valid in every respect, and by another Owner.
        Play forged = new Play();
        accepted(AgreementFile.verify(forged.agreement.envelope()));
        var refused =
                assertThrows(RefusedException.class, () -> cloister.requireOwner(forged.agreement));
        Verdicts.has(refused.findings(), NOT_AUTHENTIC, "owner-key");
    }

    @Test
    void isBySomebodyUnknownWhereTheKeyStoreDoesNotHaveItsComputation() throws Exception {
        assertFalse(cloister().requireOwner(play.agreement));
    }
}
