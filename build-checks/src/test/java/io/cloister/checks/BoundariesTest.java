package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Stream;

class BoundariesTest extends RulesTest {
    private static final String JAGGED = "com.exceptionfactory.jagged.RecipientStanza it;";
    private static final String BOUNCY_CASTLE = "org.bouncycastle.crypto.macs.Poly1305 it;";
    private static final String JGIT = "org.eclipse.jgit.lib.ObjectId it;";
    private static final String JUNIT = "org.junit.jupiter.api.Test it;";

    BoundariesTest() {
        super(Boundaries.all());
    }

    @Test
    void judgesEveryModule() {
        for (String module :
                List.of(
                        "protocol",
                        "crypto",
                        "crypto.cosmian",
                        "attestation",
                        "link",
                        "agent",
                        "trial",
                        "launcher",
                        "server",
                        "client",
                        "cli")) {
            String prefix = "io.cloister." + module;
            assertTrue(
                    ours().stream().anyMatch(it -> it.getPackageName().startsWith(prefix)),
                    () -> "no class of " + module + " was found");
        }
    }

    @Override
    Stream<BadSample> badSamples() {
        return Stream.of(
                sample("server opens nothing", "server.Peeks", uses("io.cloister.crypto")),
                sample("server opens nothing", "server.Unwraps", JAGGED),
                sample("server opens nothing", "server.Boxes", BOUNCY_CASTLE),
                sample("server has no cipher", "server.Deciphers", "javax.crypto.Cipher it;"),
                sample("only cli uses the server", "client.Shortcut", uses("io.cloister.server")),
                sample("only cli uses the client", "launcher.Shortcut", uses("io.cloister.client")),
                sample("nobody uses the command", "server.Shortcut", uses("io.cloister.cli")),
                sample(
                        "only the trial uses the agent",
                        "launcher.Inlines",
                        uses("io.cloister.agent")),
                sample("nobody uses the trial", "agent.Tries", uses("io.cloister.trial")),
                sample("trial opens nothing", "trial.Opens", uses("io.cloister.crypto")),
                sample(
                        "only cli uses the simulated platform",
                        "agent.SignsItself",
                        uses("io.cloister.launcher.process")),
                sample(
                        "nobody ships the testkit",
                        "client.TrustsTheFakeVendor",
                        uses("io.cloister.attestation.testkit")),
                sample(
                        "only key holders and vendors sign",
                        "agent.SignsByHand",
                        "void sign(java.security.Signature s, java.security.PrivateKey k) throws"
                                + " Exception { s.initSign(k); }"),
                sample("protocol stands on the JDK", "protocol.Leans", JUNIT),
                sample("attestation stands on the JDK", "attestation.Leans", JUNIT),
                sample("link stands on the JDK", "link.Leans", JUNIT),
                sample("crypto stands on jagged", "crypto.Leans", JUNIT),
                sample(
                        "only the Cosmian suite uses Bouncy Castle",
                        "crypto.age.Borrows",
                        BOUNCY_CASTLE),
                sample("only the server uses JGit", "cli.Fetches", JGIT),
                sample(
                        "only the agent uses the Cosmian suite",
                        "client.OpensOldBoxes",
                        uses("io.cloister.crypto.cosmian")),
                sample("agent stands on our own", "agent.Leans", JAGGED),
                sample("trial stands on the agent", "trial.Leans", uses("io.cloister.attestation")),
                sample("client stands on our own", "client.Leans", JAGGED),
                sample("launcher stands on our own", "launcher.Leans", JAGGED),
                sample("protocol has no I/O", "protocol.Reads", "java.nio.file.Path it;"),
                sample("protocol has no I/O", "protocol.Opens", "java.io.FileInputStream it;"),
                sample("verifier has no network", "attestation.Fetches", "java.net.URL it;"),
                sample(
                        "only cases leave revocation open",
                        "client.DoesWithoutAList",
                        "io.cloister.attestation.evidence.UnlessRevoked it;"),
                sample(
                        "only cases leave revocation open",
                        "attestation.appraisal.DoesWithoutAList",
                        "io.cloister.attestation.amd.AbsentList it;"),
                sample(
                        "only cases leave revocation open",
                        "cli.EvidenceCasesLikeThese",
                        "Object it(io.cloister.attestation.evidence.Verifier verifier) throws"
                                + " Exception { return verifier.verifyUnlessRevoked(null, null,"
                                + " null); }"),
                sample("agent does not listen", "agent.Listens", "java.net.ServerSocket it;"));
    }

    /// A member that needs a class of `module`, which [CompiledClasses#compile] makes up.
    private static String uses(String module) {
        return module + "." + CompiledClasses.MADE_UP + " it;";
    }

    private static BadSample sample(String rule, String name, String member) {
        return new BadSample(
                rule,
                "io.cloister." + name,
                "class " + name.substring(name.lastIndexOf('.') + 1) + " { " + member + " }");
    }
}
