package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

import java.util.Locale;

/// Enumerations on the wire: the constant's name in lower case with hyphens.
final class Words {
    private Words() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> E parse(Class<E> type, String text, String path)
            throws MalformedException {
        for (E constant : type.getEnumConstants()) {
            if (of(constant).equals(text)) {
                return constant;
            }
        }
        var known = new StringBuilder("one of");
        for (E constant : type.getEnumConstants()) {
            known.append(' ').append(of(constant));
        }
        throw new MalformedException(path, known.toString(), text);
    }
}
