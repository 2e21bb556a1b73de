package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.TreeMap;

/// The server's table of operations and `spec/openapi.yaml` say the same.
final class ContractTest {
    @TempDir Path data = Path.of("");

    @Test
    void operationsRolesAndLimitsAreThoseOfTheDocument() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            var documented = new TreeMap<String, String>();
            stage.contract
                    .operations()
                    .forEach((id, operation) ->
                            documented.put(
                                    id,
                                    operation.method()
                                            + " "
                                            + operation.path()
                                            + " "
                                            + Contract.roles(operation).stream().sorted().toList()
                                            + " "
                                            + stage.contract.maxBytes(operation)));
            var served = new TreeMap<String, String>();
            for (Route route : stage.server().routes()) {
                served.put(
                        route.operation(),
                        route.method().name().toLowerCase(java.util.Locale.ROOT)
                                + " "
                                + route.path()
                                + " "
                                + route.allowed().stream().sorted().toList()
                                + " "
                                + route.maxBody());
            }
            assertEquals(documented, served);
        }
    }
}
