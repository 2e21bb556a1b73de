package io.cloister.client.endorsement;

import io.cloister.protocol.Shown;

import java.time.Instant;

/// Where a document came from, and how old it is.
///
/// @param url of the service; fit to be shown
/// @param how it was had
/// @param fetchedAt when the service answered with it, by this machine's clock
/// @param validUntil until when all of it is valid, by its own words
public record Origin(String url, How how, Instant fetchedAt, Instant validUntil) {
    public Origin {
        url = Shown.escaped(url, 500);
    }

    /// How a document was had.
    public enum How {
        /// From the service, just now.
        FETCHED("fetched"),
        /// From the cache, young enough not to ask.
        CACHED("cached"),
        /// From the cache, because the service answered with an older one; still valid.
        KEPT("kept"),
        /// From the cache, because the service gave no usable answer; still valid.
        UNANSWERED("unanswered");

        private final String word;

        How(String word) {
            this.word = word;
        }

        /// The word in JSON and on screens.
        public String word() {
            return word;
        }
    }
}
