package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SnpRequirement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;

/// What `policy init` writes.
class PolicyTemplateTest {
    private String template = "";

    @BeforeEach
    void read() throws IOException {
        try (InputStream in = PolicyCommand.class.getResourceAsStream("hardware-policy.jsonc")) {
            template =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String withExamples() {
        return template.replace("//- ", "");
    }

    private static AppraisalPolicy parse(String text) throws MalformedException {
        return AppraisalPolicy.parse(Bytes.utf8(text));
    }

    @Test
    void isTheBuiltInPolicyAsItStands() throws Exception {
        assertEquals(AppraisalPolicy.builtIn(), parse(template));
    }

    @Test
    void examplesThatNobodyFilledInAreRefused() {
        assertThrows(MalformedException.class, () -> parse(withExamples()));
    }

    @Test
    void hasAnExampleOfEverythingOnceFilledIn() throws Exception {
        var policy =
                assertInstanceOf(
                        HardwarePolicy.class,
                        parse(withExamples().replace("00000000", "11111111")));

        assertEquals(5, policy.values().size());
        assertEquals(3, policy.chips().size());
        assertEquals(Set.of(Relaxation.values()), policy.allow().byName().keySet());
        assertEquals(1, policy.allow().tcbStatus().size());
        assertEquals(1, policy.allow().vmpl().size());
        assertEquals(1, policy.allow().grace().stream().count());
        assertEquals(19, policy.intel().minEvaluationNumber());
        assertEquals(1, policy.intel().minTcb().size());
        assertEquals(3, policy.snp().minTcb().size());
        assertEquals(Set.of(SnpRequirement.values()), policy.snp().require());
        assertEquals(1, policy.snp().cloudProviders().size());
        assertEquals(0x1111_1111_0000_0001L, policy.snp().mitigations().launch());
    }
}
