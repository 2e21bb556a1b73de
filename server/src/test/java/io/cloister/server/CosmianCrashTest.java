package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/// A server killed after each step it acknowledged in the Cosmian dialect: nothing is lost, access
/// tokens go on, and where an enclave died with it another takes its place.
final class CosmianCrashTest {
    private static final Email ALL = Cast.OWNER;
    private static final byte[] CODE = Tars.code("a module");

    @TempDir Path folder = Path.of("");

    private String token = "";
    private String uuid = "";

    /// One step on a fresh server, which is killed as soon as the step was acknowledged.
    private void step(Step step) throws Exception {
        try (var process = new ServerProcess(folder.resolve("data"), folder.resolve("port"), "")) {
            step.go(new OldApi(URI.create("http://127.0.0.1:" + process.port())));
        }
    }

    @FunctionalInterface
    private interface Step {
        void go(OldApi api) throws Exception;
    }

    private String at(String below) {
        return "/computations/" + uuid + below;
    }

    private OldApi.Answer show(OldApi api) {
        return api.get(at(""), token).expect(200);
    }

    private void awaitState(OldApi api, String state) {
        Stage.await(
                () -> api.get(at("/status"), token).expect(200).text().contains(state),
                () -> state);
    }

    private void provision(OldApi api, int second) {
        api.get(at(""), token).expect(200);
        for (Role role : Role.values()) {
            api.post(at("/key/provisioning"), token, OldApi.provisioning(role, 1, second))
                    .expect(200);
        }
    }

    @Test
    void losesNothingItAcknowledgedWhereverItIsKilled() throws Exception {
        String account = Stage.addAccount(folder.resolve("data"), ALL, Accounts.Quota.DEFAULT);
        step(api -> {
            token = api.accessToken(account);
            uuid =
                    api.post(
                                                    "/computations",
                                                    token,
                                                    OldApi.creation(
                                                            ALL, List.of(ALL), List.of(ALL)))
                                            .expect(200)
                                            .at("uuid")
                                    instanceof Json.Str(var text)
                            ? text
                            : "";
        });
        step(api -> {
            assertEquals(Json.of(uuid), show(api).at("uuid"));
            for (Role role : Role.values()) {
                api.post(at("/register"), token, OldApi.registration(role, new TestKey()))
                        .expect(200);
            }
        });
        step(api -> {
            assertNotEquals(new Json.Null(), show(api).at("result_consumers.0.public_key"));
            api.upload(at("/code"), token, "code.tar", CODE).expect(200);
        });
        step(api -> {
            assertArrayEquals(CODE, api.get(at("/code"), token).expect(200).content().toArray());
            awaitState(api, "SetupInput");
            api.upload(at("/data"), token, "d.enc", new byte[40]).expect(200);
        });
        step(api -> {
            awaitState(api, "SetupInput");
            assertNotEquals(
                    new Json.Null(), show(api).at("data_providers.0.starting_uploading_at"));
            provision(api, 1);
        });
        step(api -> {
            // Keys die with the enclave they were sealed for.
            awaitState(api, "\"cp\":false");
            api.post(at("/data/done"), token).expect(200);
        });
        step(api -> {
            awaitState(api, "SetupInput");
            assertNotEquals(new Json.Null(), show(api).at("data_providers.0.done_uploading_at"));
            provision(api, 2);
            awaitState(api, "Success");
        });
        step(api -> {
            awaitState(api, "Success");
            assertArrayEquals(
                    FakeCosmianAgent.served(ALL, List.of("d.enc")),
                    api.get(at("/results"), token).expect(200).content().toArray());
            api.delete(at("/data"), token).expect(200);
        });
        step(api -> {
            assertEquals(new Json.Null(), show(api).at("data_providers.0.starting_uploading_at"));
            api.delete(at("/code"), token).expect(200);
        });
        step(api -> {
            awaitState(api, "Init");
            api.get(at("/code"), token).refused(404, "no code");
        });
    }
}
