package io.cloister.server;

import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What the server says about itself.
final class ServiceOperations {
    /// Largest sealed document: a grant with as many inputs as a run may have (spec/grant.md §3).
    static final int SEALED_BYTES = 4 << 20;

    private final Control control;
    private final List<Json> dialects;

    ServiceOperations(Control control, boolean cosmian) {
        this.control = control;
        this.dialects =
                cosmian
                        ? List.of(Json.of("cloister"), Json.of("cosmian"))
                        : List.of(Json.of("cloister"));
    }

    void live(Call call) {
        call.answer(200, Json.object().put("status", "live").build());
    }

    void ready(Call call) throws Problem {
        try {
            control.database()
                    .read(handle -> handle.createQuery("SELECT 1").mapTo(Long.class).one());
            Path probe = control.folder().temporary();
            Files.write(probe, new byte[1]);
            Files.delete(probe);
        } catch (IOException | RuntimeException e) {
            control.log().warning("not-ready").because(e).write();
            throw Problem.of(503, "not-ready", "the server can't store anything now");
        }
        call.answer(200, Json.object().put("status", "ready").build());
    }

    void info(Call call) {
        List<Json> runtimes =
                control.launcher().runtimes().stream()
                        .<Json>map(runtime ->
                                Json.object()
                                        .put("name", runtime.name())
                                        .put("digest", runtime.digest().toString())
                                        .build())
                        .toList();
        String kind = control.launcher().kind();
        call.answer(
                200,
                Json.object()
                        .put("name", "cloister")
                        .put("version", version())
                        .put(
                                "launcher",
                                Json.object()
                                        .put("kind", kind)
                                        .put("simulated", control.launcher().isSimulated())
                                        .build())
                        .put("dialects", dialects)
                        .put("runtimes", runtimes)
                        .put(
                                "limits",
                                Json.object()
                                        .put("blobBytes", control.limits().blobBytes())
                                        .put("sealedBytes", SEALED_BYTES)
                                        .build())
                        .build());
    }

    private static String version() {
        return Optional.ofNullable(ServiceOperations.class.getPackage().getImplementationVersion())
                .orElse("development");
    }
}
