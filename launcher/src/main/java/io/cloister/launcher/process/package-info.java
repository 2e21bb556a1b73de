/// The process launcher: an enclave is an ordinary process of this machine, and a simulated
/// platform signs its Evidence. The same protocol, agent and sandbox as with hardware; only the
/// root of trust protects nothing from the operator, who holds it.
@NullMarked
package io.cloister.launcher.process;

import org.jspecify.annotations.NullMarked;
