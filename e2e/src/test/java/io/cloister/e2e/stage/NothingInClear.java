package io.cloister.e2e.stage;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.reflect.Field;

/// After every test, searches each [Site] that the test's instance holds. It is registered for all
/// tests of this module, so that none can forget it; a site that a test opens for itself is
/// searched when it closes.
public final class NothingInClear implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (Object test : context.getRequiredTestInstances().getAllInstances()) {
            search(test);
        }
    }

    static void search(Object test) throws Exception {
        for (Field field : test.getClass().getDeclaredFields()) {
            if (field.getType() == Site.class) {
                field.setAccessible(true);
                if (field.get(test) instanceof Site site) {
                    site.assertNothingInClear();
                }
            }
        }
    }
}
