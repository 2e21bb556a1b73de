package io.cloister.checks;

import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import java.util.Map;
import java.util.TreeMap;

/// What no class of ours may do, whichever module it is in.
public final class HouseRules {
    private HouseRules() {}

    /// Every rule under its name.
    public static Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new TreeMap<>();
        rules.put("classes are final", CLASSES_ARE_FINAL);
        rules.put("no static mutable state", NO_STATIC_MUTABLE_STATE);
        rules.put("time is an argument", TIME_IS_AN_ARGUMENT);
        rules.put("randomness is secure", RANDOMNESS_IS_SECURE);
        rules.put("no Java serialisation", NO_JAVA_SERIALISATION);
        rules.put("only Main exits", ONLY_MAIN_EXITS);
        rules.put("no process from pure modules", NO_PROCESS_FROM_PURE_MODULES);
        rules.put("no opened reflection", NO_OPENED_REFLECTION);
        rules.put("libraries print nothing", LIBRARIES_PRINT_NOTHING);
        return rules;
    }

    private static final ArchRule CLASSES_ARE_FINAL =
            classes()
                    .that()
                    .areTopLevelClasses()
                    .and()
                    .areNotInterfaces()
                    .and()
                    .areNotEnums()
                    .and()
                    .doNotHaveModifier(JavaModifier.ABSTRACT)
                    .should(beFinal())
                    .because("a class is made to be extended, or final");

    private static final ArchRule NO_STATIC_MUTABLE_STATE =
            fields().that()
                    .areStatic()
                    .and(
                            DescribedPredicate.<JavaField>describe(
                                    "are written by us", field -> !field.getName().startsWith("$")))
                    .should()
                    .beFinal()
                    .because("state belongs to objects");

    private static final ArchRule TIME_IS_AN_ARGUMENT =
            noClasses()
                    .that()
                    .haveSimpleNameNotEndingWith("Main")
                    .and()
                    .resideOutsideOfPackage("io.cloister.cli..")
                    .should(
                            callMethodWhere(
                                    DescribedPredicate.describe(
                                            "the system's clock is read", HouseRules::readsClock)))
                    .because("a Clock is handed in, so that tests choose the time");

    private static final ArchRule RANDOMNESS_IS_SECURE =
            noClasses()
                    .should()
                    .dependOnClassesThat(
                            DescribedPredicate.describe(
                                    "are predictable generators",
                                    it ->
                                            it.getFullName().equals("java.util.Random")
                                                    || it.getFullName()
                                                            .equals("java.util.SplittableRandom")
                                                    || it.getFullName()
                                                            .equals(
                                                                    "java.util.concurrent.ThreadLocalRandom")))
                    .because("whoever needs randomness here needs SecureRandom");

    private static final ArchRule NO_JAVA_SERIALISATION =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .haveFullyQualifiedName("java.io.ObjectInputStream")
                    .because("it runs what it reads");

    private static final ArchRule ONLY_MAIN_EXITS =
            noClasses()
                    .that()
                    .doNotHaveSimpleName("Main")
                    .should(
                            callMethodWhere(
                                    DescribedPredicate.describe(
                                            "the JVM is ended",
                                            call ->
                                                    calls(call, "java.lang.System", "exit")
                                                            || calls(
                                                                    call,
                                                                    "java.lang.Runtime",
                                                                    "exit")
                                                            || calls(
                                                                    call,
                                                                    "java.lang.Runtime",
                                                                    "halt"))))
                    .because("only the program's entry knows that nothing else is going on");

    private static final ArchRule NO_PROCESS_FROM_PURE_MODULES =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.cloister.launcher..",
                            "io.cloister.agent..",
                            "io.cloister.cli..",
                            "io.cloister.client.code..")
                    .should()
                    .dependOnClassesThat()
                    .haveFullyQualifiedName("java.lang.ProcessBuilder")
                    .because(
                            "only the launcher, the sandbox, the command and the code check start"
                                    + " any");

    private static final ArchRule NO_OPENED_REFLECTION =
            noClasses()
                    .should(
                            callMethodWhere(
                                    DescribedPredicate.describe(
                                            "access checks are switched off",
                                            call -> call.getName().equals("setAccessible"))))
                    .because("no reflection magic");

    private static final ArchRule LIBRARIES_PRINT_NOTHING =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("io.cloister.cli..")
                    .and()
                    .haveSimpleNameNotEndingWith("Main")
                    .should()
                    .accessField(System.class, "out")
                    .because(
                            "libraries return findings; only the command writes to standard"
                                    + " output");

    private static ArchCondition<JavaClass> beFinal() {
        return new ArchCondition<>("be final, unless another of ours extends it") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                boolean closed =
                        item.getModifiers().contains(JavaModifier.FINAL)
                                || !item.getSubclasses().isEmpty()
                                || item.getSimpleName().equals("package-info");
                if (!closed) {
                    events.add(
                            SimpleConditionEvent.violated(item, item.getFullName() + " is open"));
                }
            }
        };
    }

    private static boolean readsClock(JavaMethodCall call) {
        return calls(call, "java.lang.System", "currentTimeMillis")
                || (call.getName().equals("now")
                        && call.getTargetOwner().getPackageName().equals("java.time")
                        && call.getTarget().getRawParameterTypes().isEmpty());
    }

    private static boolean calls(JavaMethodCall call, String owner, String method) {
        return call.getName().equals(method) && call.getTargetOwner().getFullName().equals(owner);
    }
}
