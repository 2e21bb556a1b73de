package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.RuntimeRef;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A runtime's name is what a server says; its digest is what this installation knows.
final class KnownRuntimesTest {
    private static KnownRuntimes known() throws IOException {
        return KnownRuntimes.below(Path.of(System.getProperty("cloister.root", "..")));
    }

    private static RuntimeRef base() throws Exception {
        return known().named("base").ref();
    }

    /// With one digit changed.
    private static Sha256 other(Sha256 digest) throws MalformedException {
        String text = digest.toString();
        char last = text.endsWith("0") ? '1' : '0';
        return Sha256.parse(text.substring(0, text.length() - 1) + last, "digest");
    }

    private static void refused(RuntimeRef offered, Optional<Sha256> meant) {
        var refused = assertThrows(CommandException.class, () -> known().require(offered, meant));
        assertEquals(Exit.NOT_ACCEPTABLE, refused.exit());
    }

    @Test
    void refusesAnotherRuntimeUnderANameItKnowsUnlessItsDigestIsNamed() throws Exception {
        RuntimeRef base = base();
        assertEquals(base, known().require(base, Optional.empty()));
        assertEquals(base, known().require(base, Optional.of(base.digest())));

        var forged = new RuntimeRef("base", other(base.digest()));
        refused(forged, Optional.empty());
        refused(forged, Optional.of(base.digest()));
        refused(base, Optional.of(forged.digest()));
        assertEquals(forged, known().require(forged, Optional.of(forged.digest())));
        var unknown = new RuntimeRef("own", forged.digest());
        assertEquals(unknown, known().require(unknown, Optional.empty()));
    }

    @Test
    void saysWhereANameIsSomebodysWordOnly() throws Exception {
        RuntimeRef base = base();
        assertEquals(Optional.empty(), known().doubt(base));

        Sha256 forged = other(base.digest());
        String another = known().doubt(new RuntimeRef("base", forged)).orElseThrow();
        assertTrue(another.contains("another than this installation's"), another);
        assertTrue(another.contains(forged.toString()), another);
        String renamed = known().doubt(new RuntimeRef("own", base.digest())).orElseThrow();
        assertTrue(renamed.endsWith("this installation's base"), renamed);
        String unknown = known().doubt(new RuntimeRef("own", forged)).orElseThrow();
        assertTrue(unknown.startsWith("this installation has no lock of"), unknown);
    }
}
