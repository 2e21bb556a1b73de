package io.cloister.protocol.json;

/// Bounds on an untrusted JSON text.
///
/// @param maxBytes largest length of the text in bytes
/// @param maxDepth deepest nesting of arrays and objects
/// @param maxValues largest number of values in all
public record JsonLimits(int maxBytes, int maxDepth, int maxValues) {
    /// For a signed document or its envelope: 12 MiB, 24 levels, 100,000 values. The largest
    /// receipt fits.
    public static final JsonLimits DOCUMENT = new JsonLimits(12 << 20, 24, 100_000);

    /// For a small message: 64 KiB, 16 levels, 4,096 values.
    public static final JsonLimits MESSAGE = new JsonLimits(64 << 10, 16, 4_096);

    public JsonLimits {
        if (maxBytes < 1 || maxDepth < 1 || maxValues < 1) {
            throw new IllegalArgumentException("limits are positive");
        }
    }
}
