package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.runtime.WheelRecord;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

class WheelRecordTest {
    private static final String OWN = "six-1.0.dist-info/RECORD";
    private static final String END = OWN + ",,\n";
    private static final String DIGEST = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    @Test
    void readsEveryEntryButItsOwn() throws Exception {
        WheelRecord record = parse("six.py," + DIGEST + ",0\r\n" + END);

        assertEquals(
                List.of(new WheelRecord.Entry("six.py", Sha256.of(new byte[0]), 0)),
                record.entries());
    }

    @Test
    void readsAQuotedPath() throws Exception {
        WheelRecord record = parse("\"a, \"\"b\"\".py\"," + DIGEST + ",0\n" + END);

        assertEquals("a, \"b\".py", record.entries().getFirst().path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../six.py",
                "a/../../six.py",
                "/etc/passwd",
                "a//six.py",
                "./six.py",
                "a/.",
                "a\\..\\six.py",
                "C:six.py",
                "a\u0000b",
                "a\u007fb",
                "",
            })
    void refusesAPathThatCouldLeaveItsFolder(String path) {
        assertThrows(MalformedException.class, () -> parse(path + "," + DIGEST + ",0\n" + END));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "six.py," + DIGEST + ",0\n",
                "six.py,,\n" + END,
                "six.py," + DIGEST + ",\n" + END,
                "six.py," + DIGEST + "\n" + END,
                "six.py," + DIGEST + ",-1\n" + END,
                "six.py," + DIGEST + ",01\n" + END,
                "six.py," + DIGEST + ",1000000000000000\n" + END,
                "six.py," + DIGEST + "=,0\n" + END,
                "six.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,0\n" + END,
                "six.py,sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU,0\n" + END,
                "six.py," + DIGEST + ",0\nsix.py," + DIGEST + ",0\n" + END,
                "a,b," + DIGEST + ",0\n" + END,
                "\"a\"b\"," + DIGEST + ",0\n" + END,
                "other-1.0.dist-info/RECORD,,\n",
            })
    void refuses(String record) {
        assertThrows(MalformedException.class, () -> parse(record));
    }

    @Test
    void refusesWhatIsNotUtf8() {
        assertThrows(
                MalformedException.class,
                () ->
                        WheelRecord.parse(
                                Bytes.concat(
                                        Bytes.copyOf(new byte[] {(byte) 0xff}),
                                        Bytes.utf8("," + DIGEST + ",0\n" + END)),
                                OWN));
    }

    private static WheelRecord parse(String text) throws MalformedException {
        return WheelRecord.parse(Bytes.utf8(text), OWN);
    }
}
