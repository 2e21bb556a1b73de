package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.json.Json;

import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.URIish;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Code of the Cosmian dialect from git repositories: fetched from allowed hosts, plain files only.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CosmianRepositoryTest {
    private static final String HOST = "git.example.org";
    private static final String MAIN = Constants.R_HEADS + "main";

    private Path repositories = Path.of("");
    private Path data = Path.of("");
    private Stage stage;
    private OldApi api;
    private final Map<Email, String> tokens = new LinkedHashMap<>();
    private String uuid = "";

    @BeforeAll
    void open(@TempDir Path folder) throws Exception {
        repositories = Files.createDirectory(folder.resolve("git"));
        data = folder.resolve("data");
        // What is asked of the host is answered by folders of the address's path.
        GitCode.Remote local =
                (repository, address, _, _) ->
                        Transport.open(
                                repository,
                                new URIish(
                                        repositories
                                                .resolve(address.path().substring(1))
                                                .toString()));
        stage =
                new Stage(
                        data,
                        (_, in, out) -> FakeCosmianAgent.serve(in, out),
                        settings ->
                                settings.allowCosmianDialect(
                                        new ServerSettings.Cosmian(
                                                Optional.empty(), List.of("b.org", HOST))),
                        local);
        api = new OldApi(stage.server().uri());
        tokens.put(Cast.OWNER, api.accessToken(stage.owner));
        for (Email person : List.of(Cast.CODER, Cast.CAROL, Cast.ERIN)) {
            tokens.put(
                    person,
                    api.accessToken(Stage.addAccount(data, person, Accounts.Quota.DEFAULT)));
        }
        try (GitSample sample = good("good")) {
            sample.commit(MAIN, 1).commit(MAIN, 2);
        }
    }

    @AfterAll
    void close() {
        stage.close();
    }

    private GitSample good(String name) throws IOException {
        return new GitSample(repositories.resolve(name))
                .file("run.py", GitSample.RUN)
                .file("lib/b.py", "b = 1\n")
                .put(FileMode.EXECUTABLE_FILE, "lib.py", "l = 1\n")
                .file("lib/\u00e9t\u00e9.py", "e = 1\n")
                .file(".hidden", "no")
                .file("lib/.git-keep/x.py", "no")
                .file("deep/" + "d".repeat(120) + ".py", "d = 1\n");
    }

    private String token(Email person) {
        return Optional.ofNullable(tokens.get(person)).orElseThrow();
    }

    private void create() {
        OldApi.Answer answer =
                api.post(
                                "/computations",
                                token(Cast.OWNER),
                                OldApi.creation(
                                        Cast.CODER, List.of(Cast.CAROL), List.of(Cast.ERIN)))
                        .expect(200);
        uuid = answer.at("uuid") instanceof Json.Str(var text) ? text : "";
        register(Cast.CODER, Role.CODE_PROVIDER);
        register(Cast.CAROL, Role.DATA_PROVIDER);
    }

    private void register(Email person, Role role) {
        api.post(at("/register"), token(person), OldApi.registration(role, new TestKey()))
                .expect(200);
    }

    private String at(String below) {
        return "/computations/" + uuid + below;
    }

    private OldApi.Answer bring(Email person, String url, Json ref) {
        return api.post(
                at("/repository"),
                token(person),
                Json.object()
                        .put(
                                "github",
                                Json.object()
                                        .put("repository_url", url)
                                        .put("ref_name", ref)
                                        .build())
                        .build());
    }

    private OldApi.Answer bring(String url) {
        return bring(Cast.CODER, url, new Json.Null());
    }

    private OldApi.Answer bringFrom(String name) {
        return bring("https://" + HOST + "/" + name);
    }

    private byte[] code() {
        return api.get(at("/code"), token(Cast.ERIN)).expect(200).content().toArray();
    }

    private void reset() {
        api.delete(at("/code"), token(Cast.CODER)).expect(200);
    }

    private void requireNothingLeft() throws IOException {
        try (var left = Files.list(data.resolve("temporary"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    /// Names and contents of a tar whose headers say nothing of who made it when.
    private static Map<String, String> read(byte[] tar) {
        Map<String, String> files = new LinkedHashMap<>();
        String path = "";
        for (int at = 0; tar[at] != 0; ) {
            String header = new String(tar, at, 512, StandardCharsets.UTF_8);
            assertEquals("0000000\0" + "0000000\0", header.substring(108, 124));
            assertEquals("00000000000\0", header.substring(136, 148));
            int size = Integer.parseInt(header.substring(124, 135), 8);
            String content = new String(tar, at + 512, size, StandardCharsets.UTF_8);
            if (header.charAt(156) == 'x') {
                path = content.substring(content.indexOf('=') + 1, content.length() - 1);
            } else {
                files.put(path.isEmpty() ? header.substring(0, header.indexOf(0)) : path, content);
                path = "";
            }
            at += 512 + (size + 511) / 512 * 512;
        }
        return files;
    }

    @Test
    void bringsTheFilesOfABranchOrTagOnceAndForEverybody() throws Exception {
        create();
        bringFrom("good").expect(200);
        byte[] code = code();
        assertEquals(
                List.of(
                        "deep/" + "d".repeat(120) + ".py",
                        "lib.py",
                        "lib/b.py",
                        "lib/\u00e9t\u00e9.py",
                        "run.py"),
                List.copyOf(read(code).keySet()));
        assertEquals(GitSample.RUN, read(code).get("run.py"));
        assertEquals(
                Sha256.of(GitSample.RUN.getBytes(StandardCharsets.UTF_8)),
                CodeTar.digests(new ByteArrayInputStream(code), Sha256.of(code), code.length)
                        .entrypoint());
        bringFrom("good").expect(200);
        bring("HTTPS://GIT.example.org:443/good/").expect(200);
        assertArrayEquals(code, code());
        requireNothingLeft();
        register(Cast.ERIN, Role.RESULT_CONSUMER);
        Stage.await(
                () -> api.get(at("/status"), token(Cast.ERIN)).text().contains("SetupInput"),
                () -> "an enclave for that code");
    }

    @Test
    void givesTheSameTarForTheSameFilesAndFindsBranchesAndTags() throws Exception {
        try (GitSample sample = good("again")) {
            sample.commit(MAIN, 77).commit(Constants.R_TAGS + "v1", 78);
            sample.file("lib.py", "l = 2\n").commit(Constants.R_HEADS + "other", 79);
        }
        create();
        bringFrom("good").expect(200);
        byte[] first = code();
        for (String ref : List.of("main", "v1")) {
            reset();
            bring(Cast.CODER, "https://" + HOST + "/again", Json.of(ref)).expect(200);
            assertArrayEquals(first, code());
        }
        bring(Cast.CODER, "https://" + HOST + "/again", Json.of("other"))
                .refused(409, "reset it first");
        reset();
        bring(Cast.CODER, "https://" + HOST + "/again", Json.of("other")).expect(200);
        assertNotEquals("l = 1\n", read(code()).get("lib.py"));
    }

    @Test
    void refusesAddressesThatAreNotPlainOrNotAllowed() {
        create();
        String good = "https://" + HOST + "/good";
        for (String wrong :
                List.of(
                        good.replace("https", "http"),
                        good.replace("https", "ssh"),
                        good.replace("https", "git"),
                        good.replace("https", "ext"),
                        "file://" + HOST + "/good",
                        "file:///good",
                        repositories.resolve("good").toString(),
                        HOST + ":good",
                        good.replace(HOST, "a@" + HOST),
                        good.replace(HOST, "a:b@" + HOST),
                        good + "?x",
                        good + "#x",
                        good.replace("/good", "/../good"),
                        good.replace("/good", "/a/./good"),
                        good.replace("/good", "//good"),
                        good.replace("/good", "/%67ood"),
                        good.replace("/good", ""))) {
            bring(wrong).refused(400, "https://HOST/PATH");
        }
        bring(good.replace(HOST, HOST + ":8443")).refused(400, "the usual port of https");
        for (String wrong :
                List.of(
                        "git.example.com",
                        "x" + HOST,
                        HOST + ".",
                        HOST + "%2e",
                        HOST + ":443:443",
                        "a@b@" + HOST,
                        "x." + HOST,
                        "127.0.0.1",
                        "[::1]",
                        "2130706433",
                        "localhost")) {
            bring(good.replace(HOST, wrong)).refused(403, "git-not-allowed");
        }
        bring(good).expect(200);
    }

    @Test
    void refusesWhatIsNotThere() throws Exception {
        try (GitSample sample = good("empty")) {
            assertTrue(sample.repository().isBare());
        }
        create();
        bringFrom("absent").refused(422, "git-unreachable");
        bringFrom("empty").refused(422, "the repository is empty");
        String good = "https://" + HOST + "/good";
        bring(Cast.CODER, good, Json.of("nain")).refused(422, "git-ref-unknown");
        for (String wrong : List.of("a..b", "a b", "a:b", "main.lock", "-\u0000", "*")) {
            bring(Cast.CODER, good, Json.of(wrong)).refused(400, "a branch or tag");
        }
        bring(Cast.CODER, good, Json.of(1)).refused(400, "ref_name");
        requireNothingLeft();
        bring(Cast.CODER, good, Json.of("main")).expect(200);
    }

    @Test
    void refusesLinksSubmodulesAndCodeThatDoesNotDo() throws Exception {
        try (GitSample link = good("link");
                GitSample module = good("module");
                GitSample other = new GitSample(repositories.resolve("other"))) {
            link.put(FileMode.SYMLINK, "lib/c.py", "../../etc/passwd").commit(MAIN, 1);
            module.put(FileMode.GITLINK, "lib/sub", "x").commit(MAIN, 1);
            other.file("lib/run.py", GitSample.RUN).commit(MAIN, 1);
        }
        create();
        bringFrom("link").refused(422, "symbolic link");
        bringFrom("module").refused(422, "submodule");
        bringFrom("other").refused(400, "run.py");
        requireNothingLeft();
        api.get(at("/code"), token(Cast.ERIN)).expect(404);
        bringFrom("good").expect(200);
    }

    @Test
    void refusesOthersAndWrongTimes() {
        create();
        String good = "https://" + HOST + "/good";
        bring(Cast.CAROL, good, new Json.Null()).refused(403, "code-provider");
        bring(Cast.OWNER, good, new Json.Null()).refused(403, "code-provider");
        api.post(at("/repository"), token(Cast.CODER), Json.object().build())
                .refused(400, "body.github");
        api.upload(at("/code"), token(Cast.CODER), "code.tar", Tars.code("x")).expect(200);
        bring(good).refused(409, "reset it first");
        stage.api
                .post("/computations/" + uuid.replace("-", "") + "/archive", stage.owner)
                .expect(200);
        bring(good).refused(409, "wrong-state");
    }
}
