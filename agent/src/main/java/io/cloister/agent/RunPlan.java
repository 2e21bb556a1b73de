package io.cloister.agent;

import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;

import java.util.List;

/// Everything a run needs: complete and checked when it exists.
///
/// @param run from 1 within this enclave
/// @param grants everyone's, or every seat's key blob, in the order of the agreement
/// @param inputLists every Data Provider's list for exactly this run, in the order of the
///   agreement; none in the Cosmian dialect
/// @param code opens the encrypted files of the code
/// @param inputs in the order in which the code is to see them
/// @param outputs seals results
/// @param terms the agreement's, with the lowest runs and the earliest expiry of all grants
record RunPlan(
        long run,
        List<Receipt.SignedBy> grants,
        List<Receipt.SignedBy> inputLists,
        Unsealing code,
        List<PlannedInput> inputs,
        OutputSealing outputs,
        Terms terms) {
    RunPlan {
        grants = List.copyOf(grants);
        inputLists = List.copyOf(inputLists);
        inputs = List.copyOf(inputs);
    }
}
