package io.cloister.checks;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Which module may use which. Trust boundaries are module boundaries.
public final class Boundaries {
    private static final String JAGGED = "com.exceptionfactory.jagged..";
    private static final String BOUNCY_CASTLE = "org.bouncycastle..";
    private static final String JGIT = "org.eclipse.jgit..";

    private Boundaries() {}

    /// Every rule under its name.
    public static Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new TreeMap<>();
        rules.put("server opens nothing", SERVER_OPENS_NOTHING);
        rules.put("server has no cipher", SERVER_HAS_NO_CIPHER);
        rules.put("only cli uses the server", usedBy("io.cloister.server..", "io.cloister.cli.."));
        rules.put("only cli uses the client", usedBy("io.cloister.client..", "io.cloister.cli.."));
        rules.put("nobody uses the command", usedBy("io.cloister.cli.."));
        rules.put(
                "only the trial uses the agent",
                usedBy("io.cloister.agent..", "io.cloister.trial.."));
        rules.put("nobody uses the trial", usedBy("io.cloister.trial.."));
        rules.put("trial opens nothing", TRIAL_OPENS_NOTHING);
        rules.put(
                "only cli uses the simulated platform",
                usedBy("io.cloister.launcher.process..", "io.cloister.cli.."));
        rules.put("nobody ships the testkit", usedBy("io.cloister.attestation.testkit.."));
        rules.put("only key holders and vendors sign", ONLY_KEY_HOLDERS_AND_VENDORS_SIGN);
        rules.put("protocol stands on the JDK", standsOn("io.cloister.protocol.."));
        rules.put(
                "attestation stands on the JDK",
                standsOn("io.cloister.attestation..", "io.cloister.protocol.."));
        rules.put(
                "link stands on the JDK", standsOn("io.cloister.link..", "io.cloister.protocol.."));
        rules.put(
                "crypto stands on jagged",
                standsOn("io.cloister.crypto..", "io.cloister.protocol..", JAGGED, BOUNCY_CASTLE));
        rules.put(
                "only the Cosmian suite uses Bouncy Castle",
                usedBy(BOUNCY_CASTLE, "io.cloister.crypto.cosmian.."));
        rules.put("only the server uses JGit", usedBy(JGIT, "io.cloister.server.."));
        rules.put(
                "only the agent uses the Cosmian suite",
                usedBy("io.cloister.crypto.cosmian..", "io.cloister.agent.."));
        rules.put(
                "agent stands on our own",
                standsOn(
                        "io.cloister.agent..",
                        "io.cloister.protocol..",
                        "io.cloister.crypto..",
                        "io.cloister.attestation..",
                        "io.cloister.link.."));
        rules.put(
                "trial stands on the agent",
                standsOn(
                        "io.cloister.trial..",
                        "io.cloister.protocol..",
                        "io.cloister.attestation.runtime..",
                        "io.cloister.agent.."));
        rules.put(
                "client stands on our own",
                standsOn(
                        "io.cloister.client..",
                        "io.cloister.protocol..",
                        "io.cloister.crypto..",
                        "io.cloister.attestation.."));
        rules.put(
                "launcher stands on our own",
                standsOn(
                        "io.cloister.launcher..",
                        "io.cloister.protocol..",
                        "io.cloister.attestation.."));
        rules.put("protocol has no I/O", PROTOCOL_HAS_NO_IO);
        rules.put("verifier has no network", VERIFIER_HAS_NO_NETWORK);
        rules.put("only cases leave revocation open", ONLY_CASES_LEAVE_REVOCATION_OPEN);
        rules.put("agent does not listen", AGENT_DOES_NOT_LISTEN);
        return rules;
    }

    private static final ArchRule SERVER_OPENS_NOTHING =
            noClasses()
                    .that()
                    .resideInAPackage("io.cloister.server..")
                    .should()
                    .transitivelyDependOnClassesThat(
                            resideInAnyPackage(
                                    "io.cloister.crypto..",
                                    "io.cloister.attestation..",
                                    "io.cloister.client..",
                                    "io.cloister.agent..",
                                    "io.cloister.launcher.process..",
                                    JAGGED,
                                    BOUNCY_CASTLE))
                    .because(
                            "the control plane is the operator's: it cannot name a type that"
                                    + " decrypts");

    private static final ArchRule SERVER_HAS_NO_CIPHER =
            noClasses()
                    .that()
                    .resideInAPackage("io.cloister.server..")
                    .should()
                    .dependOnClassesThat(
                            nameIn(
                                    "javax.crypto.Cipher",
                                    "javax.crypto.KeyAgreement",
                                    "javax.crypto.KEM"))
                    .because("what needs a cipher needs a key, and the control plane has none");

    private static final ArchRule TRIAL_OPENS_NOTHING =
            noClasses()
                    .that()
                    .resideInAPackage("io.cloister.trial..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.cloister.crypto..",
                                    "io.cloister.link..",
                                    "io.cloister.agent.evidence.."))
                    .because("a trial run has no keys, no link and no Evidence");

    private static final ArchRule ONLY_KEY_HOLDERS_AND_VENDORS_SIGN =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.cloister.crypto..",
                            "io.cloister.launcher.process..",
                            "io.cloister.attestation.testkit..")
                    .should()
                    .callMethodWhere(
                            target(nameMatching("initSign"))
                                    .and(
                                            target(
                                                    com.tngtech.archunit.core.domain.properties
                                                            .HasOwner.Predicates.With.owner(
                                                            nameMatching(
                                                                    "java\\.security\\.Signature")))))
                    .because(
                            "parties sign through crypto's keys, Evidence is signed by the platform"
                                    + " of the process launcher or by the testkit's vendor");

    private static final ArchRule PROTOCOL_HAS_NO_IO =
            noClasses()
                    .that()
                    .resideInAPackage("io.cloister.protocol..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                            "java.net..", "java.nio.file..", "java.nio.channels..")
                                    .or(
                                            nameMatchingAny(
                                                    "java\\.io\\.(File.*|RandomAccessFile|Console)",
                                                    "java\\.lang\\.(Process|ProcessBuilder|Runtime)")))
                    .because("documents, digests and transitions are pure");

    private static final ArchRule VERIFIER_HAS_NO_NETWORK =
            noClasses()
                    .that()
                    .resideInAnyPackage("io.cloister.attestation..", "io.cloister.crypto..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("java.net..", "java.nio.channels.spi..")
                                    .and(
                                            DescribedPredicate.not(
                                                    nameIn(
                                                            "java.net.URI",
                                                            "java.net.URISyntaxException"))))
                    .because("endorsements are handed in; fetching them is another module's work");

    private static final ArchRule ONLY_CASES_LEAVE_REVOCATION_OPEN =
            noClasses()
                    .that(
                            DescribedPredicate.not(
                                    nameMatchingAny("io\\.cloister\\.cli\\.EvidenceCases(\\$.*)?")))
                    .and()
                    .resideOutsideOfPackages(
                            "io.cloister.attestation.evidence..", "io.cloister.attestation.amd..")
                    .should()
                    .callMethodWhere(target(nameMatching("verifyUnlessRevoked")))
                    .orShould()
                    .dependOnClassesThat(
                            nameMatchingAny(
                                    "io\\.cloister\\.attestation\\.evidence\\.UnlessRevoked(\\$.*)?",
                                    "io\\.cloister\\.attestation\\.amd\\.AbsentList"))
                    .because(
                            "whoever holds a revoked key leaves the revocation list out: no policy,"
                                    + " approval, client or agent may do without one");

    private static final ArchRule AGENT_DOES_NOT_LISTEN =
            noClasses()
                    .that()
                    .resideInAPackage("io.cloister.agent..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("com.sun.net.httpserver..", "java.net.http..")
                                    .or(
                                            nameIn(
                                                    "java.net.ServerSocket",
                                                    "java.net.DatagramSocket",
                                                    "java.net.InetSocketAddress")))
                    .because("the agent pulls its job over one link; nothing can connect to it");

    /// Only the classes of `users` and of `used` itself depend on `used`.
    private static ArchRule usedBy(String used, String... users) {
        String[] allowed = Stream.concat(Stream.of(used), Stream.of(users)).toArray(String[]::new);
        return noClasses()
                .that()
                .resideOutsideOfPackages(allowed)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(used)
                .because("only " + List.of(allowed) + " may");
    }

    /// The classes of `module` use the JDK, nullness annotations, one another and `others`.
    private static ArchRule standsOn(String module, String... others) {
        String[] allowed =
                Stream.concat(
                                Stream.of("java..", "javax..", "org.jspecify..", module),
                                Stream.of(others))
                        .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(module)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .because("every dependency earns its place");
    }

    private static DescribedPredicate<JavaClass> nameIn(String... names) {
        List<String> all = List.of(names);
        return DescribedPredicate.describe(
                "are one of " + all, javaClass -> all.contains(javaClass.getFullName()));
    }

    private static DescribedPredicate<JavaClass> nameMatchingAny(String... patterns) {
        List<String> all = List.of(patterns);
        return DescribedPredicate.describe(
                "match one of " + all,
                javaClass -> all.stream().anyMatch(javaClass.getFullName()::matches));
    }
}
