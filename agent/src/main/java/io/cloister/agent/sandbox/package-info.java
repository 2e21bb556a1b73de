/// Runs the computation's Python code where it can reach nothing but its inputs and its result.
/// [Sandbox] is the way in.
///
/// Everything that comes out of a sandbox is the attacker's: the code of the Code Provider runs in
/// the same interpreter as our loader, so whatever the loader says may be that code speaking.
/// Format and levels: `spec/sandbox.md`.
@NullMarked
package io.cloister.agent.sandbox;

import org.jspecify.annotations.NullMarked;
