package io.cloister.bench.verification;

import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/// Verifies one piece of Evidence again and again, in one thread.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, and then calls `prepare`.
public class VerificationBench {
    /// What is verified.
    @Param({"SGX", "TDX", "SNP"})
    public Kind kind;

    /// Who computes.
    @Param({"JDK", "CORRETTO"})
    public Jca jca;

    private Sample sample;
    private BareSignatures bare;
    private SignatureChecks checks;
    private Verifier verifier;

    /// Reads the Evidence and verifies it once.
    @Setup
    public void prepare()
            throws IOException,
                    GeneralSecurityException,
                    MalformedException,
                    CouldNotCheckException {
        sample = SampleSource.of(kind);
        bare = BareSignatures.of(kind, sample, jca);
        checks = jca.checks();
        verifier = fresh();
        warm();
        signatures();
    }

    private Verifier fresh() {
        return new Verifier(sample.roots(), checks);
    }

    private Verification verify(Verifier by) throws CouldNotCheckException, MalformedException {
        Verification verification =
                by.verify(sample.evidence(), sample.endorsements(), sample.instant());
        if (!(verification instanceof Verification.Authentic)) {
            throw new IllegalStateException("not authentic: " + verification);
        }
        return verification;
    }

    /// Nothing but the signatures that can't be remembered.
    @Benchmark
    public boolean signatures() throws GeneralSecurityException {
        if (!bare.verify()) {
            throw new IllegalStateException("a signature does not verify");
        }
        return true;
    }

    /// By a verifier that has seen the certificates and collateral before.
    @Benchmark
    public Verification warm() throws CouldNotCheckException, MalformedException {
        return verify(verifier);
    }

    /// By a verifier that has seen nothing before.
    @Benchmark
    public Verification cold() throws CouldNotCheckException, MalformedException {
        return verify(fresh());
    }
}
