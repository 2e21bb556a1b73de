package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What an agent makes no keys under. That the checks are made is shown by [AgentProcessTest].
final class HardeningTest {
    private static final List<String> CLOSED =
            List.of("-XX:+UseSerialGC", "-XX:+DisableAttachMechanism", "-cp", "a.jar", "Main");
    private static final Map<String, String> ENVIRONMENT = Map.of("PATH", "/bin");

    @TempDir private Path tasks;

    private static String refusal(List<String> arguments, Map<String, String> environment) {
        return String.valueOf(
                assertThrows(
                                IOException.class,
                                () -> Hardening.requireNoAttaching(arguments, environment))
                        .getMessage());
    }

    @Test
    void acceptsAVirtualMachineThatIsClosed() throws Exception {
        Hardening.requireNoAttaching(CLOSED, ENVIRONMENT);
    }

    @Test
    void refusesOneThatWasNotClosed() {
        assertEquals(
                "the virtual machine was started without -XX:+DisableAttachMechanism",
                refusal(List.of("-XX:+UseSerialGC", "-cp", "a.jar", "Main"), ENVIRONMENT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-XX:-DisableAttachMechanism",
                "-XX:Flags=/tmp/flags",
                "-XX:VMOptionsFile=/tmp/options",
                "@/tmp/arguments"
            })
    void refusesArgumentsThatOpenItAgainWhereverTheyStand(String opening) {
        for (int place = 0; place <= CLOSED.size(); place++) {
            List<String> arguments = new ArrayList<>(CLOSED);
            arguments.add(place, opening);
            String refused = refusal(arguments, ENVIRONMENT);
            String said = "the virtual machine was started with an argument ";
            assertEquals(said, refused.substring(0, said.length()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"})
    void refusesAnEnvironmentThatGivesMoreArguments(String name) {
        assertEquals(
                name + " is set in the environment",
                refusal(CLOSED, Map.of("PATH", "/bin", name, "")));
    }

    private void thread(String number, String status) throws IOException {
        Files.writeString(Files.createDirectory(tasks.resolve(number)).resolve("status"), status);
    }

    private String traced() {
        return String.valueOf(
                assertThrows(IOException.class, () -> Hardening.requireNoDebugger(tasks))
                        .getMessage());
    }

    @Test
    void acceptsAProcessWithoutTracer() throws Exception {
        thread("7", "Name:\tjava\nTracerPid:\t0\n");
        thread("8", "Name:\tmain\nTracerPid:\t0\n");
        Hardening.requireNoDebugger(tasks);
    }

    @Test
    void refusesAProcessWithOneThreadThatIsTraced() throws Exception {
        thread("7", "Name:\tjava\nTracerPid:\t0\n");
        thread("8", "Name:\tmain\nTracerPid:\t77\n");
        assertEquals("a debugger was attached before it closed", traced());
    }

    @Test
    void refusesAProcessThatDoesNotSay() throws Exception {
        thread("7", "Name:\tjava\n");
        assertEquals("a debugger was attached before it closed", traced());
    }

    @Test
    void refusesAThreadThatCannotBeRead() throws Exception {
        thread("7", "Name:\tjava\nTracerPid:\t0\n");
        Files.createDirectory(tasks.resolve("8"));
        traced();
    }

    @Test
    void refusesAProcessWithoutThreads() {
        assertEquals("no thread could be seen", traced());
    }
}
