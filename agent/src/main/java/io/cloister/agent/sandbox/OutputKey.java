package io.cloister.agent.sandbox;

import java.util.Optional;

/// One result as the code wrote it for one consumer.
///
/// @param consumer the consumer's position in the list given to the run, from 0
/// @param name the name the code gave it, of 1 to 200 characters without control characters or `/`;
///   empty for the consumer's default result. The code's words: show them escaped
/// @param sequence counts everything the run wrote, from 0: a later one with the same consumer and
///   name replaces this one
public record OutputKey(int consumer, Optional<String> name, int sequence) {}
