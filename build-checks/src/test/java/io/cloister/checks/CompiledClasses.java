package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Compiled classes to judge: ours, and bad samples.
final class CompiledClasses {
    static final String MADE_UP = "MadeUpForABadSample";
    private static final Pattern MADE_UP_NAME =
            Pattern.compile("io\\.cloister\\.[a-z.]+" + MADE_UP);

    private CompiledClasses() {}

    /// The classes of every module, without this one's.
    static JavaClasses ours() {
        return new ClassFileImporter()
                .withImportOption(location -> !location.contains("/io/cloister/checks/"))
                .importPackages("io.cloister");
    }

    /// The class that `source` declares, compiled under the full name `name` into `folder`. Any
    /// class of ours called [#MADE_UP] that it refers to is made as well.
    static JavaClasses compile(Path folder, String name, String source) throws IOException {
        List<Path> sources = new ArrayList<>();
        sources.add(write(folder, name, source));
        for (var found = MADE_UP_NAME.matcher(source); found.find(); ) {
            sources.add(write(folder, found.group(), "public class " + MADE_UP + " {}"));
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
            boolean compiled =
                    compiler.getTask(
                                    messages,
                                    files,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-d",
                                            folder.toString(),
                                            "-cp",
                                            System.getProperty("java.class.path")),
                                    null,
                                    files.getJavaFileObjectsFromPaths(sources))
                            .call();
            assertTrue(compiled, messages::toString);
        }
        return new ClassFileImporter().importPath(folder);
    }

    private static Path write(Path folder, String name, String source) throws IOException {
        Path file = folder.resolve(name.replace('.', '/') + ".java");
        Files.createDirectories(
                folder.resolve(name.substring(0, name.lastIndexOf('.')).replace('.', '/')));
        Files.writeString(
                file, "package " + name.substring(0, name.lastIndexOf('.')) + ";\n" + source);
        return file;
    }
}
