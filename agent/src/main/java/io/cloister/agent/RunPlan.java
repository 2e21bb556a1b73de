package io.cloister.agent;

import io.cloister.crypto.grant.Grant;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Everything a run needs that participants decided: complete and checked when it exists.
///
/// @param run from 1 within this enclave
/// @param grants everyone's, in the order of the agreement
/// @param inputs every Data Provider's list for exactly this run, in the order of the agreement
/// @param terms the agreement's, with the lowest runs and the earliest expiry of all grants
record RunPlan(
        long run,
        Map<Email, Signed<Grant>> grants,
        Map<Email, Signed<InputList>> inputs,
        Terms terms) {
    RunPlan {
        grants = Collections.unmodifiableMap(new LinkedHashMap<>(grants));
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
    }
}
