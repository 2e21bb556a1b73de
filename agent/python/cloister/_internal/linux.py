"""The system calls Python has no function for. Linux on x86_64 and aarch64 only."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import NoReturn

from cloister._internal.syscalls import ARCHITECTURES, NUMBERS

__all__ = [
    "SetupError",
    "architecture",
    "attach_mount",
    "call",
    "clone_mount",
    "drop_capabilities",
    "keep_few_arenas",
    "mount",
    "pivot_root",
    "prctl",
    "set_mount_attributes",
    "unmount_detached",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MS_BIND = 0x1000
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4
MOUNT_ATTR_NOEXEC = 8

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

_M_ARENA_MAX = -8
_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_OPEN_TREE_CLONE = 1
_OPEN_TREE_CLOEXEC = os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH = 4
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
# No set-uid root, no fix-up, no keep-caps, no ambient raise; each with its lock bit (capabilities(7)).
_SECUREBITS_ALL_LOCKED = 0xEF

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class SetupError(Exception):
    """A step of setting up the sandbox failed. The message is meant for the administrator of the machine."""

    def __init__(self, step: str, error: int | None = None, hint: str = "") -> None:
        reason = "" if error is None else f": {errno.errorcode.get(error, error)} ({os.strerror(error)})"
        super().__init__(f"{step}{reason}" + (f". {hint}" if hint else ""))


def architecture() -> int:
    """The column of this machine in the table of system calls.

    Raises SetupError on a machine this package has no table for.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        raise SetupError(f"no table of system calls for a {machine} machine")
    return ARCHITECTURES.index(machine)


def _fail(step: str, hint: str) -> NoReturn:
    raise SetupError(step, ctypes.get_errno(), hint)


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char], hint: str = "", step: str = "") -> int:
    """Makes the system call ``name``; raises SetupError with its error number."""
    number = NUMBERS[name][architecture()]
    if number is None:
        raise SetupError(f"{name} does not exist on this machine")
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    converted += [ctypes.c_long(0)] * (6 - len(converted))
    result = int(_libc.syscall(ctypes.c_long(number), *converted))
    if result < 0:
        _fail(step or name, hint)
    return result


def prctl(option: int, value: int = 0, other: int = 0) -> int:
    """prctl(2)."""
    return call("prctl", option, value, other, 0, 0, step=f"prctl({option}, {value})")


def keep_few_arenas(count: int) -> None:
    """Has the C library's allocator keep at most ``count`` arenas, where it has such a thing.

    It reads ``MALLOC_ARENA_MAX`` only when a program starts, and the interpreter is a fork.
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, count)


def unshare(flags: int, hint: str) -> None:
    """unshare(2)."""
    call("unshare", flags, step=f"unshare(0x{flags:x})", hint=hint)


def mount(source: str, target: str, kind: str, flags: int, data: str, hint: str = "") -> None:
    """mount(2)."""
    call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode(),
        flags,
        data.encode(),
        step=f"mount of {kind or source} on {target}",
        hint=hint,
    )


def unmount_detached(target: str) -> None:
    """umount2(2) with MNT_DETACH."""
    call("umount2", target.encode(), MNT_DETACH, step=f"umount of {target}")


def pivot_root(new_root: str, old_root: str) -> None:
    """pivot_root(2)."""
    call("pivot_root", new_root.encode(), old_root.encode())


def clone_mount(path: str) -> int:
    """A descriptor of a detached copy of what is at ``path``, without the mounts below it (open_tree(2))."""
    return call(
        "open_tree",
        _AT_FDCWD,
        os.fsencode(path),
        _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC,
        step=f"open_tree of {path}",
        hint="The user that starts the agent must be able to reach it",
    )


def attach_mount(tree: int, target: str) -> None:
    """Attaches a detached mount (move_mount(2))."""
    call(
        "move_mount",
        tree,
        b"",
        _AT_FDCWD,
        os.fsencode(target),
        _MOVE_MOUNT_F_EMPTY_PATH,
        step=f"move_mount to {target}",
    )


def set_mount_attributes(tree: int, path: str, attributes: int) -> None:
    """Sets attributes of the mount ``path``, or of the detached mount ``tree`` when ``path`` is empty."""
    packed = attributes.to_bytes(8, "little") + bytes(24)
    call(
        "mount_setattr",
        tree if not path else _AT_FDCWD,
        os.fsencode(path),
        0 if path else _AT_EMPTY_PATH,
        packed,
        len(packed),
        step=f"mount_setattr of {path or 'a detached mount'}",
        hint="Linux 5.12 or newer is needed",
    )


def drop_capabilities() -> None:
    """Gives up every capability, for good and for every program started from here."""
    prctl(PR_SET_SECUREBITS, _SECUREBITS_ALL_LOCKED)
    prctl(PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except SetupError:
            if ctypes.get_errno() == errno.EINVAL:  # past the last one this kernel knows
                break
            raise
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    call("capset", header, bytes(24))
