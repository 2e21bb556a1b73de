package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;

/// From a captured quote to its verdict offline, with the answers that Intel's service gave then.
class EvidenceFetchCommandTest {
    private static final Clock THEN =
            Clock.fixed(Instant.parse("2025-07-04T10:28:44Z"), ZoneOffset.UTC);
    private static final Map<String, String> FILES =
            Map.of(
                    "/sgx/certification/v4/tcb?fmspc=00a067110000&update=standard",
                    "tcbinfo-sgx-v3-00a067110000-eval17-20250619.json",
                    "/sgx/certification/v4/qe/identity?update=standard",
                    "qeidentity-sgx-eval17-20250619.json",
                    "/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
                    "crl-processor-20250619.der",
                    "/sgx/certification/v4/rootcacrl",
                    "crl-root-20250320.der");

    private final HttpServer server = server();

    @TempDir private Path folder;

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path evidence() {
        @Nullable String named = System.getProperty("cloister.evidence");
        assumeTrue(
                named != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return Path.of(named);
    }

    @BeforeEach
    void serve() throws Exception {
        Path intel = evidence().resolve("intel");
        String signing = chain(intel.resolve("tcb-signing-chain-2025-2032.pem"));
        String processor = chain(intel.resolve("pck-processor-ca-chain.pem"));
        server.createContext(
                "/",
                exchange -> {
                    @Nullable String name = FILES.get(exchange.getRequestURI().toString());
                    byte[] body =
                            name == null ? new byte[] {0} : Files.readAllBytes(intel.resolve(name));
                    exchange.getResponseHeaders().set("TCB-Info-Issuer-Chain", signing);
                    exchange.getResponseHeaders().set("SGX-Enclave-Identity-Issuer-Chain", signing);
                    exchange.getResponseHeaders().set("SGX-PCK-CRL-Issuer-Chain", processor);
                    exchange.sendResponseHeaders(name == null ? 404 : 200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        Files.copy(
                evidence().resolve("sgx/rkl-00a067110000-phala.quote.bin"),
                folder.resolve("quote.bin"));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static String chain(Path pem) throws IOException {
        return URLEncoder.encode(Files.readString(pem), StandardCharsets.US_ASCII)
                .replace("+", "%20");
    }

    private String source() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private CommandLineRun run(String... arguments) {
        return CommandLineRun.in(folder, THEN, arguments);
    }

    @Test
    void fetchesOnceAndVerifiesOffline() {
        CommandLineRun fetched =
                run("evidence", "fetch-endorsements", "quote.bin", "--source", source());
        assertEquals(0, fetched.exit(), fetched.err());
        assertTrue(fetched.out().contains("fetched  " + source()), fetched.out());
        server.stop(0);

        CommandLineRun verified =
                run(
                        "evidence",
                        "verify",
                        "quote.bin",
                        "--authentic-only",
                        "--endorsements",
                        "quote.bin.endorsements.json");
        assertEquals(0, verified.exit(), verified.err());
        assertTrue(verified.out().contains("measurement:   sgx:"), verified.out());
        assertEquals(
                4,
                run(
                                "evidence",
                                "verify",
                                "quote.bin",
                                "--authentic-only",
                                "--at",
                                "2026-07-04T10:28:44Z",
                                "--endorsements",
                                "quote.bin.endorsements.json")
                        .exit());
        CommandLineRun again =
                run(
                        "evidence",
                        "fetch-endorsements",
                        "quote.bin",
                        "--source",
                        source(),
                        "-o",
                        "again.json");
        assertEquals(0, again.exit(), again.err());
        assertTrue(again.out().contains("cached  " + source()), again.out());
    }

    @Test
    void fetchesWhatIsMissingOnTheWayIfAsked() {
        assertEquals(6, run("evidence", "verify", "quote.bin", "--authentic-only").exit());
        CommandLineRun run =
                run(
                        "evidence",
                        "verify",
                        "quote.bin",
                        "--authentic-only",
                        "--endorsements-from",
                        source());
        assertEquals(0, run.exit(), run.err());
    }

    @Test
    void overwritesNothing() throws Exception {
        Files.writeString(folder.resolve("quote.bin.endorsements.json"), "mine");

        assertEquals(
                12,
                run("evidence", "fetch-endorsements", "quote.bin", "--source", source()).exit());
        assertEquals("mine", Files.readString(folder.resolve("quote.bin.endorsements.json")));
    }

    @Test
    void showsEveryFieldOfTheQuote() {
        CommandLineRun shown = run("evidence", "show", "quote.bin");

        assertEquals(0, shown.exit(), shown.err());
        for (String field :
                new String[] {
                    "header.version", "body.mrEnclave", "body.attributes.debug", "sgx.fmspc"
                }) {
            assertTrue(shown.out().contains(field), field);
        }
        assertTrue(
                shown.out().matches("(?s).*body\\.attributes\\.set +INIT, MODE64BIT(, \\w+)*\n.*"),
                shown.out());
        assertTrue(
                shown.out().matches("(?s).*body\\.attributes\\.xfrmSet +x87, SSE(, [\\w-]+)*\n.*"),
                shown.out());
    }

    @Test
    void namesTheBitsThatAreSetInAReport() {
        String report = evidence().resolve("snp/milan-v2-debug-google.report.bin") + "";
        CommandLineRun shown = run("evidence", "show", report);
        CommandLineRun json = run("evidence", "show", report, "--json");

        assertTrue(shown.out().matches("(?s).*report\\.policy\\.set +SMT, DEBUG\n.*"), shown.out());
        assertTrue(
                shown.out().matches("(?s).*report\\.platformInfo\\.set +SMT_EN\n.*"), shown.out());
        assertTrue(json.out().contains("\"set\":[\"SMT\",\"DEBUG\"]"), json.out());
    }

    @Test
    void namesTheBitsThatAreSetInATd() {
        String quote = evidence().resolve("tdx/v5-90c06f000000-alibaba.quote.bin") + "";
        CommandLineRun shown = run("evidence", "show", quote);

        assertTrue(shown.out().contains("body.attributes.set "), shown.out());
        assertTrue(
                shown.out().matches("(?s).*body\\.xfamSet +x87, SSE(, [\\w-]+)*\n.*"), shown.out());
    }
}
