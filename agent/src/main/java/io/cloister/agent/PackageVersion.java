package io.cloister.agent;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The version of a Python package (PEP 440), ordered as that says.
///
/// @param epoch 0 unless it says another
/// @param release the numbers between dots, trailing zeros left out
/// @param pre of a pre-release, its letter's rank and number; empty if it is none
/// @param post of a post-release; empty if it is none
/// @param dev of a development release; empty if it is none
/// @param local what follows `+`, its separators made dots; empty if nothing does
record PackageVersion(
        BigInteger epoch,
        List<BigInteger> release,
        Optional<Pre> pre,
        Optional<BigInteger> post,
        Optional<BigInteger> dev,
        Optional<String> local)
        implements Comparable<PackageVersion> {
    private static final int MAX_LENGTH = 100;

    /// The normal form, and what normalisation allows of pre- and post-releases (PEP 440, appendix
    /// B).
    private static final Pattern FORM =
            Pattern.compile(
                    "v?+(?:(?<epoch>[0-9]++)!)?+(?<release>[0-9]++(?:\\.[0-9]++)*+)"
                        + "(?:[-_.]?+(?<letter>alpha|beta|preview|pre|rc|a|b|c)[-_.]?+(?<pre>[0-9]*+))?+"
                        + "(?:(?:-(?<bare>[0-9]++))|(?:[-_.]?+(?<word>post|rev|r)[-_.]?+(?<post>[0-9]*+)))?+"
                        + "(?<isdev>[-_.]?+dev[-_.]?+(?<dev>[0-9]*+))?+"
                        + "(?:\\+(?<local>[a-z0-9]++(?:[-_.][a-z0-9]++)*+))?+");

    /// Which pre-release it is.
    ///
    /// @param rank 0 alpha, 1 beta, 2 release candidate
    record Pre(int rank, BigInteger number) implements Comparable<Pre> {
        @Override
        public int compareTo(Pre other) {
            int ranks = Integer.compare(rank, other.rank);
            return ranks != 0 ? ranks : number.compareTo(other.number);
        }
    }

    PackageVersion {
        release = List.copyOf(release);
    }

    /// Reads a version; nothing if it is none.
    static Optional<PackageVersion> parse(String text) {
        Matcher matcher = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (text.length() > MAX_LENGTH || !matcher.matches()) {
            return Optional.empty();
        }
        Optional<BigInteger> post =
                matcher.group("bare") != null
                        ? Optional.of(new BigInteger(matcher.group("bare")))
                        : matcher.group("word") == null
                                ? Optional.empty()
                                : Optional.of(number(matcher.group("post")));
        return Optional.of(
                new PackageVersion(
                        matcher.group("epoch") == null
                                ? BigInteger.ZERO
                                : new BigInteger(matcher.group("epoch")),
                        release(matcher.group("release")),
                        matcher.group("letter") == null
                                ? Optional.empty()
                                : Optional.of(
                                        new Pre(
                                                rank(matcher.group("letter")),
                                                number(matcher.group("pre")))),
                        post,
                        matcher.group("isdev") == null
                                ? Optional.empty()
                                : Optional.of(number(matcher.group("dev"))),
                        Optional.ofNullable(matcher.group("local"))
                                .map(local -> local.replaceAll("[-_]", "."))));
    }

    private static BigInteger number(String digits) {
        return digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits);
    }

    private static List<BigInteger> release(String text) {
        List<BigInteger> numbers = new ArrayList<>();
        for (String part : text.split("\\.")) {
            numbers.add(new BigInteger(part));
        }
        while (numbers.size() > 1 && numbers.getLast().signum() == 0) {
            numbers.removeLast();
        }
        return numbers;
    }

    private static int rank(String letter) {
        return switch (letter.charAt(0)) {
            case 'a' -> 0;
            case 'b' -> 1;
            default -> 2;
        };
    }

    /// Whether it is before the release it leads to.
    boolean isPreRelease() {
        return pre.isPresent() || dev.isPresent();
    }

    /// The same without what follows `+`.
    PackageVersion publicPart() {
        return new PackageVersion(epoch, release, pre, post, dev, Optional.empty());
    }

    /// Whether both are of one release: what only a suffix tells apart.
    boolean isOfReleaseOf(PackageVersion other) {
        return epoch.equals(other.epoch) && release.equals(other.release);
    }

    /// Whether the first `count` numbers of both releases are equal.
    boolean sharesNumbers(PackageVersion other, int count) {
        if (!epoch.equals(other.epoch)) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!at(i).equals(other.at(i))) {
                return false;
            }
        }
        return true;
    }

    private BigInteger at(int index) {
        return index < release.size() ? release.get(index) : BigInteger.ZERO;
    }

    /// Local parts don't count.
    @Override
    public int compareTo(PackageVersion other) {
        int epochs = epoch.compareTo(other.epoch);
        if (epochs != 0) {
            return epochs;
        }
        for (int i = 0; i < Math.max(release.size(), other.release.size()); i++) {
            int numbers = at(i).compareTo(other.at(i));
            if (numbers != 0) {
                return numbers;
            }
        }
        return Comparator.comparingInt(PackageVersion::stage)
                .thenComparing(version -> version.pre.orElse(new Pre(0, BigInteger.ZERO)))
                .thenComparing(version -> version.post.orElse(BigInteger.valueOf(-1)))
                .thenComparingInt(version -> version.dev.isPresent() ? 0 : 1)
                .thenComparing(version -> version.dev.orElse(BigInteger.ZERO))
                .compare(this, other);
    }

    /// Development releases of the release itself come before its pre-releases, those before it.
    private int stage() {
        if (pre.isPresent()) {
            return 1;
        }
        return dev.isPresent() && post.isEmpty() ? 0 : 2;
    }
}
