package io.cloister.client;

import io.cloister.protocol.document.VerifiedAgreement;

/// What came of an Owner's signing.
///
/// @param agreement signed by the Owner, now or before
/// @param how what was done now
public record SignedAgreement(VerifiedAgreement agreement, How how) {
    /// What was done.
    public enum How {
        /// Every card and the code were checked, and the agreement was signed.
        NOW("now"),
        /// Every card and the code were checked; the same were signed before, and that was sent
        /// again.
        SENT_AGAIN("sent-again"),
        /// The server has the one that was signed before. Nothing was signed or sent.
        BEFORE("before");

        private final String word;

        How(String word) {
            this.word = word;
        }

        /// The word in JSON.
        public String word() {
            return word;
        }
    }
}
