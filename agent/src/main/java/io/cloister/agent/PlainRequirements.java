package io.cloister.agent;

import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A `requirements.txt` without a lock (spec/cosmian.md §10): names of packages with plain version
/// specifiers of PEP 440, for which the runtime's own have to do.
///
/// @param requirements in the order of the lines
record PlainRequirements(List<Requirement> requirements) {
    private static final String WHERE = "requirements.txt";
    private static final int MAX_LINES = 1_000;
    private static final int MAX_LINE = 300;
    private static final Pattern LINE =
            Pattern.compile(
                    "(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?)\\s*+(?:\\((?<in>[^()]*+)\\)|(?<clauses>[^()]*+))");
    private static final Pattern CLAUSE =
            Pattern.compile(
                    "(?<operator>==|!=|<=|>=|<|>|~=)\\s*+(?<version>[^\\s=<>~,*]+?)(?<any>\\.\\*)?+");

    PlainRequirements {
        requirements = List.copyOf(requirements);
    }

    /// One line.
    ///
    /// @param text the line
    /// @param name in the normal form of PEP 503
    /// @param clauses all of which the version has to fit
    record Requirement(String text, String name, List<Clause> clauses) {
        Requirement {
            clauses = List.copyOf(clauses);
        }
    }

    /// A comparison with a version.
    ///
    /// @param operator as in PEP 440
    /// @param version to compare with
    /// @param numbers how many numbers its release was written with
    /// @param anyFurther whether it ends in `.*`
    record Clause(String operator, PackageVersion version, int numbers, boolean anyFurther) {
        /// Whether `installed` fits.
        boolean fits(PackageVersion installed) {
            PackageVersion plain = installed.publicPart();
            int order = plain.compareTo(version);
            return switch (operator) {
                case "==" -> isEqual(installed);
                case "!=" -> !isEqual(installed);
                case "<=" -> order <= 0;
                case ">=" -> order >= 0;
                case "<" ->
                        order < 0
                                && (version.isPreRelease()
                                        || !installed.isPreRelease()
                                        || !installed.isOfReleaseOf(version));
                case ">" ->
                        order > 0
                                && (version.post().isPresent()
                                        || installed.post().isEmpty()
                                        || !installed.isOfReleaseOf(version));
                default -> order >= 0 && installed.sharesNumbers(version, numbers - 1);
            };
        }

        private boolean isEqual(PackageVersion installed) {
            if (anyFurther) {
                return installed.sharesNumbers(version, numbers);
            }
            return version.local().isPresent()
                    ? installed.equals(version)
                    : installed.publicPart().equals(version);
        }
    }

    /// Reads a file of requirements.
    ///
    /// @throws MalformedException if a line asks for anything but a package and its version
    static PlainRequirements parse(Bytes content) throws MalformedException {
        String text;
        try {
            text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(content.toArray()))
                            .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException(WHERE, "text in UTF-8", "other bytes");
        }
        List<String> lines = text.lines().toList();
        if (lines.size() > MAX_LINES) {
            throw new MalformedException(
                    WHERE, "at most " + MAX_LINES + " lines", lines.size() + " lines");
        }
        List<Requirement> requirements = new ArrayList<>();
        for (String line : lines) {
            String bare = withoutComment(line).strip();
            if (!bare.isEmpty()) {
                requirements.add(requirement(bare));
            }
        }
        return new PlainRequirements(requirements);
    }

    private static String withoutComment(String line) {
        int hash = line.indexOf('#');
        boolean comment = hash == 0 || (hash > 0 && Character.isWhitespace(line.charAt(hash - 1)));
        return comment ? line.substring(0, hash) : line;
    }

    private static Requirement requirement(String line) throws MalformedException {
        Matcher matcher = LINE.matcher(line);
        if (line.length() > MAX_LINE || !matcher.matches()) {
            throw notPlain(line);
        }
        String specifier =
                Optional.ofNullable(matcher.group("in"))
                        .orElseGet(() -> matcher.group("clauses"))
                        .strip();
        List<Clause> clauses = new ArrayList<>();
        if (!specifier.isEmpty()) {
            for (String clause : specifier.split(",", -1)) {
                clauses.add(clause(clause.strip(), line));
            }
        }
        String name = matcher.group("name").toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
        return new Requirement(line, name, clauses);
    }

    private static Clause clause(String text, String line) throws MalformedException {
        Matcher matcher = CLAUSE.matcher(text);
        if (!matcher.matches()) {
            throw notPlain(line);
        }
        String operator = matcher.group("operator");
        String written = matcher.group("version");
        boolean any = matcher.group("any") != null;
        PackageVersion version = PackageVersion.parse(written).orElseThrow(() -> notPlain(line));
        int numbers = numbers(written);
        boolean equality = operator.equals("==") || operator.equals("!=");
        if ((any && !equality)
                || (any && !written.matches("v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)*"))
                || (operator.equals("~=") && numbers < 2)
                || (version.local().isPresent() && !equality)) {
            throw notPlain(line);
        }
        return new Clause(operator, version, numbers, any);
    }

    private static int numbers(String written) {
        String release = written.replaceFirst("^v?(?:[0-9]+!)?", "");
        Matcher matcher = Pattern.compile("[0-9]+(?:\\.[0-9]+)*").matcher(release);
        return matcher.lookingAt() ? matcher.group().split("\\.").length : 0;
    }

    private static MalformedException notPlain(String line) {
        return new MalformedException(
                WHERE,
                "a package of the runtime with a plain version specifier in each line (in the"
                        + " Cosmian dialect there are no others)",
                line);
    }

    /// What is not there, as sentences; none if `installed` has everything.
    List<String> problemsOn(List<InstalledPackage> installed) {
        Map<String, String> versions = new HashMap<>();
        installed.forEach(one -> versions.put(one.name(), one.version()));
        List<String> problems = new ArrayList<>();
        for (Requirement requirement : requirements) {
            String version = versions.get(requirement.name);
            if (version == null) {
                problems.add(
                        "the runtime has no package "
                                + requirement.name
                                + ", and in the Cosmian dialect no code brings its own");
                continue;
            }
            Optional<PackageVersion> parsed = PackageVersion.parse(version);
            if (parsed.isEmpty()
                    || !requirement.clauses.stream().allMatch(one -> one.fits(parsed.get()))) {
                problems.add(
                        "the runtime has "
                                + requirement.name
                                + " "
                                + version
                                + ", which does not fit: "
                                + requirement.text);
            }
        }
        return problems;
    }
}
