package io.cloister.attestation.testkit;

import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// A quote of a fake Intel: SGX of version 3, TDX of version 4 or 5, or either in any of them. What
/// is altered before [#bytes] is signed; a test alters the outcome for what is not. Used by one
/// thread.
public final class FakeQuote {
    /// The signer of fake quoting enclaves.
    public static final Bytes QE_SIGNER = FakePlatform.filled(32, 0x5a);

    private static final int QE_BINDING = 320;
    private static final Bytes VENDOR =
            Bytes.copyOf(HexFormat.of().parseHex("939a7233f79c4ca9940a0db3957f0607"));

    private final TeeType kind;
    private final int version;
    private final byte[] header = new byte[48];
    private final byte[] body;
    private final byte[] qeReport = new byte[384];
    private EcTestKey attestationKey = EcTestKey.named("attestation");
    private EcTestKey quoteSigner = attestationKey;
    private EcTestKey pck;
    private Optional<Bytes> attestationPoint = Optional.empty();
    private Optional<Bytes> binding = Optional.empty();
    private Bytes authData = FakePlatform.filled(32, 0x44);
    private int certificationType = 5;
    private Bytes certification;
    private int bodyType;
    private int bodySize;
    private int outerType = 6;
    private Bytes padding = Bytes.copyOf(new byte[0]);

    /// An SGX quote.
    static FakeQuote sgx(int version, EcTestKey pck, Bytes chain) {
        var quote = new FakeQuote(TeeType.SGX, version, 384, 1, pck, chain);
        enclave(quote.body, 0x0700000000000005L, 1, 2);
        return quote;
    }

    /// A TDX quote.
    static FakeQuote tdx(int version, boolean td15, EcTestKey pck, Bytes chain) {
        var quote = new FakeQuote(TeeType.TDX, version, td15 ? 648 : 584, td15 ? 3 : 2, pck, chain);
        quote.body(0, 5, 1, 8);
        quote.body(120, 0, 0, 0, 0x10);
        quote.body(128, 0xe7, 0x02, 0x06);
        fill(quote.body, 136, 48, 0x77);
        for (int i = 0; i < 4; i++) {
            fill(quote.body, 328 + 48 * i, 48, 0x80 + i);
        }
        fill(quote.body, 520, 64, 0x99);
        if (td15) {
            quote.body(584, 5, 1, 8);
        }
        return quote;
    }

    private FakeQuote(
            TeeType kind, int version, int length, int bodyType, EcTestKey pck, Bytes chain) {
        this.kind = kind;
        this.version = version;
        this.body = new byte[length];
        this.bodyType = bodyType;
        this.bodySize = length;
        this.pck = pck;
        this.certification = chain;
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        fields.putShort(0, (short) version).putShort(2, (short) 2);
        if (version == 3) {
            fields.putShort(8, (short) 8).putShort(10, (short) 13);
        } else {
            fields.putInt(4, kind.code());
        }
        fields.put(12, VENDOR.toArray());
        fill(header, 28, 20, 0x66);
        enclave(qeReport, 0x15L, kind == TeeType.SGX ? 1 : 2, 8);
        System.arraycopy(QE_SIGNER.toArray(), 0, qeReport, 128, 32);
    }

    private static void enclave(byte[] report, long flags, int prodId, int svn) {
        ByteBuffer fields = ByteBuffer.wrap(report).order(ByteOrder.LITTLE_ENDIAN);
        fill(report, 0, 16, 0x08);
        fields.putLong(48, flags & 0xff).putLong(56, 7);
        fill(report, 64, 32, 0x71);
        fill(report, 128, 32, 0x72);
        fields.putShort(256, (short) prodId).putShort(258, (short) svn);
        fill(report, 320, 64, 0x99);
    }

    private static void fill(byte[] bytes, int from, int length, int value) {
        Arrays.fill(bytes, from, from + length, (byte) value);
    }

    private static FakeQuote put(FakeQuote quote, byte[] target, int offset, int... values) {
        for (int i = 0; i < values.length; i++) {
            target[offset + i] = (byte) values[i];
        }
        return quote;
    }

    /// Alters the header.
    public FakeQuote header(int offset, int... values) {
        return put(this, header, offset, values);
    }

    /// Alters the report that the quote is about.
    public FakeQuote body(int offset, int... values) {
        return put(this, body, offset, values);
    }

    /// Alters the quoting enclave's report.
    public FakeQuote qeReport(int offset, int... values) {
        return put(this, qeReport, offset, values);
    }

    /// Alters type and size of the body, which only version 5 names.
    public FakeQuote bodyType(int type, int size) {
        this.bodyType = type;
        this.bodySize = size;
        return this;
    }

    /// Alters the type around the quoting enclave's report, which version 3 lacks.
    public FakeQuote outerType(int type) {
        this.outerType = type;
        return this;
    }

    /// The key that signs the quote, other than the one that it names.
    public FakeQuote signedWith(EcTestKey other) {
        this.quoteSigner = other;
        return this;
    }

    /// The key that signs the quoting enclave's report.
    public FakeQuote pck(EcTestKey other) {
        this.pck = other;
        return this;
    }

    /// What the quote names as its attestation key.
    public FakeQuote attestationPoint(Bytes point) {
        this.attestationPoint = Optional.of(point);
        return this;
    }

    /// What the quoting enclave reports, 64 bytes, in place of the hash of its key.
    public FakeQuote binding(Bytes reportData) {
        this.binding = Optional.of(reportData);
        return this;
    }

    /// What the quoting enclave hashes with its key.
    public FakeQuote authData(Bytes data) {
        this.authData = data;
        return this;
    }

    /// Type and content of the certification data.
    public FakeQuote certification(int type, Bytes data) {
        this.certificationType = type;
        this.certification = data;
        return this;
    }

    /// What follows the quote in its buffer.
    public FakeQuote padding(Bytes bytes) {
        this.padding = bytes;
        return this;
    }

    /// Of which kind it is.
    public TeeType kind() {
        return kind;
    }

    /// The quote.
    public Bytes bytes() {
        Bytes typed =
                version == 5
                        ? Bytes.concat(number(bodyType, 2), number(bodySize, 4))
                        : number(0, 0);
        Bytes signed = Bytes.concat(Bytes.copyOf(header), typed, Bytes.copyOf(body));
        Bytes point = attestationPoint.orElseGet(attestationKey::point);
        byte[] report = qeReport.clone();
        Bytes bound =
                binding.orElseGet(() ->
                        Bytes.concat(
                                Sha256.of(Bytes.concat(point, authData)).value(),
                                FakePlatform.filled(32, 0)));
        System.arraycopy(bound.toArray(), 0, report, QE_BINDING, bound.length());
        Bytes inner =
                Bytes.concat(
                        Bytes.copyOf(report),
                        pck.signRaw(Bytes.copyOf(report)),
                        number(authData.length(), 2),
                        authData,
                        number(certificationType, 2),
                        number(certification.length(), 4),
                        certification);
        Bytes outer =
                version == 3
                        ? inner
                        : Bytes.concat(number(outerType, 2), number(inner.length(), 4), inner);
        Bytes data = Bytes.concat(quoteSigner.signRaw(signed), point, outer);
        return Bytes.concat(signed, number(data.length(), 4), data, padding);
    }

    private static Bytes number(int value, int length) {
        var bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        return Bytes.copyOf(bytes);
    }
}
