/// What a started agent is told, and how it asks its platform for Evidence; `spec/enclave-boot.md`
/// is normative. Both sides of these two small formats (agent and launcher) use these types.
@NullMarked
package io.cloister.attestation.platform;

import org.jspecify.annotations.NullMarked;
