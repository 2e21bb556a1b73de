/// A trial run: clear code on clear data in the agent's own sandbox, on the Code Provider's
/// machine. It has the agent's classes on its class path and none of its powers: no link to a
/// control plane, no keys, no Evidence, no computation. The agent doesn't know of it, so nothing of
/// it is measured.
@NullMarked
package io.cloister.trial;

import org.jspecify.annotations.NullMarked;
