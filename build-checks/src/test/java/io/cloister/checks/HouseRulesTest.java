package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HouseRulesTest {
    private final Map<String, ArchRule> rules = HouseRules.all();
    private final JavaClasses ours = CompiledClasses.ours();

    @ParameterizedTest
    @MethodSource("names")
    void holds(String name) {
        rule(name).check(ours);
    }

    @ParameterizedTest
    @MethodSource("badSamples")
    void refuses(BadSample sample, @TempDir Path folder) throws IOException {
        JavaClasses bad = CompiledClasses.compile(folder, sample.name(), sample.source());
        assertTrue(
                rule(sample.rule()).evaluate(bad).hasViolation(),
                "the rule lets its bad sample pass");
    }

    @Test
    void everyRuleHasABadSample() {
        var sampled = new TreeSet<String>();
        badSamples().forEach(it -> sampled.add(it.rule()));
        assertEquals(rules.keySet(), sampled);
    }

    private ArchRule rule(String name) {
        return Objects.requireNonNull(rules.get(name), name);
    }

    Stream<String> names() {
        return rules.keySet().stream();
    }

    static Stream<BadSample> badSamples() {
        return Stream.of(
                sample("classes are final", "class Bad {}"),
                sample("no static mutable state", "final class Bad { static int count; }"),
                sample(
                        "time is an argument",
                        "final class Bad { Object it = java.time.Instant.now(); }"),
                sample(
                        "time is an argument",
                        "final class Bad { long it = System.currentTimeMillis(); }"),
                sample(
                        "randomness is secure",
                        "final class Bad { Object it = new java.util.Random(); }"),
                sample(
                        "no Java serialisation",
                        "final class Bad { java.io.ObjectInputStream it; }"),
                sample("only Main exits", "final class Bad { void stop() { System.exit(1); } }"),
                sample(
                        "no process from pure modules",
                        "final class Bad { Object it = new ProcessBuilder(\"true\"); }"),
                sample(
                        "no opened reflection",
                        "final class Bad { void open(java.lang.reflect.Field f)"
                                + " { f.setAccessible(true); } }"),
                sample(
                        "libraries print nothing",
                        "final class Bad { void say() { System.out.println(); } }"));
    }

    private static BadSample sample(String rule, String source) {
        return new BadSample(rule, "io.cloister.protocol.Bad", source);
    }
}
