package io.cloister.client.endorsement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

class VendorServicesTest {
    @Test
    void takesHttpsAndLoopback() throws Exception {
        assertEquals(
                "https://pccs.example:8081/base/sgx/certification/v4/rootcacrl",
                VendorServices.at("https://pccs.example:8081/base/", "--source")
                        .intelRootCrl()
                        .toString());
        assertEquals(
                "http://localhost:80",
                VendorServices.at("http://localhost:80", "--source").amd().toString());
        VendorServices.at("http://127.0.0.1:8081", "--source");
        VendorServices.at("http://[::1]:8081", "--source");
    }

    @Test
    void refusesEverythingElse() {
        for (String text :
                new String[] {
                    "http://pccs.example",
                    "http://127.0.0.1.example",
                    "http://128.0.0.1",
                    "ftp://localhost",
                    "file:///etc/passwd",
                    "https://user:secret@pccs.example",
                    "https://pccs.example?x=1",
                    "https://pccs.example#x",
                    "https://" + "x".repeat(300),
                    "https://",
                    "pccs.example",
                    "https://a b",
                    "",
                }) {
            assertThrows(MalformedException.class, () -> VendorServices.at(text, "--source"), text);
        }
    }

    @Test
    void namesOneOfIntelsEvaluations() throws Exception {
        assertEquals("update=standard", TcbSelection.parse("standard", "--tcb").query());
        assertEquals("update=early", TcbSelection.parse("early", "--tcb").query());
        assertEquals("tcbEvaluationDataNumber=17", TcbSelection.parse("17", "--tcb").query());
        for (String text : new String[] {"", "0", "017", "65536", "newest", "17&x=1"}) {
            assertThrows(MalformedException.class, () -> TcbSelection.parse(text, "--tcb"), text);
        }
    }
}
