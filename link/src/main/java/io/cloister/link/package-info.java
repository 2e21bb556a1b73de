/// Several flow-controlled streams over one untrusted duplex byte stream: the agent's only way out
/// of its enclave. The format is `spec/agent-link.md`.
@NullMarked
package io.cloister.link;

import org.jspecify.annotations.NullMarked;
