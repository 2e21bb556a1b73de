package io.cloister.attestation.appraisal;

/// What a hardware policy refuses unless its author allows it by name and says why.
public enum Relaxation {
    /// Enclaves and guests that a debugger can look into.
    DEBUG("debug", "enclaves and guests that a debugger can look into"),
    /// TDs and guests that a migration agent may move to another platform.
    MIGRATION("migration", "guests that a migration agent may move to another platform"),
    /// TDs to which a service TD is bound.
    SERVICE_TD("serviceTd", "TDs to which a service TD is bound"),
    /// Platforms on which two threads share a core.
    SMT("smt", "platforms on which two threads share a core"),
    /// Intel platforms to which packages can be added while they run.
    DYNAMIC_PLATFORM(
            "dynamicPlatform", "Intel platforms to which packages can be added while they run"),
    /// Intel platforms whose root keys Intel's registration service keeps.
    CACHED_KEYS("cachedKeys", "Intel platforms whose root keys Intel's registration service keeps"),
    /// Ratings of whichever evaluation whoever brings Intel's documents chooses.
    ANY_EVALUATION(
            "anyEvaluation",
            "ratings of Intel's older evaluations, which know of fewer weaknesses"),
    /// SGX enclaves that may derive provisioning keys.
    PROVISION_KEY("provisionKey", "SGX enclaves that may derive provisioning keys"),
    /// SGX enclaves with unusual ATTRIBUTES.
    SGX_ATTRIBUTES(
            "sgxAttributes",
            "SGX enclaves with CET or AEX-Notify that their reference value doesn't name"),
    /// SGX enclaves with unusual MISCSELECT.
    MISC_SELECT(
            "miscSelect",
            "SGX enclaves with EXINFO or CPINFO that their reference value doesn't name"),
    /// SGX enclaves with unusual XFRM.
    XFRM(
            "xfrm",
            "SGX enclaves that may use MPX, PKRU, CET or APX state that their reference value"
                    + " doesn't name"),
    /// TDs with unusual XFAM.
    XFAM("xfam", "TDs that may use PT, LBR or APX state that their reference value doesn't name"),
    /// TDs into which the host can inject #VE.
    SEPT_VE("septVe", "TDs into which the host can inject #VE (SEPT_VE_DISABLE is not set)"),
    /// TDs that may use Key Locker.
    KEY_LOCKER("keyLocker", "TDs that may use Key Locker"),
    /// TDs that may use supervisor protection keys.
    PROTECTION_KEYS("protectionKeys", "TDs that may use supervisor protection keys"),
    /// TDs that may use the performance counters.
    PERFORMANCE_COUNTERS("performanceCounters", "TDs that may use the performance counters"),
    /// SEV-SNP guests that CXL devices and memory may be attached to.
    CXL("cxl", "SEV-SNP guests that CXL devices and memory may be attached to"),
    /// SEV-SNP firmware that can still be rolled back.
    PROVISIONAL_FIRMWARE("provisionalFirmware", "SEV-SNP firmware that can still be rolled back"),
    /// SEV-SNP reports signed by a cloud provider's key, which names no chip.
    CLOUD_KEY("cloudKey", "SEV-SNP reports signed by a cloud provider's key (VLEK)"),
    /// Enclaves whose own kernel has swap, or may have.
    SWAP("swap", "enclaves whose own kernel may write their memory to a swap device");

    private final String word;
    private final String what;

    Relaxation(String word, String what) {
        this.word = word;
        this.what = what;
    }

    /// The name in a policy file.
    public String word() {
        return word;
    }

    /// What it accepts, for people.
    public String what() {
        return what;
    }
}
