package io.cloister.attestation.platform;

import io.cloister.protocol.Bytes;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// One request to the simulated platform and its answer, over one connection: the agent sends the
/// endpoint's token and 64 bytes of report data; the platform sends a 32-bit big-endian length and
/// an Evidence document, or closes without a byte if it refuses. It stands in for the hardware's
/// own instruction or device.
public final class PlatformExchange {
    /// Length of report data in bytes.
    public static final int REPORT_DATA_LENGTH = 64;

    /// Largest Evidence document in bytes.
    public static final int MAX_EVIDENCE_LENGTH = 64 << 10;

    private PlatformExchange() {}

    /// The agent's part.
    ///
    /// @param token of the endpoint, 32 bytes
    /// @param reportData 64 bytes
    /// @return the Evidence document
    /// @throws IOException if the platform closes early, names an impossible length, or the
    ///   connection fails
    public static Bytes request(
            InputStream input, OutputStream output, Bytes token, Bytes reportData)
            throws IOException {
        if (token.length() != LocalEndpoint.TOKEN_LENGTH
                || reportData.length() != REPORT_DATA_LENGTH) {
            throw new IllegalArgumentException("a token has 32 bytes and report data 64");
        }
        output.write(Bytes.concat(token, reportData).toArray());
        output.flush();
        var answer = new DataInputStream(input);
        int length;
        try {
            length = answer.readInt();
        } catch (EOFException _) {
            throw new IOException("the platform refused to make Evidence");
        }
        if (length < 1 || length > MAX_EVIDENCE_LENGTH) {
            throw new IOException("the platform's answer has an impossible length: " + length);
        }
        return Bytes.copyOf(readExactly(answer, length));
    }

    /// The platform's part: sends the Evidence document.
    ///
    /// @throws IOException if the connection fails
    public static void answer(OutputStream output, Bytes evidence) throws IOException {
        if (evidence.length() < 1 || evidence.length() > MAX_EVIDENCE_LENGTH) {
            throw new IllegalArgumentException(
                    "Evidence has 1 to 65,536 bytes, not " + evidence.length());
        }
        var data = new DataOutputStream(output);
        data.writeInt(evidence.length());
        data.write(evidence.toArray());
        data.flush();
    }

    private static byte[] readExactly(InputStream input, int length) throws IOException {
        byte[] read = input.readNBytes(length);
        if (read.length != length) {
            throw new EOFException(
                    "the connection ended after " + read.length + " of " + length + " bytes");
        }
        return read;
    }
}
