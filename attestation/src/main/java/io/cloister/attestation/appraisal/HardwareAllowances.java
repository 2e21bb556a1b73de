package io.cloister.attestation.appraisal;

import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a hardware policy allows by name, each with its author's reason.
///
/// @param byName relaxations that need no value
/// @param tcbStatus states of Intel's rating beside `UpToDate`; never `Revoked` or `NotSupported`
/// @param vmpl privilege levels of a SEV-SNP guest beside 0, 1 to 3
/// @param grace how late a platform, or what vouches for it, may be
public record HardwareAllowances(
        Map<Relaxation, Reason> byName,
        Map<TcbStatus, Reason> tcbStatus,
        Map<Integer, Reason> vmpl,
        Optional<Grace> grace) {
    private static final Set<TcbStatus> ALLOWABLE =
            EnumSet.complementOf(
                    EnumSet.of(TcbStatus.UP_TO_DATE, TcbStatus.REVOKED, TcbStatus.NOT_SUPPORTED));
    private static final int MAX_VMPL = 3;
    private static final String TCB_STATUS = "tcbStatus";
    private static final String VMPL = "vmpl";
    private static final String GRACE = "grace";

    public HardwareAllowances {
        byName = Map.copyOf(byName);
        tcbStatus = Map.copyOf(tcbStatus);
        vmpl = Map.copyOf(vmpl);
        if (!ALLOWABLE.containsAll(tcbStatus.keySet())) {
            throw new IllegalArgumentException("no policy can allow more than " + ALLOWABLE);
        }
        if (vmpl.keySet().stream().anyMatch(level -> level < 1 || level > MAX_VMPL)) {
            throw new IllegalArgumentException("privilege levels are 0 to 3");
        }
    }

    /// Nothing.
    public static HardwareAllowances none() {
        return new HardwareAllowances(Map.of(), Map.of(), Map.of(), Optional.empty());
    }

    HardwareAllowances with(Relaxation relaxation, Reason reason) {
        var more = new EnumMap<Relaxation, Reason>(Relaxation.class);
        more.putAll(byName);
        more.put(relaxation, reason);
        return new HardwareAllowances(more, tcbStatus, vmpl, grace);
    }

    HardwareAllowances with(TcbStatus status, Reason reason) {
        var more = new EnumMap<TcbStatus, Reason>(TcbStatus.class);
        more.putAll(tcbStatus);
        more.put(status, reason);
        return new HardwareAllowances(byName, more, vmpl, grace);
    }

    HardwareAllowances withVmpl(int level, Reason reason) {
        var more = new TreeMap<>(vmpl);
        more.put(level, reason);
        return new HardwareAllowances(byName, tcbStatus, more, grace);
    }

    HardwareAllowances with(Grace one) {
        return new HardwareAllowances(byName, tcbStatus, vmpl, Optional.of(one));
    }

    /// Why `relaxation` is allowed; empty if it isn't.
    public Optional<Reason> reason(Relaxation relaxation) {
        return Optional.ofNullable(byName.get(relaxation));
    }

    static HardwareAllowances read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var byName = new EnumMap<Relaxation, Reason>(Relaxation.class);
        for (Relaxation relaxation : Relaxation.values()) {
            Optional<Reason> reason = fields.optional(relaxation.word(), Reason::read);
            reason.ifPresent(given -> byName.put(relaxation, given));
        }
        var allowances =
                new HardwareAllowances(
                        byName,
                        fields.optional(TCB_STATUS, HardwareAllowances::readStatus)
                                .orElse(Map.of()),
                        fields.optional(VMPL, HardwareAllowances::readVmpl).orElse(Map.of()),
                        fields.optional(GRACE, Grace::read));
        fields.end();
        return allowances;
    }

    private static Map<TcbStatus, Reason> readStatus(Json json, String path)
            throws MalformedException {
        Fields fields = Fields.of(json, path);
        var reasons = new EnumMap<TcbStatus, Reason>(TcbStatus.class);
        for (TcbStatus status : ALLOWABLE) {
            Optional<Reason> reason = fields.optional(status.word(), Reason::read);
            reason.ifPresent(given -> reasons.put(status, given));
        }
        fields.end();
        return reasons;
    }

    private static Map<Integer, Reason> readVmpl(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var reasons = new TreeMap<Integer, Reason>();
        for (int level = 1; level <= MAX_VMPL; level++) {
            Optional<Reason> reason = fields.optional(Integer.toString(level), Reason::read);
            if (reason.isPresent()) {
                reasons.put(level, reason.get());
            }
        }
        fields.end();
        return reasons;
    }

    Json toJson() {
        JsonObjectBuilder json = Json.object();
        for (Relaxation relaxation : Relaxation.values()) {
            reason(relaxation).ifPresent(reason -> json.put(relaxation.word(), reason.text()));
        }
        if (!tcbStatus.isEmpty()) {
            JsonObjectBuilder reasons = Json.object();
            new EnumMap<>(tcbStatus)
                    .forEach((status, reason) -> reasons.put(status.word(), reason.text()));
            json.put(TCB_STATUS, reasons.build());
        }
        if (!vmpl.isEmpty()) {
            JsonObjectBuilder reasons = Json.object();
            new TreeMap<>(vmpl)
                    .forEach(
                            (level, reason) -> reasons.put(Integer.toString(level), reason.text()));
            json.put(VMPL, reasons.build());
        }
        grace.ifPresent(given -> json.put(GRACE, given.toJson()));
        return json.build();
    }
}
