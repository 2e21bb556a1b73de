package io.cloister.attestation.intel;

import io.cloister.protocol.MalformedException;

import java.util.EnumSet;
import java.util.Set;

/// What Intel says of a platform's trusted computing base at one evaluation of it (PCS, "Get TCB
/// Info"; the relaunch states are those of Intel's quote verification library).
public enum TcbStatus {
    /// Nothing is known to be missing.
    UP_TO_DATE("UpToDate"),
    /// The enclave itself must mitigate something: its signer's word is what there is.
    SW_HARDENING_NEEDED("SWHardeningNeeded"),
    /// The platform is configured in a way that leaves something open.
    CONFIGURATION_NEEDED("ConfigurationNeeded"),
    /// Both of the two.
    CONFIGURATION_AND_SW_HARDENING_NEEDED("ConfigurationAndSWHardeningNeeded"),
    /// Known weaknesses are not mended.
    OUT_OF_DATE("OutOfDate"),
    /// Known weaknesses are not mended, and the configuration leaves something open.
    OUT_OF_DATE_CONFIGURATION_NEEDED("OutOfDateConfigurationNeeded"),
    /// The platform is mended, but this TD was started before that.
    TD_RELAUNCH_ADVISED("TDRelaunchAdvised"),
    /// As the last, and the configuration leaves something open.
    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED("TDRelaunchAdvisedConfigurationNeeded"),
    /// Intel has withdrawn it. Evidence with this status is not authentic.
    REVOKED("Revoked"),
    /// It is below every level that Intel lists.
    NOT_SUPPORTED("NotSupported");

    /// What a TCB level of a platform may say.
    static final Set<TcbStatus> OF_PLATFORM =
            EnumSet.of(
                    UP_TO_DATE,
                    SW_HARDENING_NEEDED,
                    CONFIGURATION_NEEDED,
                    CONFIGURATION_AND_SW_HARDENING_NEEDED,
                    OUT_OF_DATE,
                    OUT_OF_DATE_CONFIGURATION_NEEDED,
                    REVOKED);

    /// What a TCB level of a quoting enclave or a TDX module may say.
    static final Set<TcbStatus> OF_MODULE = EnumSet.of(UP_TO_DATE, OUT_OF_DATE, REVOKED);

    private final String word;

    TcbStatus(String word) {
        this.word = word;
    }

    /// Intel's word.
    public String word() {
        return word;
    }

    /// The status whose word is `text`.
    ///
    /// @throws MalformedException if there is none: an unknown status is never taken for a known
    ///   one
    public static TcbStatus parse(String text, String path) throws MalformedException {
        for (TcbStatus status : values()) {
            if (status.word.equals(text)) {
                return status;
            }
        }
        throw new MalformedException(path, "a TCB status", text);
    }

    static TcbStatus parse(String text, Set<TcbStatus> allowed, String path)
            throws MalformedException {
        TcbStatus status = parse(text, path);
        if (!allowed.contains(status)) {
            throw new MalformedException(path, "one of " + allowed, text);
        }
        return status;
    }

    /// This status of a platform, seen together with that of a part of it: its TDX module or its
    /// quoting enclave. The worse of the two, by Intel's rules.
    TcbStatus with(TcbStatus part) {
        return switch (part) {
            case REVOKED -> REVOKED;
            case NOT_SUPPORTED -> this == REVOKED ? REVOKED : NOT_SUPPORTED;
            case OUT_OF_DATE -> outOfDate();
            default -> this;
        };
    }

    private TcbStatus outOfDate() {
        return switch (this) {
            case UP_TO_DATE, SW_HARDENING_NEEDED -> OUT_OF_DATE;
            case CONFIGURATION_NEEDED, CONFIGURATION_AND_SW_HARDENING_NEEDED ->
                    OUT_OF_DATE_CONFIGURATION_NEEDED;
            case OUT_OF_DATE,
                    OUT_OF_DATE_CONFIGURATION_NEEDED,
                    TD_RELAUNCH_ADVISED,
                    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
                    REVOKED,
                    NOT_SUPPORTED ->
                    this;
        };
    }

    /// Whether the configuration leaves something open.
    boolean needsConfiguration() {
        return switch (this) {
            case CONFIGURATION_NEEDED,
                    CONFIGURATION_AND_SW_HARDENING_NEEDED,
                    OUT_OF_DATE_CONFIGURATION_NEEDED,
                    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED ->
                    true;
            case UP_TO_DATE,
                    SW_HARDENING_NEEDED,
                    OUT_OF_DATE,
                    TD_RELAUNCH_ADVISED,
                    REVOKED,
                    NOT_SUPPORTED ->
                    false;
        };
    }

    @Override
    public String toString() {
        return word;
    }
}
