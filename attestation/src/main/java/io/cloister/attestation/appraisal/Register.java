package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.RegisterGroup.always;
import static io.cloister.attestation.appraisal.RegisterGroup.named;
import static io.cloister.attestation.appraisal.RegisterGroup.ordinary;

import io.cloister.attestation.appraisal.RegisterGroup.Use;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.FindingCode;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A register that a host chooses when it starts an enclave or TD, and that no measurement covers
/// (spec/evidence.md §6.12, §6.13).
///
/// A bit with a meaning that is ordinary here, which takes in what checks of their own judge,
/// passes though nobody names it. Another one must be named by the Reference Value or allowed by
/// the policy. A bit without meaning is always refused, as is the lack of one that is always there.
public enum Register {
    /// SGX ATTRIBUTES without XFRM (SDM 3D §34.7.1). EINITTOKEN_KEY, which only launch enclaves
    /// have, counts as without meaning.
    SGX_ATTRIBUTES(
            EvidenceKind.SGX,
            "attributes",
            "ATTRIBUTES",
            8,
            FindingCode.SGX_ATTRIBUTES,
            Relaxation.SGX_ATTRIBUTES,
            always("INIT", 0),
            ordinary("DEBUG", 1),
            always("MODE64BIT", 2),
            ordinary("PROVISIONKEY", 4),
            named("CET", 6),
            ordinary("KSS", 7),
            named("AEXNOTIFY", 10)),
    /// SGX MISCSELECT (SDM 3D §34.7.2): what else the processor writes into the enclave at an exit.
    SGX_MISC_SELECT(
            EvidenceKind.SGX,
            "miscSelect",
            "MISCSELECT",
            4,
            FindingCode.SGX_MISC_SELECT,
            Relaxation.MISC_SELECT,
            named("EXINFO", 0),
            named("CPINFO", 1)),
    /// SGX ATTRIBUTES.XFRM (SDM 3D §34.7.3): the processor state that the enclave may use. What is
    /// in it when the enclave is entered is the host's.
    SGX_XFRM(
            EvidenceKind.SGX,
            "xfrm",
            "XFRM",
            8,
            FindingCode.SGX_XFRM,
            Relaxation.XFRM,
            always("x87", 0),
            always("SSE", 1),
            ordinary("AVX", 2),
            named("MPX", 3, 4),
            ordinary("AVX-512", 5, 7),
            named("PKRU", 9),
            named("CET", 11, 12),
            ordinary("AMX", 17, 18),
            named("APX", 19)),
    /// TDATTRIBUTES (Intel TDX Module 1.5 ABI §3.4.1). Nothing in it needs a name: each bit but
    /// LASS, which only separates more, has a check of its own.
    TD_ATTRIBUTES(
            EvidenceKind.TDX,
            "attributes",
            "TDATTRIBUTES",
            8,
            FindingCode.TDX_ATTRIBUTES,
            Optional.empty(),
            ordinary("DEBUG", 0),
            ordinary("LASS", 27),
            ordinary("SEPT_VE_DISABLE", 28),
            ordinary("MIGRATABLE", 29),
            ordinary("PKS", 30),
            ordinary("KL", 31),
            ordinary("PERFMON", 63)),
    /// XFAM (Intel TDX Module 1.5 ABI §3.4.2): the processor state that the TD may use. The TDX
    /// module clears it.
    TD_XFAM(
            EvidenceKind.TDX,
            "xfam",
            "XFAM",
            8,
            FindingCode.TDX_XFAM,
            Relaxation.XFAM,
            always("x87", 0),
            always("SSE", 1),
            ordinary("AVX", 2),
            ordinary("AVX-512", 5, 7),
            named("PT", 8),
            ordinary("PKRU", 9),
            ordinary("CET", 11, 12),
            ordinary("UINTR", 14),
            named("LBR", 15),
            ordinary("AMX", 17, 18),
            named("APX", 19));

    private final EvidenceKind kind;
    private final String word;
    private final String title;
    private final int length;
    private final FindingCode code;
    private final Optional<Relaxation> relaxation;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<RegisterGroup> groups;

    Register(
            EvidenceKind kind,
            String word,
            String title,
            int length,
            FindingCode code,
            Relaxation relaxation,
            RegisterGroup... groups) {
        this(kind, word, title, length, code, Optional.of(relaxation), groups);
    }

    Register(
            EvidenceKind kind,
            String word,
            String title,
            int length,
            FindingCode code,
            Optional<Relaxation> relaxation,
            RegisterGroup... groups) {
        this.kind = kind;
        this.word = word;
        this.title = title;
        this.length = length;
        this.code = code;
        this.relaxation = relaxation;
        this.groups = List.of(groups);
    }

    /// Of which kind of Evidence it is.
    public EvidenceKind kind() {
        return kind;
    }

    /// The member in a Reference Value.
    public String word() {
        return word;
    }

    /// What the vendor calls it.
    String title() {
        return title;
    }

    /// Length in bytes.
    int length() {
        return length;
    }

    /// The check of it.
    FindingCode code() {
        return code;
    }

    /// What lets bits pass that must be named.
    Optional<Relaxation> relaxation() {
        return relaxation;
    }

    /// The bits of `value` that pass, or not, in this way; those with a meaning only.
    long bits(long value, Use use) {
        return groups.stream()
                .filter(group -> group.use() == use)
                .mapToLong(group -> group.bits() & value)
                .reduce(0, (left, right) -> left | right);
    }

    /// The bits of `value` without meaning.
    long meaningless(long value) {
        return groups.stream()
                .mapToLong(RegisterGroup::bits)
                .reduce(value, (left, bits) -> left & ~bits);
    }

    /// Whether nothing that is ever accepted has these bits.
    boolean neverHas(RegisterBits bits) {
        return meaningless(bits.value()) != 0 || bits(bits.mask() & ~bits.value(), Use.ALWAYS) != 0;
    }

    /// Whether it is wide enough for this.
    boolean holds(long value) {
        return length == Long.BYTES || value >>> (length * Byte.SIZE) == 0;
    }

    /// Hexadecimal digits, as many as it has.
    String digits(long value) {
        return HexFormat.of().toHexDigits(value, 2 * length);
    }

    /// For people: the number, and which groups it has bits of.
    String text(long value) {
        String names = names(value);
        return "0x" + Long.toHexString(value) + (names.isEmpty() ? "" : " (" + names + ")");
    }

    /// What `value` has set: by their names the groups that it has bits of, by their numbers the
    /// bits without meaning.
    public List<String> set(long value) {
        return Stream.concat(
                        groups.stream()
                                .filter(group -> (group.bits() & value) != 0)
                                .map(RegisterGroup::name),
                        IntStream.range(0, Long.SIZE)
                                .filter(bit -> (meaningless(value) >>> bit & 1) != 0)
                                .mapToObj(bit -> "bit " + bit))
                .toList();
    }

    /// Which groups `value` has bits of.
    String names(long value) {
        return String.join(
                ", ",
                groups.stream()
                        .filter(group -> (group.bits() & value) != 0)
                        .map(RegisterGroup::name)
                        .toList());
    }
}
