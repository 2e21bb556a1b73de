package io.cloister.agent.sandbox;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;

import java.util.List;

/// What the code may know of its computation.
///
/// @param computation the computation
/// @param dataProviders the Data Providers in the agreement's order: `read(n)` is the n-th
/// @param consumers the Result Consumers in the agreement's order: `write(x, n)` is the n-th
/// @param named whether results may have names
public record RunRequest(
        ComputationId computation,
        List<Email> dataProviders,
        List<Email> consumers,
        boolean named) {
    static final int MOST_PARTICIPANTS = 1000;

    /// A run whose results may have names.
    public RunRequest(ComputationId computation, List<Email> dataProviders, List<Email> consumers) {
        this(computation, dataProviders, consumers, true);
    }

    public RunRequest {
        dataProviders = List.copyOf(dataProviders);
        consumers = List.copyOf(consumers);
        if (dataProviders.size() > MOST_PARTICIPANTS || consumers.size() > MOST_PARTICIPANTS) {
            throw new IllegalArgumentException("more than 1000 participants of a role");
        }
    }
}
