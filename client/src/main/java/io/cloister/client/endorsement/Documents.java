package io.cloister.client.endorsement;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.endorsement.EndorsementCache.Kept;
import io.cloister.protocol.MalformedException;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Gets documents: from the cache while they are young, else from the service; from the cache again
/// if the service has nothing better and what was kept is valid still: what is of an older
/// evaluation, or an older issue of the same, is not better. Whether the service answered at all is
/// said by the [Origin]. An answer that doesn't parse and chain to the vendor's root, or isn't
/// valid now, is neither used nor kept.
final class Documents {
    private final VendorHttp http;
    private final EndorsementCache cache;
    private final Clock clock;

    Documents(VendorHttp http, EndorsementCache cache, Clock clock) {
        this.http = http;
        this.cache = cache;
        this.clock = clock;
    }

    /// A document with where it came from.
    record Had(Checked checked, Origin origin) {}

    private record Old(Checked checked, Instant fetchedAt) {}

    Had get(Document document) throws CouldNotCheckException, InterruptedException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        Optional<Old> old = kept(document, now);
        if (old.isPresent()
                && !old.get().fetchedAt().isAfter(now)
                && old.get().fetchedAt().plus(document.maxAge()).isAfter(now)) {
            return had(document, old.get(), Origin.How.CACHED);
        }
        try {
            HttpAnswer answer = http.get(document.url(), document.chainHeader());
            Checked checked = document.check().check(answer);
            if (!checked.isValidAt(now)) {
                throw new AnswerException(
                        "the service's answer is valid from "
                                + checked.from()
                                + " to "
                                + checked.until()
                                + ", not now");
            }
            if (old.isPresent() && checked.isOlderThan(old.get().checked())) {
                // A replica that lags, or someone who hides a revocation: the newer one holds.
                return had(document, old.get(), Origin.How.KEPT);
            }
            cache.write(document.url(), answer, now);
            return had(document, new Old(checked, now), Origin.How.FETCHED);
        } catch (AnswerException | MalformedException e) {
            if (old.isPresent()) {
                // What is issued once says nothing of revocation, so nothing is missed.
                return had(
                        document,
                        old.get(),
                        document.isReissued() ? Origin.How.UNANSWERED : Origin.How.KEPT);
            }
            throw new CouldNotCheckException(
                    document.what()
                            + " can't be had from "
                            + document.url()
                            + ": "
                            + e.getMessage());
        }
    }

    private static Had had(Document document, Old one, Origin.How how) {
        return new Had(
                one.checked(),
                new Origin(document.url().toString(), how, one.fetchedAt(), one.checked().until()));
    }

    /// What was kept, if it still is what it must be.
    private Optional<Old> kept(Document document, Instant now) {
        Optional<Kept> kept = cache.read(document.url());
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        try {
            Checked checked = document.check().check(kept.get().answer());
            return checked.isValidAt(now)
                    ? Optional.of(new Old(checked, kept.get().fetchedAt()))
                    : Optional.empty();
        } catch (AnswerException | MalformedException _) {
            return Optional.empty();
        }
    }
}
