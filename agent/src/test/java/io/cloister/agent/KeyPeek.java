package io.cloister.agent;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.protocol.Bytes;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import javax.crypto.SecretKey;

/// Keys that the library shows to nobody, for a test that looks for them where they must not be: by
/// reflection, so that there is no other way to them.
final class KeyPeek {
    private KeyPeek() {}

    /// The secret that `identity` is expanded from.
    static Bytes seed(Identity identity) throws ReflectiveOperationException {
        Object seed = field(HybridIdentity.class, "seed", identity);
        SecretBytes secret = (SecretBytes) field(seed.getClass(), "bytes", seed);
        return Bytes.copyOf(secret.expose(SecretExposure.acknowledged()));
    }

    private static Object field(Class<?> type, String name, Object of)
            throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return Objects.requireNonNull(field.get(of));
    }

    /// File key and payload key of an age file.
    static List<Bytes> fileKeys(Bytes file, Identity identity) throws ReflectiveOperationException {
        Opening opening = Opening.with(identity);
        Method payloadKey = method(Opening.class, "payloadKey");
        SecretKey payload =
                (SecretKey) Objects.requireNonNull(payloadKey.invoke(opening, stream(file)));
        Class<?> headerReader = Class.forName("io.cloister.crypto.age.HeaderReader");
        Object header =
                Objects.requireNonNull(method(headerReader, "read").invoke(null, stream(file)));
        byte[] fileKey =
                (byte[])
                        Objects.requireNonNull(
                                method(Opening.class, "fileKey").invoke(opening, header));
        return List.of(Bytes.copyOf(fileKey), Bytes.copyOf(payload.getEncoded()));
    }

    private static InputStream stream(Bytes file) {
        return new ByteArrayInputStream(file.toArray());
    }

    private static Method method(Class<?> type, String name) {
        Method method =
                Arrays.stream(type.getDeclaredMethods())
                        .filter(one -> one.getName().equals(name) && one.getParameterCount() == 1)
                        .findFirst()
                        .orElseThrow();
        method.setAccessible(true);
        return method;
    }
}
