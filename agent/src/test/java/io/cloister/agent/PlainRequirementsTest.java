package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class PlainRequirementsTest {
    private static final Sha256 WHEEL = Sha256.of(new byte[0]);

    private static List<String> problems(String requirements, String name, String version)
            throws MalformedException {
        return PlainRequirements.parse(Bytes.utf8(requirements))
                .problemsOn(List.of(new InstalledPackage(name, version, WHEEL)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# a comment\n\n   \n",
                "numpy",
                "numpy # with a comment",
                "NumPy\r\n",
                "numpy==1.26.4",
                "numpy == 1.26.4",
                "numpy (>=1.26)",
                "numpy>=1.20,<2",
                "numpy ~= 1.26.0",
                "numpy~=1.5",
                "numpy==1.*",
                "numpy!=1.25.*,!=1.26.3",
                "numpy==v1.26.4",
                "numpy<=1.26.4",
                "numpy>1.26.3",
                "numpy==1.26.4.0",
            })
    void acceptsWhatTheRuntimeHas(String requirements) throws Exception {
        assertEquals(List.of(), problems(requirements, "numpy", "1.26.4"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "numpy==1.26.3",
                "numpy!=1.26.4",
                "numpy!=1.*",
                "numpy>1.26.4",
                "numpy<1.26.4",
                "numpy<=1.26.3",
                "numpy>=2",
                "numpy~=1.27",
                "numpy~=1.25.0",
                "numpy==2.*",
                "numpy==1!1.26.4",
                "numpy==1.26.4+local",
                "numpy>=1.20,<1.26",
                "numpy==1.26.4rc1",
            })
    void namesAVersionThatDoesNotFit(String requirements) throws Exception {
        List<String> problems = problems(requirements, "numpy", "1.26.4");
        assertEquals(1, problems.size());
        assertTrue(problems.getFirst().contains("numpy 1.26.4"), problems.getFirst());
    }

    @Test
    void namesAPackageThatIsNotThere() throws Exception {
        assertEquals(
                List.of(
                        "the runtime has no package tensor-flow, and in the Cosmian dialect no"
                                + " code brings its own"),
                problems("numpy\nTensor_.Flow>=2\n", "numpy", "1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-r other.txt",
                "--hash=sha256:00",
                "--index-url https://example.org",
                "-e .",
                "git+https://example.org/x.git",
                "https://example.org/x.whl",
                "./x.whl",
                "numpy @ https://example.org/x.whl",
                "numpy[extra]",
                "numpy; python_version > '3'",
                "numpy===1.26.4",
                "numpy=1",
                "numpy==",
                "numpy==one",
                "numpy>=1.*",
                "numpy==1.0a1.*",
                "numpy~=1",
                "numpy>=1+local",
                "numpy==1,",
                "numpy 1.0",
                "numpy==1 ==2",
                "numpy \\",
                "_numpy",
                "numpy-",
                "numpy (==1",
                "\u00fc",
            })
    void refusesALineThatAsksForAnythingElse(String line) {
        var refused =
                assertThrows(
                        MalformedException.class,
                        () -> PlainRequirements.parse(Bytes.utf8("pandas\n" + line + "\n")));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("plain version specifier"),
                refused.getMessage());
    }

    @Test
    void refusesWhatIsTooMuchOrNoText() {
        assertThrows(
                MalformedException.class,
                () -> PlainRequirements.parse(Bytes.utf8("a\n".repeat(1_001))));
        assertThrows(
                MalformedException.class,
                () -> PlainRequirements.parse(Bytes.utf8("a==" + "1".repeat(300))));
        assertThrows(
                MalformedException.class,
                () -> PlainRequirements.parse(Bytes.copyOf(new byte[] {'a', (byte) 0xff})));
    }

    /// In the order of PEP 440, "Summary of permitted suffixes and relative ordering".
    @Test
    void ordersVersionsAsPep440Does() {
        List<String> ascending =
                List.of(
                        "1.dev0",
                        "1.0.dev456",
                        "1.0a1.dev1",
                        "1.0a1",
                        "1.0a2.dev456",
                        "1.0a12.dev456",
                        "1.0a12",
                        "1.0b1.dev456",
                        "1.0b2",
                        "1.0b2.post345.dev456",
                        "1.0b2.post345",
                        "1.0rc1.dev456",
                        "1.0rc1",
                        "1.0",
                        "1.0.post456.dev34",
                        "1.0.post456",
                        "1.0.15",
                        "1.1.dev1",
                        "1!0.1");
        for (int i = 0; i < ascending.size(); i++) {
            for (int j = 0; j < ascending.size(); j++) {
                assertEquals(
                        Integer.signum(Integer.compare(i, j)),
                        Integer.signum(
                                version(ascending.get(i)).compareTo(version(ascending.get(j)))),
                        ascending.get(i) + " and " + ascending.get(j));
            }
        }
    }

    private static PackageVersion version(String text) {
        return PackageVersion.parse(text).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 1",
        "1.0-1, 1.post1",
        "1.0.r4, 1.0.post4",
        "1.0.rev4, 1.0.post4",
        "v1.0, 1.0",
        "1.0ALPHA1, 1.0a1",
        "1.0-beta.2, 1.0b2",
        "1.0c1, 1.0rc1",
        "1.0.preview3, 1.0rc3",
        "1.0a, 1.0a0",
        "1.0.post, 1.0.post0",
        "1.0.dev, 1.0.dev0",
        "1.0+ubuntu-1, 1.0+ubuntu.1",
        "01.02, 1.2",
    })
    void takesOtherSpellingsOfOneVersion(String one, String other) {
        assertEquals(version(one), version(other));
    }

    /// PEP 440, "Exclusive ordered comparison".
    @Test
    void excludesWhatBelongsToTheReleaseNamed() throws Exception {
        assertEquals(1, problems("x<1.7", "x", "1.7rc1").size());
        assertEquals(0, problems("x<1.7rc2", "x", "1.7rc1").size());
        assertEquals(1, problems("x>1.7", "x", "1.7.post1").size());
        assertEquals(0, problems("x>1.7.post1", "x", "1.7.post2").size());
        assertEquals(0, problems("x>1.7", "x", "1.7.1").size());
        assertEquals(1, problems("x>1.7", "x", "1.7+local").size());
        assertEquals(0, problems("x==1.7", "x", "1.7+local").size());
        assertEquals(0, problems("x==1.7+local", "x", "1.7+local").size());
        assertEquals(0, problems("x~=1.4.5a4", "x", "1.4.9").size());
        assertEquals(1, problems("x~=1.4.5a4", "x", "1.5").size());
        assertEquals(0, problems("x==1.7.*", "x", "1.7rc1").size());
    }

    @Test
    void fitsNothingToAVersionThatIsNone() throws Exception {
        assertEquals(1, problems("x>=0", "x", "unknown").size());
        assertEquals(1, problems("x", "x", "unknown").size());
    }
}
