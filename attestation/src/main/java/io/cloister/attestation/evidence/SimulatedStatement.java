package io.cloister.attestation.evidence;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;

/// A simulated platform's claims about one enclave (spec/evidence.md §4.2).
///
/// @param measurement what the platform measured when it started the enclave
/// @param reportData 64 bytes of the enclave's own choice
/// @param debug whether the enclave can be looked into
/// @param instance the platform
/// @param issuedAt whole seconds, the platform's clock
public record SimulatedStatement(
        Measurement measurement,
        Bytes reportData,
        boolean debug,
        PlatformInstance instance,
        Instant issuedAt) {
    /// Length of report data in bytes.
    public static final int REPORT_DATA_LENGTH = 64;

    /// The signed document.
    public static final DocumentType<SimulatedStatement> TYPE = new Type();

    /// The end of the year 9999 in seconds since 1970.
    static final long MAX_INSTANT = 253_402_300_799L;

    public SimulatedStatement {
        if (reportData.length() != REPORT_DATA_LENGTH) {
            throw new IllegalArgumentException(
                    "report data has 64 bytes, not " + reportData.length());
        }
    }

    private static final class Type implements DocumentType<SimulatedStatement> {
        @Override
        public String payloadType() {
            return "application/vnd.cloister.simulated-evidence.v1+json";
        }

        @Override
        public String name() {
            return "statement";
        }

        @Override
        public SimulatedStatement read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            Measurement measurement =
                    Measurement.read(fields.any("measurement"), fields.path("measurement"));
            Bytes reportData = fields.text("reportData", Bytes::fromHex);
            if (reportData.length() != REPORT_DATA_LENGTH) {
                throw new MalformedException(
                        fields.path("reportData"), "64 bytes", reportData.length() + " bytes");
            }
            Fields flags = fields.object("flags");
            boolean debug = flags.bool("debug");
            flags.end();
            var statement =
                    new SimulatedStatement(
                            measurement,
                            reportData,
                            debug,
                            fields.text("instance", PlatformInstance::parse),
                            Instant.ofEpochSecond(fields.integer("issuedAt", 0, MAX_INSTANT)));
            fields.end();
            return statement;
        }

        @Override
        public Json write(SimulatedStatement statement) {
            return Json.object()
                    .put("type", payloadType())
                    .put("measurement", statement.measurement.toJson())
                    .put("reportData", statement.reportData.hex())
                    .put("flags", Json.object().put("debug", statement.debug).build())
                    .put("instance", statement.instance.toString())
                    .put("issuedAt", statement.issuedAt.getEpochSecond())
                    .build();
        }
    }
}
