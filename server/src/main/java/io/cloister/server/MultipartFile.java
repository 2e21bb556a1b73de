package io.cloister.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.FileName;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The one file of a `multipart/form-data` body (RFC 7578): a part named `file` with a file name,
/// and nothing before or after it. It is read as it comes, through one small buffer; no copy of it
/// is made. For one thread.
final class MultipartFile {
    /// Longest headers of the part, in bytes.
    static final int MAX_HEADERS = 4 << 10;

    private static final int BUFFER = 64 << 10;

    // RFC 2046 §5.1.1.
    private static final Pattern TYPE =
            Pattern.compile(
                    "multipart/form-data *; *boundary="
                            + "(?:\"([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])\""
                            + "|([0-9A-Za-z'+_.-]{1,70}))",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern HEADER = Pattern.compile("([!-9;-~]{1,64}):[ \t]*(.*)");
    private static final Pattern DISPOSITION =
            Pattern.compile("form-data; *name=\"file\"; *filename=\"([^\"]*)\"");

    private final FileName name;
    private final InputStream content;

    private MultipartFile(FileName name, InputStream content) {
        this.name = name;
        this.content = content;
    }

    /// The body is no form of one file. As an [IOException], because it may show after most of the
    /// file was read.
    static final class BrokenFormException extends IOException {
        private static final long serialVersionUID = 1L;

        BrokenFormException(String sentence) {
            super(sentence);
        }
    }

    /// Reads `body` up to where the file begins.
    ///
    /// @param contentType the request's `Content-Type`
    /// @throws BrokenFormException if it is no form of one file, or its name is not acceptable
    static MultipartFile open(InputStream body, String contentType) throws IOException {
        Matcher type = TYPE.matcher(contentType);
        if (!type.matches()) {
            throw new BrokenFormException(
                    "Content-Type: expected multipart/form-data with a boundary");
        }
        String boundary = type.group(1) == null ? type.group(2) : type.group(1);
        var source = new Source(body);
        if (!source.line().equals("--" + boundary)) {
            throw new BrokenFormException("the form does not begin with its boundary");
        }
        FileName name = name(source);
        return new MultipartFile(
                name,
                new Content(source, ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII)));
    }

    private static FileName name(Source source) throws IOException {
        Optional<FileName> name = Optional.empty();
        for (String line = source.line(); !line.isEmpty(); line = source.line()) {
            Matcher header = HEADER.matcher(line);
            if (!header.matches()) {
                throw new BrokenFormException("the part has a header that can't be read");
            }
            switch (header.group(1).toLowerCase(Locale.ROOT)) {
                case "content-disposition" -> {
                    Matcher disposition = DISPOSITION.matcher(header.group(2));
                    if (name.isPresent() || !disposition.matches()) {
                        throw new BrokenFormException(
                                "the form must have one part, named file, with a file name");
                    }
                    name = Optional.of(acceptable(disposition.group(1)));
                }
                case "content-transfer-encoding" ->
                        throw new BrokenFormException("the part must be sent as it is");
                default -> {
                    // Its type and the like, which nothing depends on.
                }
            }
        }
        return name.orElseThrow(
                () -> new BrokenFormException("the form must have one part, named file"));
    }

    /// A name from a system that takes letters apart, such as macOS, is put together first.
    private static FileName acceptable(String name) throws BrokenFormException {
        try {
            return FileName.parse(Normalizer.normalize(name, Normalizer.Form.NFC), "filename");
        } catch (MalformedException e) {
            throw new BrokenFormException(String.valueOf(e.getMessage()));
        }
    }

    /// The file's name as the sender gave it.
    FileName name() {
        return name;
    }

    /// The file's bytes. Its end is the form's: who reads to the end knows that nothing follows.
    InputStream content() {
        return content;
    }

    /// A buffer over the body.
    private static final class Source {
        private final InputStream body;
        private final byte[] buffer = new byte[BUFFER];
        private int start;
        private int end;
        private int headers;

        Source(InputStream body) {
            this.body = body;
        }

        /// Reads more; false at the end of the body.
        boolean fill() throws IOException {
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            }
            int read = body.read(buffer, end, buffer.length - end);
            if (read < 0) {
                return false;
            }
            end += read;
            return true;
        }

        /// One line of the headers, without its end.
        String line() throws IOException {
            int scanned = start;
            while (true) {
                for (; scanned + 1 < end; scanned++) {
                    if (buffer[scanned] == '\r' && buffer[scanned + 1] == '\n') {
                        String line = text(Arrays.copyOfRange(buffer, start, scanned));
                        headers += scanned + 2 - start;
                        start = scanned + 2;
                        requireShort(0);
                        return line;
                    }
                }
                requireShort(end - start);
                int passed = scanned - start;
                if (!fill()) {
                    throw new BrokenFormException("the form ends in its headers");
                }
                scanned = start + passed;
            }
        }

        private void requireShort(int pending) throws BrokenFormException {
            if (headers + pending > MAX_HEADERS) {
                throw new BrokenFormException(
                        "the headers of the part are longer than " + MAX_HEADERS + " bytes");
            }
        }

        private static String text(byte[] line) throws BrokenFormException {
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
            } catch (CharacterCodingException _) {
                throw new BrokenFormException("a header of the part is no UTF-8");
            }
        }
    }

    /// The part's content, up to the closing delimiter.
    private static final class Content extends InputStream {
        private final Source source;
        private final byte[] delimiter;
        private int ready;
        private boolean delimited;
        private boolean over;

        Content(Source source, byte[] delimiter) {
            this.source = source;
            this.delimiter = delimiter;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (ready == 0) {
                if (delimited) {
                    end();
                    return -1;
                }
                look();
            }
            int count = Math.min(length, ready);
            System.arraycopy(source.buffer, source.start, into, offset, count);
            source.start += count;
            ready -= count;
            return count;
        }

        /// Finds out how many bytes of the buffer are content for certain.
        private void look() throws IOException {
            while (true) {
                int at = indexOfDelimiter();
                if (at >= 0) {
                    ready = at - source.start;
                    delimited = true;
                    return;
                }
                int certain = source.end - source.start - (delimiter.length - 1);
                if (certain > 0) {
                    ready = certain;
                    return;
                }
                if (!source.fill()) {
                    throw new BrokenFormException("the form ends before its closing boundary");
                }
            }
        }

        private int indexOfDelimiter() {
            for (int i = source.start; i + delimiter.length <= source.end; i++) {
                if (source.buffer[i] == '\r'
                        && Arrays.equals(
                                source.buffer,
                                i,
                                i + delimiter.length,
                                delimiter,
                                0,
                                delimiter.length)) {
                    return i;
                }
            }
            return -1;
        }

        /// What follows the content: the delimiter, `--`, at most one line end, and nothing.
        private void end() throws IOException {
            if (over) {
                return;
            }
            source.start += delimiter.length;
            int most = "--\r\n".length();
            while (source.end - source.start <= most && source.fill()) {
                // Until there is more than there may be, or nothing more.
            }
            String rest =
                    new String(
                            source.buffer,
                            source.start,
                            Math.min(source.end - source.start, most + 1),
                            StandardCharsets.ISO_8859_1);
            if (!rest.equals("--") && !rest.equals("--\r\n")) {
                throw new BrokenFormException("the form must have one part and nothing after it");
            }
            over = true;
        }
    }
}
