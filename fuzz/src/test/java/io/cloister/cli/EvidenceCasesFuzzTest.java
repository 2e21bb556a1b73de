package io.cloister.cli;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/// A file of cases: run, or refused as malformed; and no file is read that is not there.
final class EvidenceCasesFuzzTest {
    private final Verifier verifier = Verifier.standard();

    @TempDir private Path folder;

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void casesOfAnyKindAreRunOrRefused(byte[] cases) {
        try {
            EvidenceCases.run(cases, folder, verifier);
        } catch (MalformedException | IOException expected) {
            // Refused.
        }
    }
}
