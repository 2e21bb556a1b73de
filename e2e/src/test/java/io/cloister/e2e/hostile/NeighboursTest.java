package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.OpenedFile;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Two computations at one server at the same time: each plants markers wherever it can write,
/// signals every process it can name, and looks everywhere for what is not its own.
final class NeighboursTest {
    /// Longer than it takes from one approval to the next.
    private static final Duration LIFE = Duration.ofSeconds(6);

    private static final int DRAWS = 7;

    private static final Email CODER = new Email("coder@example.org");
    private static final Email ALICE = new Email("alice@example.org");

    private static final String WATCH =
            """
            import json, os, random, re, signal, tempfile, time, uuid

            import numpy

            MARKER = re.compile(rb"neighbour-[a-z]+")
            FOLDERS = ("/tmp", "/dev/shm", "/work", "/dev", "/run", "/var", "/home")


            def watch(marker, life):
                own = marker.decode()
                for folder in ("/tmp", "/dev/shm"):
                    with open(f"{folder}/{own}", "wb") as file:
                        file.write(marker)
                os.environ["MARKER"] = own
                began = time.time()
                seen, processes = set(), set()
                while time.time() < began + life:
                    seen |= found()
                    processes |= {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
                    # A thread's number stands for its process.
                    own_threads = {int(task) for task in os.listdir("/proc/self/task")}
                    for pid in set(range(1, 5000)) - own_threads:
                        end(pid)
                    end(-1)
                    time.sleep(0.05)
                return json.dumps({
                    "seen": sorted(each.decode() for each in seen),
                    "processes": sorted(map(str, processes - {1, os.getpid()})),
                    "began": int(began * 1000),
                    "ended": int(time.time() * 1000),
                    "drawn": drawn(),
                }).encode()


            def found():
                seen = set()
                for folder in FOLDERS:
                    for path, folders, files in os.walk(folder):
                        for name in files:
                            seen |= set(MARKER.findall(os.fsencode(name)))
                            seen |= within(f"{path}/{name}")
                for pid in filter(str.isdigit, os.listdir("/proc")):
                    for name in ("cmdline", "environ", "maps", "mountinfo"):
                        seen |= within(f"/proc/{pid}/{name}")
                for name in ("net/unix", "net/tcp", "sysvipc/shm", "mounts", "keys"):
                    seen |= within(f"/proc/{name}")
                return seen


            def within(path):
                try:
                    with open(path, "rb") as file:
                        return set(MARKER.findall(file.read(1 << 20)))
                except OSError:
                    return set()


            def end(pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass


            def drawn():
                return [
                    str(random.random()),
                    str(numpy.random.random()),
                    str(numpy.random.default_rng().random()),
                    str(uuid.uuid4()),
                    str(hash("hash seed")),
                    os.urandom(8).hex(),
                    tempfile.mktemp(),
                ]
            """;

    private static Play play(Path folder, String marker) throws Exception {
        Path code = Files.createDirectories(folder.resolve("code"));
        Files.writeString(
                code.resolve("run.py"),
                """
                import sys

                early = "tzdata.zoneinfo" in sys.modules
                import tzdata.zoneinfo
                from cosmian_lib_sgx import Enclave

                with Enclave() as enclave:
                    import watching

                    marker = next(enclave.read()).read()
                    enclave.write(watching.watch(marker, %d), name="watched")
                    enclave.write(str(early).encode(), name="early")
                """
                        .formatted(LIFE.toSeconds()));
        Files.writeString(code.resolve("watching.py"), WATCH);
        Path data = Files.writeString(folder.resolve("data.txt"), marker);
        return new Play(
                "Neighbour",
                "base",
                new Roster(CODER, List.of(ALICE), List.of(ALICE)),
                code,
                Map.of(ALICE, List.of(data)),
                Terms.defaults(Clock.systemUTC().instant()));
    }

    /// What one computation found.
    ///
    /// @param seen markers, its own among them
    /// @param processes beside its own
    /// @param drawn at random
    /// @param early whether what `run.py` imports was there before it asked
    private record Found(
            List<String> seen,
            List<String> processes,
            long began,
            long ended,
            List<String> drawn,
            String early) {
        static Found by(Cast cast) throws Exception {
            Map<String, String> results = new HashMap<>();
            for (OpenedFile file : cast.result(ALICE).files()) {
                results.put(file.name().value(), Files.readString(file.path()));
            }
            Fields watched =
                    Fields.of(
                            Json.parse(
                                    Objects.requireNonNull(results.get("watched"))
                                            .getBytes(StandardCharsets.UTF_8),
                                    JsonLimits.MESSAGE,
                                    "watched"),
                            "watched");
            return new Found(
                    texts(watched, "seen"),
                    texts(watched, "processes"),
                    watched.integer("began", 0, Long.MAX_VALUE),
                    watched.integer("ended", 0, Long.MAX_VALUE),
                    texts(watched, "drawn"),
                    String.valueOf(results.get("early")));
        }

        private static List<String> texts(Fields fields, String name) throws Exception {
            return fields.texts(name, 1000, (text, _) -> text);
        }
    }

    @Test
    void doNotSeeOrDisturbEachOther(@TempDir Path folder) throws Exception {
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("base")));
                Cast left = cast(site, folder.resolve("left"), "neighbour-left");
                Cast right = cast(site, folder.resolve("right"), "neighbour-right")) {
            together(left::readyToApprove, right::readyToApprove);
            left.approved();
            right.approved();
            List<Found> both = together(() -> Found.by(left), () -> Found.by(right));
            Found ofLeft = both.getFirst();
            Found ofRight = both.getLast();

            assertTrue(
                    ofLeft.began < ofRight.ended && ofRight.began < ofLeft.ended,
                    "they did not run at the same time: " + both);
            assertEquals(List.of("neighbour-left"), ofLeft.seen);
            assertEquals(List.of("neighbour-right"), ofRight.seen);
            for (Found found : both) {
                assertEquals(List.of(), found.processes);
                assertEquals("True", found.early);
            }
            assertEquals(DRAWS, ofLeft.drawn.size());
            for (int i = 0; i < DRAWS; i++) {
                assertNotEquals(ofLeft.drawn.get(i), ofRight.drawn.get(i), "draw " + i);
            }
        }
    }

    private static Cast cast(Site site, Path folder, String marker) throws Exception {
        return Cast.proposing(site, play(folder, marker), folder.resolve("homes"));
    }

    private static <T> List<T> together(Callable<T> first, Callable<T> second) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<T> one = threads.submit(first);
            Future<T> other = threads.submit(second);
            return List.of(one.get(), other.get());
        }
    }
}
