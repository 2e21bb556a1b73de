"""A cgroup for a sandbox, where the agent was given one to divide.

That is one whose name begins with ``cloister``, in which the agent is (cgroup v1, memory and pids), or below which it
is (cgroup v2, whose groups have either processes or further groups). Others are not touched: what is no gift may be
somebody's bookkeeping. A *janitor* removes the sandbox's cgroup when the supervisor, the keeper and the init have
ended, however they do.
"""

from __future__ import annotations

import os
import time
from typing import Final, NamedTuple, NoReturn

from cloister._internal import linux
from cloister._internal.linux import SetupError
from cloister._internal.settings import Settings

__all__ = ["Cgroup", "least_tasks"]

_TASKS_PER_PROCESS: Final = 64
_LEAST_TASKS: Final = 256
_NAME: Final = "cloister"
_CONTROLLERS: Final = ("memory", "pids")
# The keeper and the init.
_OWN_TASKS: Final = 2
# The interpreter's libraries, which are copies, and what the kernel holds for the sandbox.
_BESIDE_BYTES: Final = 256 << 20
_REMOVAL_ATTEMPTS: Final = 200
_BETWEEN_SECONDS: Final = 0.02
_HINT: Final = "Start the server in a cgroup of its own whose name begins with cloister, with memory and pids delegated"


def least_tasks(processes: int) -> int:
    """How many tasks a sandbox of so many processes may have, however few they are."""
    return max(_LEAST_TASKS, _TASKS_PER_PROCESS * processes)


class _Place(NamedTuple):
    """Where the calling process is in one hierarchy, and the group it may divide."""

    own: str
    base: str


class Cgroup:
    """The supervisor's side of one sandbox's cgroup: one folder, or one for each controller."""

    def __init__(self, settings: Settings) -> None:
        """Makes it and starts its janitor. Raises SetupError where none can be had."""
        unified, places = _places()
        name = f"sandbox-{os.getpid()}-{os.urandom(4).hex()}"
        self._before = sorted({place.own for place in places})
        self._folders: list[str] = []
        try:
            for base in sorted({place.base for place in places}):
                if unified:
                    _delegate(base)
                folder = f"{base}/{name}"
                os.mkdir(folder, 0o755)
                self._folders.append(folder)
            memory, pids = (f"{place.base}/{name}" for place in places)
            _limit(settings, unified, memory, pids)
            self._events = os.open(f"{memory}/{'memory.events' if unified else 'memory.oom_control'}", os.O_RDONLY)
        except OSError as error:
            _remove(self._folders)
            raise SetupError(f"a cgroup {error.filename}", error.errno, _HINT) from error
        held, self._alive = os.pipe()
        self._janitor = os.fork()
        if self._janitor == 0:
            try:
                _tidy(self._folders, held)
            finally:
                os._exit(0)
        os.close(held)

    def enter(self) -> None:
        """Moves the calling process, and whatever it forks from now on, into it."""
        self._move(self._folders)

    def leave(self) -> None:
        """Moves the calling process back to where it was."""
        self._move(self._before)

    def _move(self, folders: list[str]) -> None:
        for folder in folders:
            try:
                _write(f"{folder}/cgroup.procs", str(os.getpid()))
            except OSError as error:
                raise SetupError(f"a move into the cgroup {folder}", error.errno, _HINT) from error

    def has_killed(self) -> bool:
        """Whether the kernel has killed a process of it because its memory was exceeded."""
        for line in os.pread(self._events, 4096, 0).decode("ascii", "replace").splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return count != "0"
        return False

    def end(self) -> None:
        """Waits until it is gone; nothing but the supervisor may be left."""
        os.close(self._alive)
        os.waitpid(self._janitor, 0)


