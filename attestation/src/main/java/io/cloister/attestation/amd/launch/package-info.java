/// The launch measurement of an AMD SEV-SNP guest, computed from what it is launched with, so that
/// a participant can have its own Reference Values. AMD 56860, "SNP_LAUNCH_UPDATE"; the firmware's
/// tables are those of edk2's OvmfPkg.
@NullMarked
package io.cloister.attestation.amd.launch;

import org.jspecify.annotations.NullMarked;
