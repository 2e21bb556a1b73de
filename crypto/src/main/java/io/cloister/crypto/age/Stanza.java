package io.cloister.crypto.age;

import com.exceptionfactory.jagged.RecipientStanza;

import java.util.List;

/// A recipient stanza: of a header that was read, or to be written by jagged.
final class Stanza implements RecipientStanza {
    private final String type;
    private final List<String> arguments;
    private final byte[] body;

    /// @param type the first argument
    /// @param arguments the others
    /// @param body not copied
    Stanza(String type, List<String> arguments, byte[] body) {
        this.type = type;
        this.arguments = List.copyOf(arguments);
        this.body = body;
    }

    @Override
    public String getType() {
        return type;
    }

    @Override
    public List<String> getArguments() {
        return arguments;
    }

    @Override
    public byte[] getBody() {
        return body.clone();
    }
}
