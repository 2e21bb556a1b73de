package io.cloister.e2e.stage;

import io.cloister.crypto.keystore.KeyStore;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// After every test, searches each [Site] that the test's instance holds, in fields of its class or
/// of one it extends. It is registered for all tests of this module, so that none that opens a site
/// can forget it; a site that a test opens for itself is searched when it closes.
public final class NothingInClear implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (Object test : context.getRequiredTestInstances().getAllInstances()) {
            search(test);
        }
    }

    /// Searches the folder of a server that is a process of its own, which has ended, for what only
    /// the people of `play` may have.
    ///
    /// @param homes their key stores, at least one
    public static void assertNone(Play play, List<Path> homes, Path server) throws Exception {
        Set<String> secrets = new LinkedHashSet<>(Secrets.of(play));
        int ofPlay = secrets.size();
        for (Path home : homes) {
            if (KeyStore.exists(home)) {
                secrets.addAll(Secrets.of(home));
            }
        }
        if (secrets.size() == ofPlay) {
            throw new AssertionError("no key is in " + homes);
        }
        List<String> found = Traces.of(List.copyOf(secrets), server);
        if (!found.isEmpty()) {
            throw new AssertionError("the operator has in clear " + found);
        }
    }

    static void search(Object test) throws Exception {
        Class<?> declaring = test.getClass();
        while (declaring != null) {
            for (Field field : declaring.getDeclaredFields()) {
                if (field.getType() == Site.class) {
                    field.setAccessible(true);
                    if (field.get(test) instanceof Site site) {
                        site.assertNothingInClear();
                    }
                }
            }
            declaring = declaring.getSuperclass();
        }
    }
}
