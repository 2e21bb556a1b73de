package io.cloister.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.cosmian.Project;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;

/// A tar of code is refused with a [MalformedException], or was read to its end; and if the enclave
/// takes it too, it finds the digests that the server put into the agreement. An input is the tar.
final class CodeTarFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void serverAndEnclaveReadTheSame(byte[] input) throws IOException {
        var in = new ByteArrayInputStream(input);
        CodeDigests stated;
        try {
            stated = CodeTar.digests(in, Sha256.of(input), input.length);
        } catch (MalformedException _) {
            return;
        }
        if (in.available() > 0) {
            throw new AssertionError(in.available() + " bytes were not read");
        }
        Project project;
        try {
            project = Project.read(new ByteArrayInputStream(input));
        } catch (MalformedException | EOFException _) {
            return;
        }
        if (!project.digests().equals(stated)) {
            throw new AssertionError(stated + " in the agreement, " + project.digests());
        }
    }
}
