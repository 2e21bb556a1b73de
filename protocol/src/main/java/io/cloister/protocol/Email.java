package io.cloister.protocol;

import java.util.regex.Pattern;

/// An e-mail address as a participant's name: lower-case ASCII, `local@domain`, at most 254
/// characters (RFC 5321 §4.5.3.1), without quoting or comments. Anything fancier is refused, so
/// that two addresses that look alike are alike.
///
/// @param value the address
public record Email(String value) implements Comparable<Email> {
    private static final Pattern FORM =
            Pattern.compile(
                    "[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
                        + "@[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final int MAX_LENGTH = 254;
    private static final int MAX_LOCAL_LENGTH = 64;

    public Email {
        if (!isWellFormed(value)) {
            throw new IllegalArgumentException(
                    "not a lower-case e-mail address: " + Shown.bounded(value));
        }
    }

    /// Reads an address that must already be in its one form.
    ///
    /// @throws MalformedException if it is not, naming `path`
    public static Email parse(String text, String path) throws MalformedException {
        if (!isWellFormed(text)) {
            throw new MalformedException(
                    path, "a lower-case e-mail address such as alice@example.org", text);
        }
        return new Email(text);
    }

    /// Reads what a person typed: surrounding blanks and the upper-case letters A to Z are mended.
    /// Other letters are left alone: some, such as the Kelvin sign, would turn into a different
    /// address's.
    ///
    /// @throws MalformedException if it is no address even then, naming `path`
    public static Email fromPerson(String text, String path) throws MalformedException {
        var mended = new StringBuilder(text.strip());
        for (int i = 0; i < mended.length(); i++) {
            char c = mended.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                mended.setCharAt(i, (char) (c + ('a' - 'A')));
            }
        }
        return parse(mended.toString(), path);
    }

    private static boolean isWellFormed(String text) {
        return text.length() <= MAX_LENGTH
                && text.indexOf('@') <= MAX_LOCAL_LENGTH
                && FORM.matcher(text).matches();
    }

    @Override
    public int compareTo(Email other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
