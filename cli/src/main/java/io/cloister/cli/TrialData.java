package io.cloister.cli;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whose which sample files are.
///
/// @param providers in order, each with its files in order
record TrialData(Map<Email, List<Path>> providers) {
    private static final Pattern NAMED =
            Pattern.compile("([A-Za-z0-9][A-Za-z0-9._+-]{0,63}(?:@[A-Za-z0-9.-]{1,180})?)=(.+)");

    /// What a provider is called that nobody named.
    private static final String UNNAMED = "data";

    TrialData {
        providers = new LinkedHashMap<>(providers);
    }

    /// Reads what was given as `--data`; if that is nothing, takes what is in the project's folder
    /// of sample data.
    static TrialData of(World world, List<String> given, Path samples)
            throws CommandException, MalformedException, IOException {
        var data = new TrialData(new LinkedHashMap<>());
        if (given.isEmpty()) {
            data.addSamples(samples);
        }
        boolean named = false;
        boolean unnamed = false;
        for (String text : given) {
            Matcher matcher = NAMED.matcher(text);
            boolean names = !Files.exists(world.path(text)) && matcher.matches();
            named |= names;
            unnamed |= !names;
            data.add(
                    names ? matcher.group(1) : UNNAMED,
                    world.path(names ? matcher.group(2) : text));
        }
        if (named && unnamed) {
            throw new CommandException(
                    Exit.USAGE,
                    "some --data name a provider and some don't",
                    "name all, as in --data clinic=patients.csv, or none: they are one provider's"
                            + " then");
        }
        if (data.providers.isEmpty()) {
            throw new CommandException(
                    Exit.USAGE,
                    "there is no data to run on",
                    "give --data FILE, or put files into " + samples + "/PROVIDER/");
        }
        return data;
    }

    private void addSamples(Path samples) throws CommandException, MalformedException, IOException {
        if (!Files.isDirectory(samples)) {
            return;
        }
        for (Path entry : visible(samples)) {
            if (Files.isDirectory(entry)) {
                for (Path file : visible(entry)) {
                    add(String.valueOf(entry.getFileName()), file);
                }
            } else {
                throw new CommandException(
                        Exit.USAGE,
                        Shown.bounded(entry.toString()) + " is nobody's",
                        "in this folder each provider's files are in a folder of the provider's"
                                + " name");
            }
        }
    }

    private static List<Path> visible(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private void add(String provider, Path file) throws CommandException, MalformedException {
        if (!Files.isRegularFile(file)) {
            throw new CommandException(Exit.NOT_FOUND, "no file " + Shown.bounded(file.toString()));
        }
        providers.computeIfAbsent(email(provider), _ -> new ArrayList<>()).add(file);
    }

    /// A provider's e-mail: the name itself, or one made of it that nobody can have.
    static Email email(String name) throws MalformedException {
        return Email.fromPerson(name.contains("@") ? name : name + "@test.invalid", "--data");
    }

    /// How many files there are in all.
    int files() {
        return providers.values().stream().mapToInt(List::size).sum();
    }

    /// As a trial's job names them.
    List<Json> toJson() throws MalformedException, IOException {
        List<Json> all = new ArrayList<>();
        for (Map.Entry<Email, List<Path>> provider : providers.entrySet()) {
            List<Json> inputs = new ArrayList<>();
            for (Path file : provider.getValue()) {
                FileName name = FileName.parse(String.valueOf(file.getFileName()), "--data");
                inputs.add(
                        Json.object()
                                .put("name", name.value())
                                .put("file", file.toRealPath().toString())
                                .build());
            }
            all.add(
                    Json.object()
                            .put("email", provider.getKey().value())
                            .put("inputs", inputs)
                            .build());
        }
        return all;
    }
}
