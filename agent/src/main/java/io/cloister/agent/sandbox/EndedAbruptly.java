package io.cloister.agent.sandbox;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Why a run without a traceback ended, for who may read tracebacks: an interpreter that a signal
/// ends, or that leaves at once, has no last word.
final class EndedAbruptly {
    /// Linux's names of the signals from 1, the same on every processor there is a sandbox for.
    private static final List<String> SIGNALS =
            List.of(
                    "SIGHUP",
                    "SIGINT",
                    "SIGQUIT",
                    "SIGILL",
                    "SIGTRAP",
                    "SIGABRT",
                    "SIGBUS",
                    "SIGFPE",
                    "SIGKILL",
                    "SIGUSR1",
                    "SIGSEGV",
                    "SIGUSR2",
                    "SIGPIPE",
                    "SIGALRM",
                    "SIGTERM",
                    "SIGSTKFLT",
                    "SIGCHLD",
                    "SIGCONT",
                    "SIGSTOP",
                    "SIGTSTP",
                    "SIGTTIN",
                    "SIGTTOU",
                    "SIGURG",
                    "SIGXCPU",
                    "SIGXFSZ",
                    "SIGVTALRM",
                    "SIGPROF",
                    "SIGWINCH",
                    "SIGIO",
                    "SIGPWR",
                    "SIGSYS");

    private EndedAbruptly() {}

    /// The reason as a line; empty where there is nothing to add.
    static Optional<String> reason(
            RunOutcome outcome, ControlMessage.Ended ended, Optional<String> violation) {
        return switch (outcome) {
            case RunOutcome.Crashed _ -> Optional.of(crash(ended));
            case RunOutcome.Misbehaved _ ->
                    violation.map(rule -> "the run was ended, as it broke a rule: " + rule + "\n");
            case RunOutcome.Success _,
                    RunOutcome.Failed _,
                    RunOutcome.LimitReached _,
                    RunOutcome.Stopped _ ->
                    Optional.empty();
        };
    }

    private static String crash(ControlMessage.Ended ended) {
        OptionalInt signal = ended.signal();
        if (signal.isPresent()) {
            return "the interpreter was ended by " + name(signal.getAsInt()) + "\n";
        }
        OptionalInt status = ended.exitStatus();
        return status.isPresent()
                ? "the interpreter left at once with status "
                        + status.getAsInt()
                        + ", as by os._exit\n"
                : "the interpreter was killed\n";
    }

    private static String name(int signal) {
        return signal <= SIGNALS.size()
                ? SIGNALS.get(signal - 1) + " (signal " + signal + ")"
                : "signal " + signal;
    }
}
