package io.cloister.fuzz.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Armor;
import io.cloister.fuzz.FuzzTime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Armor is decoded or refused with an [AgeException].
final class ArmorFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void armor(byte[] armored) {
        try (var file = Armor.decoding(new ByteArrayInputStream(armored))) {
            file.transferTo(OutputStream.nullOutputStream());
        } catch (AgeException _) {
            // As it must be.
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }
}
