package io.cloister.e2e.stage;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.reflect.Field;

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
