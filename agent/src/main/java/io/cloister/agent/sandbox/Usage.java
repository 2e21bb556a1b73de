package io.cloister.agent.sandbox;

import java.time.Duration;

/// What a run used, as its watchdog saw it from outside: exact figures, which would carry messages
/// of the code, so a report tells others rounded ones.
///
/// @param wall from the start of user code to its end
/// @param cpu processor time of all processes from the start of user code, to the watchdog's
///   sampling
/// @param peakMemoryBytes the most memory held at one time, to the watchdog's sampling
/// @param peakProcesses the most processes seen at one time
public record Usage(Duration wall, Duration cpu, long peakMemoryBytes, int peakProcesses) {}
