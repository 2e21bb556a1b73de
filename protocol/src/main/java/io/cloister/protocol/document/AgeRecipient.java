package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;

import java.util.regex.Pattern;

/// An age recipient as text: `age1pq1…` (post-quantum hybrid) or `age1…` (X25519). Only its shape
/// (alphabet and length) is checked here; crypto decodes it.
///
/// @param value the text
public record AgeRecipient(String value) {
    private static final Pattern FORM =
            Pattern.compile("age1pq1[02-9ac-hj-np-z]{1952}|age1[02-9ac-hj-np-z]{58}");

    public AgeRecipient {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not an age recipient");
        }
    }

    /// Reads the text.
    ///
    /// @throws MalformedException if it has another shape, naming `path`
    public static AgeRecipient parse(String text, String path) throws MalformedException {
        if (!FORM.matcher(text).matches()) {
            throw new MalformedException(path, "an age recipient age1pq1… or age1…", text);
        }
        return new AgeRecipient(text);
    }

    /// Whether it is the post-quantum hybrid kind.
    public boolean isPostQuantum() {
        return value.startsWith("age1pq1");
    }

    @Override
    public String toString() {
        return value;
    }
}
