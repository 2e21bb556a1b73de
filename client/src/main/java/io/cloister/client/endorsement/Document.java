package io.cloister.client.endorsement;

import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// One document of a service.
///
/// @param what for people, as in `TCB info`
/// @param url where it is
/// @param chainHeader the response header with its issuer chain, if it has one
/// @param maxAge how long a cached copy is used without asking
/// @param check decides whether an answer is what was asked for
record Document(String what, URI url, Optional<String> chainHeader, Duration maxAge, Check check) {
    /// Something that is issued anew while the old one is valid still: after a day the service is
    /// asked again, so that a revocation is not missed for the rest of the month.
    static final Duration REISSUED = Duration.ofDays(1);

    /// Something that is issued once.
    static final Duration LASTING = Duration.ofDays(30);

    /// Whether a later one may say of something that it was revoked since.
    boolean isReissued() {
        return maxAge.compareTo(LASTING) < 0;
    }

    /// Decides whether an answer is what was asked for.
    @FunctionalInterface
    interface Check {
        /// Reads an answer and checks it.
        ///
        /// @throws MalformedException if a part of it has not the form it must have
        /// @throws AnswerException if it is about something else, or doesn't chain to the vendor's
        ///   root
        Checked check(HttpAnswer answer) throws MalformedException, AnswerException;
    }
}
