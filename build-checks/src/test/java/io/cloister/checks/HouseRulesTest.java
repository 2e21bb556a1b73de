package io.cloister.checks;

import java.util.stream.Stream;

class HouseRulesTest extends RulesTest {
    HouseRulesTest() {
        super(HouseRules.all());
    }

    @Override
    Stream<BadSample> badSamples() {
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
