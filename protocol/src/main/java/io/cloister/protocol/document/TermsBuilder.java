package io.cloister.protocol.document;

import io.cloister.protocol.Email;

import java.time.Instant;
import java.util.List;

/// Terms that differ from others in some entries, each with the bounds that [Terms] names; used by
/// one thread. Nothing is checked before [#build].
public final class TermsBuilder {
    private long runs;
    private Instant notAfter;
    private long cores;
    private long cpuSeconds;
    private long memoryBytes;
    private long processes;
    private long wallSeconds;
    private long outputBytes;
    private IsolationLevel isolation;
    private InputMode inputMode;
    private boolean dataMayChange;
    private List<Email> outputReaders;
    private List<Email> tracebackReaders;

    TermsBuilder(Terms terms) {
        runs = terms.runs();
        notAfter = terms.notAfter();
        cores = terms.cores();
        cpuSeconds = terms.cpuSeconds();
        memoryBytes = terms.memoryBytes();
        processes = terms.processes();
        wallSeconds = terms.wallSeconds();
        outputBytes = terms.outputBytes();
        isolation = terms.isolation();
        inputMode = terms.inputMode();
        dataMayChange = terms.dataMayChange();
        outputReaders = terms.outputReaders();
        tracebackReaders = terms.tracebackReaders();
    }

    /// Sets [Terms#runs].
    public TermsBuilder runs(long runs) {
        this.runs = runs;
        return this;
    }

    /// Sets [Terms#notAfter].
    public TermsBuilder notAfter(Instant notAfter) {
        this.notAfter = notAfter;
        return this;
    }

    /// Sets [Terms#cores].
    public TermsBuilder cores(long cores) {
        this.cores = cores;
        return this;
    }

    /// Sets [Terms#cpuSeconds].
    public TermsBuilder cpuSeconds(long cpuSeconds) {
        this.cpuSeconds = cpuSeconds;
        return this;
    }

    /// Sets [Terms#memoryBytes].
    public TermsBuilder memoryBytes(long memoryBytes) {
        this.memoryBytes = memoryBytes;
        return this;
    }

    /// Sets [Terms#processes].
    public TermsBuilder processes(long processes) {
        this.processes = processes;
        return this;
    }

    /// Sets [Terms#wallSeconds].
    public TermsBuilder wallSeconds(long wallSeconds) {
        this.wallSeconds = wallSeconds;
        return this;
    }

    /// Sets [Terms#outputBytes].
    public TermsBuilder outputBytes(long outputBytes) {
        this.outputBytes = outputBytes;
        return this;
    }

    /// Sets [Terms#isolation].
    public TermsBuilder isolation(IsolationLevel isolation) {
        this.isolation = isolation;
        return this;
    }

    /// Sets [Terms#inputMode].
    public TermsBuilder inputMode(InputMode inputMode) {
        this.inputMode = inputMode;
        return this;
    }

    /// Sets [Terms#dataMayChange].
    public TermsBuilder dataMayChange(boolean dataMayChange) {
        this.dataMayChange = dataMayChange;
        return this;
    }

    /// Sets [Terms#outputReaders].
    public TermsBuilder outputReaders(List<Email> outputReaders) {
        this.outputReaders = outputReaders;
        return this;
    }

    /// Sets [Terms#tracebackReaders].
    public TermsBuilder tracebackReaders(List<Email> tracebackReaders) {
        this.tracebackReaders = tracebackReaders;
        return this;
    }

    /// The terms as they are now.
    ///
    /// @throws IllegalArgumentException if an entry is out of bounds, or more than one run goes
    ///   without `dataMayChange`
    public Terms build() {
        return new Terms(
                runs,
                notAfter,
                cores,
                cpuSeconds,
                memoryBytes,
                processes,
                wallSeconds,
                outputBytes,
                isolation,
                inputMode,
                dataMayChange,
                outputReaders,
                tracebackReaders);
    }
}
