/// AMD SEV-SNP attestation reports: what they say, and whether it is authentic. AMD 56860 ("SEV
/// Secure Nested Paging Firmware ABI") table 23, AMD 57230 ("VCEK Certificate and KDS Interface").
@NullMarked
package io.cloister.attestation.amd;

import org.jspecify.annotations.NullMarked;
