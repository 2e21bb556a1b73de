package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Shown;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks services over HTTP: no redirects, bounded answers, one time limit for a whole exchange, and
/// a pause for as long as a service asks for one. Safe for use by many threads.
final class VendorHttp implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration DEFAULT_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);
    private static final int MAX_CHAIN = 32 << 10;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final Pauses pauses;
    private final Clock clock;
    private final Duration limit;

    /// @param limit for a whole exchange
    VendorHttp(Pauses pauses, Clock clock, Duration limit) {
        this.client =
                HttpClient.newBuilder()
                        .followRedirects(Redirect.NEVER)
                        .connectTimeout(CONNECT)
                        .build();
        this.pauses = pauses;
        this.clock = clock;
        this.limit = limit;
    }

    /// The answer at `url`.
    ///
    /// @param chainHeader a response header to keep
    /// @throws AnswerException if there is none with status 200, or the host is to be left alone
    ///   now
    HttpAnswer get(URI url, Optional<String> chainHeader)
            throws AnswerException, InterruptedException {
        Optional<Instant> until = pauses.until(url, clock.instant());
        if (until.isPresent()) {
            throw new AnswerException(host(url) + " asked to be left alone until " + until.get());
        }
        HttpResponse<byte[]> response = send(url);
        int status = response.statusCode();
        if (status == TOO_MANY || status >= SERVER_ERROR) {
            Instant now = clock.instant();
            Instant end = now.plus(pause(response.headers(), now));
            pauses.set(url, end);
            throw new AnswerException(
                    host(url)
                            + " answers with status "
                            + status
                            + "; it is not asked again before "
                            + end);
        }
        if (status == NOT_FOUND || status == GONE) {
            throw new AnswerException(host(url) + " has none (status " + status + ")");
        }
        if (status != OK) {
            throw new AnswerException(host(url) + " answers with status " + status);
        }
        Optional<String> chain = chainHeader.flatMap(name -> response.headers().firstValue(name));
        if (chain.isPresent() && chain.get().length() > MAX_CHAIN) {
            throw new AnswerException(host(url) + " sends an issuer chain that is too long");
        }
        return new HttpAnswer(Bytes.copyOf(response.body()), chain);
    }

    private HttpResponse<byte[]> send(URI url) throws AnswerException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(url)
                        .timeout(limit)
                        .header("Accept", "*/*")
                        .header("User-Agent", "cloister")
                        .GET()
                        .build();
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(
                        request,
                        BodyHandlers.limiting(BodyHandlers.ofByteArray(), Endorsements.MAX_ANSWER));
        try {
            return exchange.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw new AnswerException(host(url) + " did not answer within " + limit);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException) {
                String message = cause.getMessage();
                throw new AnswerException(
                        host(url)
                                + " gives no answer: "
                                + Shown.bounded(
                                        message == null
                                                ? cause.getClass().getSimpleName()
                                                : message));
            }
            throw new IllegalStateException("the HTTP client failed", e);
        } finally {
            exchange.cancel(true);
        }
    }

    /// How long a service wants to be left alone (RFC 9110 §10.2.3), within reason.
    private static Duration pause(HttpHeaders headers, Instant now) {
        String text = headers.firstValue("Retry-After").orElse("").strip();
        Duration pause = DEFAULT_PAUSE;
        if (text.matches("[0-9]{1,9}")) {
            pause = Duration.ofSeconds(Long.parseLong(text));
        } else {
            try {
                Instant until =
                        ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
                pause = Duration.between(now, until);
            } catch (DateTimeException _) {
                // The service names no time that can be understood.
            }
        }
        if (pause.compareTo(LONGEST_PAUSE) > 0) {
            return LONGEST_PAUSE;
        }
        return pause.isNegative() ? Duration.ZERO : pause;
    }

    private static String host(URI url) {
        return Shown.bounded(String.valueOf(url.getAuthority()));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
