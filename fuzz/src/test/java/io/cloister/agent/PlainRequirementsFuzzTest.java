package io.cloister.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.util.List;

/// A `requirements.txt` without a lock is refused with a [MalformedException], or every package it
/// asks for is there, or is named.
final class PlainRequirementsFuzzTest {
    private static final List<InstalledPackage> INSTALLED =
            List.of(new InstalledPackage("numpy", "1.26.4", Sha256.of(new byte[0])));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void requirements(byte[] bytes) {
        PlainRequirements read;
        try {
            read = PlainRequirements.parse(Bytes.copyOf(bytes));
        } catch (MalformedException _) {
            return;
        }
        boolean known = read.requirements().stream().allMatch(one -> one.name().equals("numpy"));
        if (!known && read.problemsOn(INSTALLED).isEmpty()) {
            throw new AssertionError("a package that is not there is not named");
        }
    }
}
