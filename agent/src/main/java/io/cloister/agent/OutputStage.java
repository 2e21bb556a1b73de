package io.cloister.agent;

import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All outputs of one run, staged: bodies at the control plane, headers here. Used by one thread.
final class OutputStage implements RunObserver, AutoCloseable {
    /// Index, printed text and traceback, beside results, for each reader.
    private static final int OTHERS_PER_READER = 3;

    private static final FileName INDEX = new FileName("index");
    private static final FileName PRINTED = new FileName("output.txt");
    private static final FileName TRACEBACK = new FileName("traceback.txt");

    private final ControlPlane plane;
    private final Roster roster;
    private final long run;
    private final OutputSealing sealing;
    private final Map<OutputKey, OutputUpload> results = new LinkedHashMap<>();
    private final Map<Email, Long> positions = new HashMap<>();
    private boolean full;

    OutputStage(ControlPlane plane, Roster roster, RunPlan plan) {
        this.plane = plane;
        this.roster = roster;
        this.run = plan.run();
        this.sealing = plan.outputs();
    }

    @Override
    public OutputStream open(OutputKey key) throws IOException {
        if (key.name().isPresent() && !sealing.isIndexed()) {
            throw new IOException("results have no names in this dialect");
        }
        Email reader = roster.resultConsumers().get(key.consumer());
        int others = OTHERS_PER_READER * roster.people().size();
        if (results.size() >= Receipt.MAX_OUTPUTS - others) {
            full = true;
            throw new IOException("the outputs of this run are more than a receipt names");
        }
        long position = positions.merge(reader, 1L, Long::sum) - 1;
        OutputUpload upload =
                begin(reader, Receipt.Kind.RESULT, position, RunEnding.name(key, position), true);
        results.put(key, upload);
        return upload;
    }

    /// Ends what user code left open, padded as if it had been closed. To be called when user code
    /// has ended, whatever its end.
    void settle() {
        results.values().forEach(OutputUpload::settle);
    }

    /// Whether the run was ended because it wrote more outputs than a receipt can name.
    boolean isFull() {
        return full;
    }

    private OutputUpload begin(
            Email reader, Receipt.Kind kind, long position, FileName name, boolean padded)
            throws IOException {
        ControlPlane.Upload upload = plane.output(run, reader, kind, position);
        try {
            return new OutputUpload(upload, reader, sealing, kind, position, name, padded);
        } catch (IOException | RuntimeException e) {
            upload.close();
            throw e;
        }
    }

    /// Stages `content` for `reader`.
    private StagedOutput stage(
            Email reader, Receipt.Kind kind, FileName name, Bytes content, boolean padded)
            throws IOException {
        OutputUpload upload = begin(reader, kind, 0, name, padded);
        try {
            upload.write(content.toArray());
            upload.close();
            return upload.staged().orElseThrow();
        } finally {
            upload.giveUp();
        }
    }

    /// Stages what the code printed.
    StagedOutput printed(Email reader, Bytes log) throws IOException {
        return stage(reader, Receipt.Kind.OUTPUT, PRINTED, log, true);
    }

    /// Stages the traceback.
    StagedOutput traceback(Email reader, String traceback) throws IOException {
        return stage(reader, Receipt.Kind.TRACEBACK, TRACEBACK, Bytes.utf8(traceback), true);
    }

    /// Stages `reader`'s index of `outputs`, in their order, each under a name of its own.
    StagedOutput index(Email reader, List<StagedOutput> outputs) throws IOException {
        Set<FileName> names = new HashSet<>();
        List<OutputIndex.Entry> entries = new ArrayList<>();
        for (StagedOutput output : outputs) {
            OutputIndex.Entry entry = output.entry();
            FileName name = entry.name();
            for (int i = 2; !names.add(name); i++) {
                name = new FileName("another-" + i);
            }
            entries.add(new OutputIndex.Entry(name, entry.bytes(), entry.digest()));
        }
        return stage(reader, Receipt.Kind.INDEX, INDEX, new OutputIndex(entries).padded(), false);
    }

    /// The results for `reader` that stand, in the order they were opened.
    ///
    /// @param standing what the run's report says stands
    List<StagedOutput> results(Email reader, List<OutputKey> standing) {
        return results.entrySet().stream()
                .filter(one -> standing.contains(one.getKey()))
                .flatMap(one -> one.getValue().staged().stream())
                .filter(staged -> staged.reader().equals(reader))
                .toList();
    }

    /// Cuts off whatever has not ended.
    @Override
    public void close() {
        results.values().forEach(OutputUpload::giveUp);
    }
}
