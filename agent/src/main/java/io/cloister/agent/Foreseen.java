package io.cloister.agent;

import io.cloister.protocol.Bytes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Modules of the runtime that a program will import, as its clear `run.py` says: imported while
/// its enclave waits for grants, they cost the run no time. A guess, not a parser: what it misses
/// is imported when the program asks for it, and what it takes for an import (in a string, say) is
/// a package that everyone agreed on all the same. Of a program that sets environment variables
/// nothing is foreseen: many packages read some when they are imported.
public final class Foreseen {
    /// Most modules of one program.
    static final int MOST_MODULES = 64;

    private static final int MOST_LINES = 10_000;
    private static final int MOST_LINE = 1_000;
    private static final String NAME = "[A-Za-z_][A-Za-z0-9_]*+(?:\\.[A-Za-z_][A-Za-z0-9_]*+)*+";
    private static final Pattern IMPORT = Pattern.compile("\\s*+import\\s++(.++)");
    private static final Pattern FROM =
            Pattern.compile("\\s*+from\\s++(" + NAME + ")\\s++import\\s++\\(?+(.++)");
    private static final Pattern NAMED = Pattern.compile("\\s*+(" + NAME + ")(?:\\s.*+)?+");

    /// A program that sets variables may mean them for what it imports afterwards.
    private static final Pattern ENVIRONMENT = Pattern.compile("environ|putenv");

    private Foreseen() {}

    /// The modules in the order in which `run` names them, at most [#MOST_MODULES].
    ///
    /// @param installed paths of the runtime's files below the folder that Python's path names
    /// @param code paths of the program's own files: what it has under a package's name is not the
    ///   package
    public static List<String> modules(Bytes run, Set<String> installed, Collection<String> code) {
        Set<String> own = code.stream().map(Foreseen::top).collect(Collectors.toSet());
        String program = new String(run.toArray(), StandardCharsets.UTF_8);
        if (ENVIRONMENT.matcher(program).find()) {
            return List.of();
        }
        return program.lines()
                .limit(MOST_LINES)
                .filter(line -> line.length() <= MOST_LINE)
                .flatMap(line -> named(line).stream())
                .filter(name -> isModule(name, installed) && !own.contains(top(name)))
                .distinct()
                .limit(MOST_MODULES)
                .toList();
    }

    private static List<String> named(String line) {
        List<String> names = new ArrayList<>();
        Matcher from = FROM.matcher(line);
        Matcher plain = IMPORT.matcher(line);
        if (from.matches()) {
            names.add(from.group(1));
            for (String each : listed(from.group(2))) {
                names.add(from.group(1) + "." + each);
            }
        } else if (plain.matches()) {
            names.addAll(listed(plain.group(1)));
        }
        return names;
    }

    private static List<String> listed(String list) {
        List<String> names = new ArrayList<>();
        for (String each : list.split("[,;#()]", -1)) {
            Matcher named = NAMED.matcher(each);
            if (named.matches()) {
                names.add(named.group(1));
            }
        }
        return names;
    }

    /// The first part of a path or of a module's name.
    private static String top(String name) {
        return name.split("[/.]", 2)[0];
    }

    private static boolean isModule(String name, Set<String> installed) {
        if (name.endsWith("__main__")) {
            return false;
        }
        String path = name.replace('.', '/');
        return installed.contains(path + "/__init__.py") || installed.contains(path + ".py");
    }
}
