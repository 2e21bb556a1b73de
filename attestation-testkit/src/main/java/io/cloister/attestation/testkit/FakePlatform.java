package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// What a fake PCK certificate says of its platform, and every part of which a test can alter. Used
/// by one thread.
public final class FakePlatform {
    /// OID of the extension.
    public static final String OID = "1.2.840.113741.1.13.1";

    private final List<Bytes> additional = new ArrayList<>();
    private final byte[] components = {8, 8, 2, 2, 4, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0};
    private Bytes ppid = filled(16, 0x11);
    private int pceSvn = 13;
    private Bytes cpuSvn = filled(16, 0x22);
    private Bytes pceId = filled(2, 0);
    private Bytes fmspc = Bytes.copyOf(new byte[] {0, (byte) 0x80, 0x6f, 5, 0, 0});
    private int sgxType = 1;
    private Bytes instanceId = filled(16, 0x33);
    private boolean several = true;
    private boolean cachedKeys;
    private int leftOut;
    private UnaryOperator<Bytes> numberForm = UnaryOperator.identity();

    static Bytes filled(int length, int value) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return Bytes.copyOf(bytes);
    }

    /// Sets a component, counted from 0.
    public FakePlatform component(int index, int svn) {
        components[index] = (byte) svn;
        return this;
    }

    /// Sets the version of the certifying enclave.
    public FakePlatform pceSvn(int svn) {
        this.pceSvn = svn;
        return this;
    }

    /// Sets PPID.
    public FakePlatform ppid(Bytes value) {
        this.ppid = value;
        return this;
    }

    /// Sets CPUSVN.
    public FakePlatform cpuSvn(Bytes value) {
        this.cpuSvn = value;
        return this;
    }

    /// Sets PCEID.
    public FakePlatform pceId(Bytes value) {
        this.pceId = value;
        return this;
    }

    /// Sets FMSPC.
    public FakePlatform fmspc(Bytes value) {
        this.fmspc = value;
        return this;
    }

    /// Sets the type of SGX.
    public FakePlatform sgxType(int value) {
        this.sgxType = value;
        return this;
    }

    /// Sets the platform instance.
    public FakePlatform instanceId(Bytes value) {
        this.instanceId = value;
        return this;
    }

    /// Has Intel's registration service keep its root keys.
    public FakePlatform cachedKeys() {
        this.cachedKeys = true;
        return this;
    }

    /// Leaves out what only platforms of several packages have.
    public FakePlatform single() {
        this.several = false;
        return this;
    }

    /// Leaves out the part with this number.
    public FakePlatform without(int number) {
        this.leftOut = number;
        return this;
    }

    /// What becomes of the encoding of the certifying enclave's version.
    public FakePlatform pceSvnForm(UnaryOperator<Bytes> change) {
        this.numberForm = change;
        return this;
    }

    /// Puts a further part behind the others.
    public FakePlatform with(Bytes part) {
        additional.add(part);
        return this;
    }

    /// A part `{1.2.840.113741.1.13.1.SUFFIX, value}`.
    public static Bytes part(String suffix, Bytes value) {
        return DerWriter.sequence(DerWriter.oid(OID + "." + suffix), value);
    }

    /// The extension's content.
    public Bytes der() {
        var parts = new ArrayList<Bytes>();
        parts.add(part("1", DerWriter.octets(ppid)));
        parts.add(part("2", tcb()));
        parts.add(part("3", DerWriter.octets(pceId)));
        parts.add(part("4", DerWriter.octets(fmspc)));
        parts.add(part("5", DerWriter.enumerated(sgxType)));
        if (several) {
            parts.add(part("6", DerWriter.octets(instanceId)));
            parts.add(
                    part(
                            "7",
                            DerWriter.sequence(
                                    part("7.1", DerWriter.bool(true)),
                                    part("7.2", DerWriter.bool(cachedKeys)),
                                    part("7.3", DerWriter.bool(true)))));
        }
        if (leftOut > 0) {
            parts.remove(leftOut - 1);
        }
        parts.addAll(additional);
        return DerWriter.sequence(parts.toArray(Bytes[]::new));
    }

    private Bytes tcb() {
        var parts = new ArrayList<Bytes>();
        for (int i = 0; i < components.length; i++) {
            parts.add(part("2." + (i + 1), DerWriter.integer(components[i] & 0xff)));
        }
        parts.add(part("2.17", numberForm.apply(DerWriter.integer(pceSvn))));
        parts.add(part("2.18", DerWriter.octets(cpuSvn)));
        return DerWriter.sequence(parts.toArray(Bytes[]::new));
    }
}
