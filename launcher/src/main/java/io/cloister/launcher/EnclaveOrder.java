package io.cloister.launcher;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Sha256;

/// What to start: an enclave for exactly one agreement. The launcher passes the ids on; the agent
/// checks the agreement itself, which it pulls over its link.
///
/// @param enclave the operator's name of this enclave, never used before
/// @param computation the computation it serves
/// @param dialect how that computation's parties speak
/// @param agreement digest of the one agreement it serves
/// @param runtime digest of the Python runtime the agreement names
public record EnclaveOrder(
        EnclaveId enclave,
        ComputationId computation,
        Dialect dialect,
        Sha256 agreement,
        Sha256 runtime) {}
