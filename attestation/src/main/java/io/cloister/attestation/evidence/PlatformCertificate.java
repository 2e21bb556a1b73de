package io.cloister.attestation.evidence;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;

/// A simulated installation's root saying which key its platform signs with (spec/evidence.md
/// §4.1).
///
/// @param platformKey what signs statements
/// @param instance the platform
/// @param notBefore first instant of validity, whole seconds
/// @param notAfter last instant of validity, whole seconds
public record PlatformCertificate(
        PublicSigningKey platformKey,
        PlatformInstance instance,
        Instant notBefore,
        Instant notAfter) {
    /// The signed document.
    public static final DocumentType<PlatformCertificate> TYPE = new Type();

    public PlatformCertificate {
        if (notAfter.isBefore(notBefore)) {
            throw new IllegalArgumentException("validity ends before it begins");
        }
    }

    private static final class Type implements DocumentType<PlatformCertificate> {
        @Override
        public String payloadType() {
            return "application/vnd.cloister.simulated-platform-certificate.v1+json";
        }

        @Override
        public String name() {
            return "certificate";
        }

        @Override
        public PlatformCertificate read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            PublicSigningKey key = fields.text("platformKey", PublicSigningKey::parse);
            PlatformInstance instance = fields.text("instance", PlatformInstance::parse);
            long notBefore = fields.integer("notBefore", 0, SimulatedStatement.MAX_INSTANT);
            long notAfter = fields.integer("notAfter", notBefore, SimulatedStatement.MAX_INSTANT);
            fields.end();
            return new PlatformCertificate(
                    key,
                    instance,
                    Instant.ofEpochSecond(notBefore),
                    Instant.ofEpochSecond(notAfter));
        }

        @Override
        public Json write(PlatformCertificate certificate) {
            return Json.object()
                    .put("type", payloadType())
                    .put("platformKey", certificate.platformKey.toString())
                    .put("instance", certificate.instance.toString())
                    .put("notBefore", certificate.notBefore.getEpochSecond())
                    .put("notAfter", certificate.notAfter.getEpochSecond())
                    .build();
        }
    }
}