def _places() -> tuple[bool, tuple[_Place, _Place]]:
    """Whether there is one hierarchy for all, and those of memory and pids."""
    mounts = _mounts()
    with open("/proc/self/cgroup", encoding="utf-8") as lines:
        own = {kind: path for _, kinds, path in (line.rstrip("\n").split(":", 2) for line in lines) for kind in kinds.split(",")}
    separate = [_place(mounts, kind, own[kind]) for kind in _CONTROLLERS if kind in own]
    if len(separate) == len(_CONTROLLERS):
        return False, (separate[0], separate[1])
    if "" not in own:
        raise SetupError("no hierarchy of cgroups for memory and pids", hint=_HINT)
    one = _place(mounts, "", own[""])
    if one.own == one.base:
        raise SetupError(f"the cgroup {one.own} has processes, and can have no further groups", hint=_HINT)
    return True, (one, one)


def _mounts() -> dict[str, tuple[str, str]]:
    """By controller, none for the unified hierarchy: which group is mounted, and where."""
    found: dict[str, tuple[str, str]] = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        for line in lines:
            before, _, after = line.rstrip("\n").partition(" - ")
            root, point = before.split()[3:5]
            kind, _, options = after.split()[:3]
            if kind == "cgroup2":
                found.setdefault("", (root, point))
            elif kind == "cgroup":
                for option in options.split(","):
                    found.setdefault(option, (root, point))
    return found


def _place(mounts: dict[str, tuple[str, str]], kind: str, own: str) -> _Place:
    root, point = mounts.get(kind, ("", ""))
    if not point or not f"{own}/".startswith(root.rstrip("/") + "/"):
        raise SetupError(f"the cgroup {own} is not mounted here", hint=_HINT)
    parts = [part for part in own[len(root.rstrip("/")) :].split("/") if part]
    depth = max((i for i, part in enumerate(parts, 1) if part.startswith(_NAME)), default=0)
    if depth == 0:
        raise SetupError(f"the cgroup {own} is not one to be divided", hint=_HINT)
    return _Place("/".join([point, *parts]), "/".join([point, *parts[:depth]]))


def _delegate(base: str) -> None:
    with open(f"{base}/cgroup.subtree_control", encoding="ascii") as file:
        missing = [kind for kind in _CONTROLLERS if kind not in file.read().split()]
    if missing:
        _write(f"{base}/cgroup.subtree_control", " ".join(f"+{kind}" for kind in _CONTROLLERS))


def _limit(settings: Settings, unified: bool, memory: str, pids: str) -> None:
    files = [*settings.runtime, *(file for part in settings.parts for file in part.files)]
    most = str(settings.memory + sum(file.size for file in files) + _BESIDE_BYTES)
    if unified:
        _write(f"{memory}/memory.max", most)
        _write_if_there(f"{memory}/memory.swap.max", "0")
        _write_if_there(f"{memory}/memory.oom.group", "1")
    else:
        _write(f"{memory}/memory.limit_in_bytes", most)
        _write_if_there(f"{memory}/memory.memsw.limit_in_bytes", most)
        _write_if_there(f"{memory}/memory.swappiness", "0")
    _write(f"{pids}/pids.max", str(least_tasks(settings.processes) + _OWN_TASKS))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode("ascii"))
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)


def _write_if_there(path: str, text: str) -> None:
    if os.path.exists(path):
        _write(path, text)


def _tidy(folders: list[str], held: int) -> NoReturn:
    """Waits for the end of all who may hold the other end of ``held``, then removes the folders."""
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for place, descriptor in enumerate((null, null, null, held)):
        os.dup2(descriptor, place)
    os.closerange(4, 1024)
    os.chdir("/")
    while os.read(3, 1):
        pass
    for _ in range(_REMOVAL_ATTEMPTS):
        if _remove(folders):
            break
        time.sleep(_BETWEEN_SECONDS)
    os._exit(0)


def _remove(folders: list[str]) -> bool:
    for folder in list(folders):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            pass
        except OSError:
            return False  # the kernel is not done yet with its last process
        folders.remove(folder)
    return True
