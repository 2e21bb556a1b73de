package io.cloister.agent.sandbox;

/// One input of the run, given in the order the code is to see it: by provider, then by the
/// provider's own order; in the Cosmian dialect in the order in which all files arrived.
///
/// @param provider the Data Provider's position in the agreement, from 0
/// @param name the file's name as the provider gave it, 1 to 255 characters; a name only, never a
///   path that is opened
public record InputDescription(int provider, String name) {
    public InputDescription {
        if (provider < 0) {
            throw new IllegalArgumentException("provider is negative");
        }
        if (name.isEmpty() || name.length() > 255) {
            throw new IllegalArgumentException("name has not 1 to 255 characters");
        }
    }
}
