package io.cloister.client.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.util.List;

class ServerUrlTest {
    @Test
    void acceptsHttpsAndLoopback() throws MalformedException {
        for (String text :
                List.of(
                        "https://example.org",
                        "https://example.org:8443",
                        "https://[2001:db8::1]:8443",
                        "http://localhost:8080",
                        "http://127.0.0.1:1",
                        "http://127.9.9.9:1",
                        "http://[::1]:8080")) {
            assertEquals(text, ServerUrl.parse(text, "server").value());
        }
    }

    @Test
    void mendsWhatAPersonTyped() throws MalformedException {
        assertEquals(
                "https://example.org",
                ServerUrl.fromPerson(" HTTPS://Example.org:443/ ", "server").value());
        assertEquals(
                "http://localhost", ServerUrl.fromPerson("http://localhost:80", "server").value());
    }

    @Test
    void refusesPlainHttpBeyondLoopbackAndEveryOtherForm() {
        for (String text :
                List.of(
                        "http://example.org",
                        "http://10.0.0.1:8080",
                        "http://127.0.0.1.example.org",
                        "http://localhost.example.org",
                        "https://example.org/",
                        "https://example.org/path",
                        "https://example.org?query",
                        "https://example.org#fragment",
                        "https://user@example.org",
                        "https://EXAMPLE.org",
                        "https://example.org:443",
                        "https://example.org:0",
                        "https://example.org:99999",
                        "ftp://example.org",
                        "file:///etc/passwd",
                        "https://",
                        "example.org",
                        "")) {
            assertThrows(MalformedException.class, () -> ServerUrl.parse(text, "server"), text);
        }
    }
}
