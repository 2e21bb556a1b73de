package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/// Whatever bytes a wheel has, what reads it says so in its own words and never fails otherwise.
final class WheelMutationTest {
    private static final String PROGRAM =
            """
            import io, random, sys
            sys.path.insert(0, sys.argv[1])
            from cloister._internal.wheels import Place, WheelError, Wheels
            with open(sys.argv[2], "rb") as file:
                good = file.read()
            place = Place(11, "x86_64", {}, 1 << 20)
            seed = random.SystemRandom().randrange(1 << 32)
            chance = random.Random(seed)
            refused = 0
            def altered():
                data = bytearray(good)
                for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
                    at = chance.randrange(chance.choice((0, len(data) - 300)), len(data))
                    kind = chance.randrange(5)
                    if kind == 0:
                        data[at] ^= 1 << chance.randrange(8)
                    elif kind == 1:
                        data[at] = chance.choice((0, 1, 255, 80, 47, 46))
                    elif kind == 2:
                        del data[at : at + chance.randrange(1, 9)]
                    elif kind == 3:
                        data[at:at] = chance.randbytes(chance.randrange(1, 9))
                    else:
                        data[at : at + 4] = chance.randbytes(4)
                return bytes(data)
            def take(path, content):
                for _ in content:
                    pass
            for data in [good] + [altered() for _ in range(10_000)]:
                wheels = Wheels(place, take)
                try:
                    wheels.add("greet-1.0-py3-none-any.whl", io.BytesIO(data))
                except WheelError:
                    refused += 1
                except BaseException as error:
                    sys.exit(f"{error!r} with seed {seed} of {data.hex()}")
                if wheels.bytes > place.most:
                    sys.exit(f"too much with seed {seed}")
            print(refused > 5_000)
            """;

    @TempDir private Path folder;

    @Test
    void refusesOrReadsWhateverItIsGiven() throws Exception {
        Path wheel =
                TestWheel.honest("greet", "1.0", Map.of("greet/__init__.py", "x = 1\n"))
                        .write(folder);
        Process python =
                new ProcessBuilder(
                                TestPython.interpreter().path().toString(),
                                "-I",
                                "-S",
                                "-B",
                                "-c",
                                PROGRAM,
                                TestPython.packageFolder().toString(),
                                wheel.toString())
                        .redirectErrorStream(true)
                        .start();
        python.getOutputStream().close();
        String said =
                new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

        assertEquals(0, python.waitFor(), said);
        assertTrue(said.endsWith("True"), said);
    }
}
