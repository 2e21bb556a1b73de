package io.cloister.agent.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Which results a run has written, for whom, and how much. Not thread-safe.
///
/// Each result's size shows to the operator, in Padmé steps, whether or not anybody ever gets it:
/// so there are few, and fewer that nobody gets (SECURITY.md, what leaks).
final class OutputLedger {
    /// Most results of one run, each for one consumer or for all.
    static final int MOST_RESULTS = 256;

    /// Most results open at one time, those that the code has given up among them.
    static final int MOST_OPEN = 16;

    /// Most consumers of all results open at one time together: each needs a stream of the agent's
    /// link, which has 256, some for other things.
    static final int MOST_OPEN_COPIES = 192;

    /// Most results of one run that are of the same consumer and name as one opened before.
    static final int MOST_AGAIN = 16;

    private record Slot(int consumer, Optional<String> name) {}

    private record Target(OutputKey key, OutputStream stream) {}

    private final int consumers;
    private final long bytesPerConsumer;
    private final RunObserver observer;
    private final long[] written;
    private final Map<Integer, List<Target>> open = new HashMap<>();
    private final Map<Slot, OutputKey> standing = new HashMap<>();
    private final Set<Slot> opened = new HashSet<>();
    private int openedAgain;
    private int nextId;
    private int nextSequence;

    OutputLedger(int consumers, long bytesPerConsumer, RunObserver observer) {
        this.consumers = consumers;
        this.bytesPerConsumer = bytesPerConsumer;
        this.observer = observer;
        this.written = new long[consumers];
    }

    void open(LoaderMessage.Open message) throws IOException, ViolationException {
        if (message.id() != nextId) {
            throw new ViolationException("a result opened out of turn");
        }
        nextId++;
        if (nextId > MOST_RESULTS) {
            throw new ViolationException("more results than allowed");
        }
        if (open.size() >= MOST_OPEN) {
            throw new ViolationException("more results open at a time than allowed");
        }
        OptionalInt one = message.consumer();
        if (one.isPresent() && one.getAsInt() >= consumers) {
            throw new ViolationException("a result for a consumer there is not");
        }
        int first = one.orElse(0);
        int end = one.isPresent() ? first + 1 : consumers;
        if (end - first > MOST_OPEN_COPIES - openCopies()) {
            throw new ViolationException("results open at a time for more consumers than allowed");
        }
        boolean again = false;
        for (int consumer = first; consumer < end; consumer++) {
            again |= !opened.add(new Slot(consumer, message.name()));
        }
        if (again && ++openedAgain > MOST_AGAIN) {
            throw new ViolationException("more results in the place of others than allowed");
        }
        List<Target> targets = new ArrayList<>();
        for (int consumer = first; consumer < end; consumer++) {
            var key = new OutputKey(consumer, message.name(), nextSequence++);
            targets.add(new Target(key, observer.open(key)));
        }
        open.put(message.id(), targets);
    }

    private int openCopies() {
        return open.values().stream().mapToInt(List::size).sum();
    }

    /// Writes `length` bytes to every consumer of result `id`; whether all may have so much. If not
    /// nothing is written.
    boolean write(int id, byte[] content, int offset, int length)
            throws IOException, ViolationException {
        List<Target> targets = open.get(id);
        if (targets == null) {
            throw new ViolationException("bytes for a result that is not open");
        }
        for (Target target : targets) {
            int consumer = target.key().consumer();
            if (length > bytesPerConsumer - written[consumer]) {
                return false;
            }
            written[consumer] += length;
        }
        for (Target target : targets) {
            target.stream().write(content, offset, length);
        }
        return true;
    }

    void close(int id) throws IOException, ViolationException {
        List<Target> targets = open.remove(id);
        if (targets == null) {
            throw new ViolationException("the end of a result that is not open");
        }
        for (Target target : targets) {
            target.stream().close();
            standing.put(new Slot(target.key().consumer(), target.key().name()), target.key());
        }
    }

    /// The complete results that no later one has replaced, by consumer and sequence.
    List<OutputKey> standing() {
        Set<OutputKey> keys = new HashSet<>(standing.values());
        return keys.stream()
                .sorted(
                        Comparator.comparingInt(OutputKey::consumer)
                                .thenComparingInt(OutputKey::sequence))
                .toList();
    }
}
