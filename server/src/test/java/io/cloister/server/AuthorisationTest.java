package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cloister.protocol.Email;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Every operation of the contract, called by everybody there is.
final class AuthorisationTest {
    private static final Email STRANGER = new Email("mallory@example.org");

    @TempDir Path data = Path.of("");

    /// Somebody, and what that makes of them in the computation at hand; empty for one to whom it
    /// does not exist.
    private record Person(String token, Set<Access> passes) {}

    @Test
    void letsEachRoleDoWhatTheDocumentSaysAndNothingElse() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            String stranger = Stage.addAccount(data, STRANGER, Accounts.Quota.DEFAULT);
            for (Contract.Operation operation : stage.contract.operations().values()) {
                Map<String, Person> people = people(stage, stranger, stage.open(new Cast()));
                Cast cast = stage.open(new Cast());
                people.putAll(people(stage, stranger, cast));
                people.put(
                        "guest of another",
                        new Person(new Cast().accessToken(Cast.CAROL), Set.of()));
                Cast other = stage.open(new Cast());
                people.put("guest of another", new Person(other.accessToken(Cast.CAROL), Set.of()));
                Set<Access> allowed = Contract.roles(operation);
                // Those who may not go first, so that nobody who may has changed anything yet.
                for (boolean mayCall : new boolean[] {false, true}) {
                    people.forEach((name, person) -> {
                        if (may(operation, allowed, person) == mayCall) {
                            check(stage, cast, operation, name, person, mayCall);
                        }
                    });
                }
            }
        }
    }

    private static Map<String, Person> people(Stage stage, String stranger, Cast cast) {
        Map<String, Person> people = new LinkedHashMap<>();
        people.put("nobody", new Person("", Set.of()));
        people.put(
                "somebody with a token that opens nothing",
                new Person("0123456789abcdef", Set.of()));
        people.put("a stranger with an account", new Person(stranger, Set.of()));
        people.put("the owner", new Person(stage.owner, Access.ofMember("owner")));
        people.put("the code provider", person(cast, Cast.CODER, Access.CODE_PROVIDER));
        people.put("a data provider", person(cast, Cast.CAROL, Access.DATA_PROVIDER));
        people.put("a consumer", person(cast, Cast.ERIN, Access.RESULT_CONSUMER));
        return people;
    }

    private static Person person(Cast cast, Email email, Access role) {
        return new Person(
                cast.accessToken(email), EnumSet.of(Access.PARTICIPANT, Access.SIGNER, role));
    }

    private static boolean may(Contract.Operation operation, Set<Access> allowed, Person person) {
        if (allowed.contains(Access.ANONYMOUS)) {
            return true;
        }
        if (!operation.path().contains("{id}")) {
            boolean known = !person.token().isEmpty() && !person.token().equals("0123456789abcdef");
            boolean account = known && !person.token().startsWith("access-");
            return (known && allowed.contains(Access.BEARER))
                    || (account && allowed.contains(Access.ACCOUNT));
        }
        return !Collections.disjoint(allowed, person.passes());
    }

    private static void check(
            Stage stage,
            Cast cast,
            Contract.Operation operation,
            String name,
            Person person,
            boolean mayCall) {
        String path =
                operation
                        .path()
                        .replace("{id}", cast.id.toString())
                        .replace("{email}", "erin%40example.org")
                        .replace("{sha256}", "0".repeat(64))
                        .replace("{identity}", "0".repeat(64))
                        .replace("{run}", "1")
                        .replace("{k}", "0");
        Api.Answer answer =
                stage.api.send(
                        operation.method().toUpperCase(java.util.Locale.ROOT),
                        path,
                        person.token(),
                        "",
                        BodyPublishers.noBody());
        String what = operation.id() + " by " + name + ": " + answer.status() + " " + answer.text();
        if (mayCall) {
            assertFalse(Set.of(401, 403).contains(answer.status()), what);
            return;
        }
        boolean unknown = person.token().isEmpty() || person.token().equals("0123456789abcdef");
        boolean outside = person.passes().isEmpty() && operation.path().contains("{id}");
        assertEquals(unknown ? 401 : outside ? 404 : 403, answer.status(), what);
    }

    @Test
    void endsWithTheTokenTheInvitationOrTheirLife() throws Exception {
        var clock = new SetClock(Instant.parse("2030-01-01T00:00:00Z"));
        try (var stage = new Stage(data, (_, _, _) -> {}, settings -> settings.withClock(clock))) {
            stage.owner = newOwnerToken(clock);
            Cast cast = stage.open(new Cast());
            String erin = cast.accessToken(Cast.ERIN);
            stage.api.get(Stage.at(cast), erin).expect(200);
            String invitation = Stage.at(cast, "/invitations/erin%40example.org");
            stage.api.post(invitation + "/revoke", stage.owner).expect(204);
            stage.api.get(Stage.at(cast), erin).refused(401, "unauthenticated");
            stage.api
                    .post("/enrolments", "", cast.enrolment(Cast.ERIN))
                    .refused(403, "enrolment-refused");
            stage.api.get(Stage.at(cast), cast.accessToken(Cast.FRANK)).expect(200);
            clock.advance(Duration.ofDays(181));
            stage.api
                    .get(Stage.at(cast), cast.accessToken(Cast.FRANK))
                    .refused(401, "token-expired");
            stage.api.get(Stage.at(cast), stage.owner).refused(401, "token-expired");
        }
    }

    private String newOwnerToken(SetClock clock) throws SetupException {
        try (Accounts accounts = Accounts.open(data, new java.security.SecureRandom(), clock)) {
            return accounts.newToken(Cast.OWNER, Duration.ofDays(1));
        }
    }

    @Test
    void givesNothingForAnEnrolmentTokenThatIsWrongUsedOrTooOld() throws Exception {
        var clock = new SetClock(Instant.now());
        try (var stage = new Stage(data, (_, _, _) -> {}, settings -> settings.withClock(clock))) {
            var cast = new Cast();
            stage.api.post("/computations", stage.owner, cast.creation()).expect(201);
            stage.api
                    .post("/enrolments", "", enrolment(cast, Cast.ERIN, "a token nobody made", "x"))
                    .refused(403, "enrolment-refused");
            stage.api
                    .post(
                            "/enrolments",
                            "",
                            enrolment(cast, Cast.FRANK, token(cast, Cast.ERIN), "x"))
                    .refused(403, "enrolment-refused");
            stage.api.post("/enrolments", "", cast.enrolment(Cast.ERIN)).expect(201);
            stage.api
                    .post(
                            "/enrolments",
                            "",
                            enrolment(cast, Cast.ERIN, token(cast, Cast.ERIN), "another"))
                    .refused(403, "enrolment-refused");
            clock.advance(Duration.ofDays(31));
            stage.api
                    .post("/enrolments", "", cast.enrolment(Cast.FRANK))
                    .refused(403, "enrolment-refused");
            stage.api.post("/enrolments", "", cast.enrolment(Cast.ERIN)).expect(200);
        }
    }

    private static String token(Cast cast, Email email) {
        return Optional.ofNullable(cast.enrolmentTokens.get(email)).orElseThrow();
    }

    private static io.cloister.protocol.json.Json enrolment(
            Cast cast, Email email, String token, String access) {
        return io.cloister.protocol.json.Json.object()
                .put("computation", cast.id.toString())
                .put("email", email.value())
                .put("token", token)
                .put("accessTokenHash", Accounts.hash(access).toString())
                .build();
    }

    @Test
    void ofAnAccountReachesTheComputationsItsEmailBelongsTo() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            Cast cast = stage.open(new Cast());
            String carol = Stage.addAccount(data, Cast.CAROL, Accounts.Quota.DEFAULT);
            stage.api.get(Stage.at(cast), carol).expect(200);
            assertEquals(
                    cast.id.toString(),
                    stage.api.get("/computations", carol).textAt("computations.0.id"));
            try (Accounts accounts =
                    Accounts.open(
                            data, new java.security.SecureRandom(), java.time.Clock.systemUTC())) {
                assertEquals(1, accounts.revokeTokens(Cast.CAROL));
            }
            stage.api.get(Stage.at(cast), carol).refused(401, "unauthenticated");
            stage.api.get(Stage.at(cast), cast.accessToken(Cast.CAROL)).expect(200);
        }
    }
}
