package io.cloister.e2e.hostile;

import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Site;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/// The core of [HostileCodeTest], which has no packages, under the `base` runtime. That of
/// `standard` is in its own test, as starting with it takes long.
final class HostileCodeOnBaseTest {
    @Test
    void gainsNothingByPackages(@TempDir Path folder) throws Exception {
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("base")))) {
            HostileRuns.assertGainNothing(site, folder.resolve("runs"), "base");
        }
    }
}
