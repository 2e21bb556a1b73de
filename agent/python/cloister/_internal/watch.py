"""What a sandbox uses, measured from outside and compared with its limits.

Memory is counted as what the processes hold that is theirs alone (RssAnon, and huge pages) plus what the memory files
and the scratch file system hold, mapped or not. Memory shared after a fork counts once for each process. There is no
other shared memory: what a process shares without a file would stay when nobody maps it any more, and show in no figure
of any process, so the filter of system calls refuses it and no device gives it. Libraries are mapped from the read-only
file system of copies, which mapping makes no larger: they never count, whenever they are loaded. That the memory hardly
exceeds the limit in between two samples is the work of RLIMIT_AS: see ``loader._bound``.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import Final

from cloister._internal.settings import Settings

__all__ = ["Watch"]

_NO_LIMIT: Final = 0
_MEMORY: Final = 1
_CPU: Final = 2
_WALL: Final = 3
_PROCESSES: Final = 4
# Of the clock of another process's time (clock_getcpuclockid(3)): its scheduled time, as the kernel has it.
_WHOLE_PROCESS: Final = 2
_TICK: Final = os.sysconf("SC_CLK_TCK")


class Watch:
    """The watchdog's knowledge of one sandbox."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = 0.0
        self._held = 0
        self._cpu_before = 0.0
        self._cpu_of: dict[str, float] = {}
        self._cpu_of_ended = 0.0
        self._cpu = 0.0
        self._measured = False
        self.init = -1
        self.proc = -1
        self.librarian = 0
        self.writable: list[int] = []
        self.running = False
        self.limit = _NO_LIMIT
        self.wall_ms = 0
        self.cpu_ms = 0
        self.peak_memory = 0
        self.peak_processes = 0

    def start(self, held: int) -> None:
        """User code starts; the loader holds ``held`` bytes for it in memory files."""
        self._held = held
        # What a run takes that is over before the first sample.
        self.peak_memory = self._memory(self._measure_cpu())
        self._cpu_before = self._cpu
        self._started = time.monotonic()
        self.running = True

    def sample(self) -> bool:
        """Measures; whether a limit is exceeded."""
        processes = self._measure_cpu()
        memory = self._memory(processes)
        self.peak_processes = max(self.peak_processes, len(processes))
        self.peak_memory = max(self.peak_memory, memory)
        limits = self._settings
        # Processes first: memory that is shared after a fork counts for each of them.
        if len(processes) > limits.processes:
            self.limit = _PROCESSES
        elif memory > limits.memory:
            self.limit = _MEMORY
        elif (self._cpu - self._cpu_before) * 1000 > limits.cpu:
            self.limit = _CPU
        elif (time.monotonic() - self._started) * 1000 > limits.wall:
            self.limit = _WALL
        return self.limit != _NO_LIMIT

    def kill(self, keeper: int) -> None:
        """Ends every process of the sandbox. ``keeper`` is killed where its child is not known yet."""
        try:
            if self.init >= 0:
                signal.pidfd_send_signal(self.init, signal.SIGKILL)
            else:
                os.kill(keeper, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self, ended: float, used: resource.struct_rusage, status: int, killed: bool) -> None:
        """The last figures, of the processes that have ended by now.

        ``killed``: the kernel has killed one of them as the memory of their cgroup was exceeded.
        """
        if not self.running:
            return
        self.wall_ms = int((ended - self._started) * 1000)
        self._cpu = max(self._cpu, used.ru_utime + used.ru_stime + self._time_of_librarian())
        self.cpu_ms = int((self._cpu - self._cpu_before) * 1000)
        self.peak_processes = max(self.peak_processes, 1)
        self.peak_memory = max(self.peak_memory, self._held)
        if not self._measured:
            # It was over before it was looked at: what its largest process ever had, libraries included.
            self.peak_memory = max(self.peak_memory, self._held + used.ru_maxrss * 1024)
        if status >= 0 and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU and not self.limit:
            self.limit = _CPU  # RLIMIT_CPU was faster than the watchdog
        if killed and not self.limit:
            self.limit = _MEMORY

    def _measure_cpu(self) -> list[str]:
        """Updates the processor time; returns the living processes but for the init.

        A process that reaps its children inherits their time, one that ignores them does not: so the last seen time of
        each process counts as well, and the greater sum holds.
        """
        by_parents = 0.0
        own_of: dict[str, float] = {}
        living = []
        for pid in self._present():
            fields = _read(self.proc, f"{pid}/stat").rpartition(")")[2].split()
            if len(fields) < 20:
                continue  # it has just ended
            own = (int(fields[11]) + int(fields[12])) / _TICK
            by_parents += own + (int(fields[13]) + int(fields[14])) / _TICK
            own_of[f"{pid}:{fields[19]}"] = own
            if pid != "1" and fields[0] != "Z":
                living.append(pid)
        self._cpu_of_ended += sum(own for key, own in self._cpu_of.items() if key not in own_of)
        self._cpu_of = own_of
        inside = max(by_parents, self._cpu_of_ended + sum(own_of.values()))
        self._cpu = max(self._cpu, inside + self._time_of_librarian())
        return living

    def _time_of_librarian(self) -> float:
        """Whoever is inside has it work, so its time is theirs."""
        if not self.librarian:
            return 0.0
        try:
            return time.clock_gettime(~self.librarian << 3 | _WHOLE_PROCESS)
        except OSError:
            return 0.0  # it has ended

    def _present(self) -> list[str]:
        try:
            return [entry for entry in os.listdir(self.proc) if entry.isdigit()]
        except OSError:
            return []  # the namespace has ended

    def _memory(self, processes: list[str]) -> int:
        files = [os.statvfs(descriptor) for descriptor in self.writable]
        used = sum((each.f_blocks - each.f_bfree) * each.f_frsize for each in files)
        return self._private(processes) + self._held + used

    def _private(self, processes: list[str]) -> int:
        """Bytes of memory that are theirs alone."""
        private = 0
        for pid in processes:
            for line in _read(self.proc, f"{pid}/status").splitlines():
                if line.startswith(("RssAnon:", "HugetlbPages:")):
                    private += int(line.split()[1]) * 1024
                    self._measured = True
        return private


def _read(folder: int, path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY, dir_fd=folder)
    except OSError:
        return ""  # it has ended
    try:
        return os.read(descriptor, 4096).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
