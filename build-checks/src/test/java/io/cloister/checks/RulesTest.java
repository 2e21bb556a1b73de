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

/// Each of some rules holds for our classes, and refuses a sample that breaks it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RulesTest {
    private final Map<String, ArchRule> rules;
    private final JavaClasses ours = CompiledClasses.ours();

    RulesTest(Map<String, ArchRule> rules) {
        this.rules = rules;
    }

    /// At least one for each rule.
    abstract Stream<BadSample> badSamples();

    final JavaClasses ours() {
        return ours;
    }

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
}
