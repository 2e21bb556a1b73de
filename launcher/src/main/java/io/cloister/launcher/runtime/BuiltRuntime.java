package io.cloister.launcher.runtime;

import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.protocol.document.RuntimeRef;

/// A runtime that is ready on this machine.
///
/// @param ref name and digest, as a proposal names it
/// @param folder where its files are
/// @param python the interpreter it is for
public record BuiltRuntime(RuntimeRef ref, RuntimeFolder folder, PythonInterpreter python) {}
