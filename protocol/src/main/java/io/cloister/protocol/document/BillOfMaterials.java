package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The Python packages a run had, as a CycloneDX document (spec/documents.md §9.1): a small, closed
/// part of version 1.6 of that format, so that any of its tools reads it and ours reads nothing
/// else.
///
/// @param packages by name, ascending, each once
public record BillOfMaterials(List<Component> packages) {
    /// Most packages, those of the runtime and of the code together.
    public static final int MAX_PACKAGES = 1_000;

    private static final String FORMAT = "CycloneDX";
    private static final String VERSION = "1.6";
    private static final String PROPERTY = "cloister:from";
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?");
    private static final Pattern RELEASE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.!+_]{0,79}");

    public BillOfMaterials {
        packages = List.copyOf(packages);
        if (packages.size() > MAX_PACKAGES) {
            throw new IllegalArgumentException("more packages than a run may have");
        }
        for (int i = 1; i < packages.size(); i++) {
            if (packages.get(i - 1).name().compareTo(packages.get(i).name()) >= 0) {
                throw new IllegalArgumentException("packages do not ascend");
            }
        }
    }

    /// Where a package came from.
    public enum Origin {
        /// The agreed runtime.
        RUNTIME,
        /// The wheels that came with the code.
        CODE;

        /// Reads the word on the wire.
        public static Origin parse(String text, String path) throws MalformedException {
            return Words.parse(Origin.class, text, path);
        }

        /// The word on the wire.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// One package.
    ///
    /// @param name in the normal form of PEP 503
    /// @param version as its wheel's name gives it
    /// @param wheel SHA-256 of the wheel it was installed from
    /// @param origin where that came from
    public record Component(String name, String version, Sha256 wheel, Origin origin) {
        public Component {
            if (!NAME.matcher(name).matches() || !RELEASE.matcher(version).matches()) {
                throw new IllegalArgumentException("no name and version of a package");
            }
        }

        /// Its package URL.
        public String purl() {
            return "pkg:pypi/" + name + "@" + version.replace("!", "%21").replace("+", "%2B");
        }

        private Json toJson() {
            return Json.object()
                    .put("type", "library")
                    .put("bom-ref", purl())
                    .put("name", name)
                    .put("version", version)
                    .put("purl", purl())
                    .put(
                            "hashes",
                            List.of(
                                    Json.object()
                                            .put("alg", "SHA-256")
                                            .put("content", wheel.hex())
                                            .build()))
                    .put(
                            "properties",
                            List.of(
                                    Json.object()
                                            .put("name", PROPERTY)
                                            .put("value", origin.word())
                                            .build()))
                    .build();
        }

        private static Component read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            fields.constant("type", "library");
            Component read;
            try {
                read =
                        new Component(
                                fields.string("name", 1, 100),
                                fields.string("version", 1, 80),
                                only(fields, "hashes", Component::hash),
                                only(fields, "properties", Component::origin));
            } catch (IllegalArgumentException _) {
                throw new MalformedException(path, "a package's name and version", "others");
            }
            fields.constant("bom-ref", read.purl());
            fields.constant("purl", read.purl());
            fields.end();
            return read;
        }

        private static <T> T only(Fields fields, String name, Fields.Reader<Json, T> reader)
                throws MalformedException {
            List<T> all = fields.list(name, 1, reader);
            if (all.isEmpty()) {
                throw new MalformedException(fields.path(name), "one element", "none");
            }
            return all.getFirst();
        }

        private static Sha256 hash(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            fields.constant("alg", "SHA-256");
            Sha256 digest = Sha256.parse("sha256:" + fields.string("content", 64, 64), path);
            fields.end();
            return digest;
        }

        private static Origin origin(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            fields.constant("name", PROPERTY);
            Origin origin = fields.text("value", Origin::parse);
            fields.end();
            return origin;
        }
    }

    /// As CycloneDX.
    public Json toJson() {
        return Json.object()
                .put("bomFormat", FORMAT)
                .put("specVersion", VERSION)
                .put("version", 1)
                .put("components", packages.stream().map(Component::toJson).toList())
                .build();
    }

    /// Reads one.
    ///
    /// @throws MalformedException if it is none of this form, naming `path`
    public static BillOfMaterials read(Json value, String path) throws MalformedException {
        Fields fields = Fields.of(value, path);
        fields.constant("bomFormat", FORMAT);
        fields.constant("specVersion", VERSION);
        fields.integer("version", 1, 1);
        List<Component> packages = fields.list("components", MAX_PACKAGES, Component::read);
        fields.end();
        try {
            return new BillOfMaterials(packages);
        } catch (IllegalArgumentException _) {
            throw new MalformedException(
                    path + ".components", "each package once, ascending by name", "others");
        }
    }
}
