package io.cloister.client;

import io.cloister.protocol.Email;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// An agreement in plain sentences, for whoever must approve it. What others wrote is escaped and
/// bounded.
public final class Sentences {
    private static final long KIBI = 1L << 10;

    private Sentences() {}

    /// Where the terms differ from the default ones, worst first to read, and which enclaves the
    /// proposal narrows everyone's policy to; none if nowhere.
    public static List<String> deviations(VerifiedAgreement agreement) {
        Terms terms = agreement.terms();
        Terms usual = Terms.defaults(agreement.proposal().issuedAt());
        List<String> sentences = new ArrayList<>();
        if (!terms.outputReaders().isEmpty()) {
            sentences.add(
                    "What the code prints, which may be anything it reads, goes to "
                            + people(terms.outputReaders())
                            + ".");
        }
        if (!terms.tracebackReaders().isEmpty()) {
            sentences.add(
                    "The traceback of a failed run, which may hold anything the code reads, goes to"
                            + " "
                            + people(terms.tracebackReaders())
                            + ".");
        }
        if (terms.dataMayChange()) {
            sentences.add(
                    "Data providers may give other data for later runs: whoever sees two results"
                            + " learns what their difference tells about the data.");
        }
        differ(sentences, "runs per enclave", terms.runs(), usual.runs());
        if (terms.notAfter().isAfter(usual.notAfter())) {
            sentences.add("It ends later than usual, at " + terms.notAfter() + ".");
        }
        differ(
                sentences,
                "output per consumer",
                size(terms.outputBytes()),
                size(usual.outputBytes()));
        differ(sentences, "processor cores", terms.cores(), usual.cores());
        differ(sentences, "processor seconds", terms.cpuSeconds(), usual.cpuSeconds());
        differ(sentences, "wall-clock seconds", terms.wallSeconds(), usual.wallSeconds());
        differ(sentences, "memory", size(terms.memoryBytes()), size(usual.memoryBytes()));
        differ(sentences, "processes", terms.processes(), usual.processes());
        if (terms.inputMode() == InputMode.STREAMING) {
            sentences.add(
                    "Inputs are streamed: the code starts before they are all checked, but nothing"
                            + " leaves until they are.");
        }
        if (terms.isolation() != usual.isolation()) {
            sentences.add(
                    "The least isolation level is "
                            + terms.isolation()
                            + ", usually "
                            + usual.isolation()
                            + ".");
        }
        List<String> measurements = agreement.proposal().measurements();
        if (!measurements.isEmpty()) {
            sentences.add(
                    "Of the enclaves your policy accepts, only those with a measurement named here"
                            + " get a grant: "
                            + String.join(", ", measurements)
                            + ".");
        }
        for (Card card : agreement.cards()) {
            if (!card.recipient().isPostQuantum()) {
                sentences.add(
                        "What "
                                + card.email()
                                + " receives is encrypted with X25519 only: a quantum computer"
                                + " could open it later.");
            }
        }
        return List.copyOf(sentences);
    }

    private static void differ(List<String> sentences, String what, Object actual, Object usual) {
        if (!actual.equals(usual)) {
            sentences.add("Unusual terms: " + what + " is " + actual + ", usually " + usual + ".");
        }
    }

    /// The agreement itself.
    public static List<String> of(VerifiedAgreement agreement) {
        Roster roster = agreement.roster();
        Terms terms = agreement.terms();
        List<String> sentences = new ArrayList<>();
        for (Email consumer : roster.resultConsumers()) {
            sentences.add(
                    "The secret code of "
                            + roster.codeProvider()
                            + " may put anything it reads, up to "
                            + terms.outputBytes()
                            + " bytes, into the result of "
                            + consumer
                            + ".");
        }
        sentences.add("Code comes from " + roster.codeProvider() + ".");
        for (int i = 0; i < roster.dataProviders().size(); i++) {
            sentences.add(
                    "The code reads the data of "
                            + roster.dataProviders().get(i)
                            + " with read("
                            + i
                            + ").");
        }
        for (int i = 0; i < roster.resultConsumers().size(); i++) {
            sentences.add(
                    "It writes for "
                            + roster.resultConsumers().get(i)
                            + " with write(x, "
                            + i
                            + "), or for all at once.");
        }
        sentences.add(
                "It is signed by "
                        + agreement.proposal().owner()
                        + " with the key "
                        + agreement.ownerKey().fingerprint()
                        + ".");
        sentences.add(
                "The code runs at most "
                        + terms.runs()
                        + " time(s) in one enclave, and not after "
                        + terms.notAfter()
                        + "; an enclave's clock is the operator's, so the end is exact only if its"
                        + " host is honest.");
        sentences.add(
                "A run has at most "
                        + terms.cores()
                        + " core(s), "
                        + terms.cpuSeconds()
                        + " processor seconds, "
                        + terms.wallSeconds()
                        + " seconds, "
                        + size(terms.memoryBytes())
                        + " of memory and "
                        + terms.processes()
                        + " process(es), and no network.");
        sentences.add(
                "Python packages: "
                        + agreement.proposal().runtime().name()
                        + " ("
                        + agreement.proposal().runtime().digest()
                        + ").");
        if (terms.outputReaders().isEmpty() && terms.tracebackReaders().isEmpty()) {
            sentences.add("Nobody reads what the code prints, nor tracebacks.");
        }
        sentences.add("Signatures are Ed25519, which a quantum computer could forge.");
        return List.copyOf(sentences);
    }

    /// What a person does in it, in one line.
    public static String place(VerifiedAgreement agreement, Email person) {
        return agreement.roster().roles(person).stream()
                .map(Role::word)
                .collect(Collectors.joining(", "));
    }

    private static String people(List<Email> people) {
        return people.stream().map(Email::value).collect(Collectors.joining(", "));
    }

    /// A number of bytes for people.
    public static String size(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= KIBI && unit < units.length - 1) {
            value /= KIBI;
            unit++;
        }
        return value == Math.rint(value)
                ? (long) value + " " + units[unit]
                : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }

    /// The title, as its author wrote it, fit to be shown.
    public static String title(VerifiedAgreement agreement) {
        return Shown.bounded(agreement.proposal().title());
    }
}
