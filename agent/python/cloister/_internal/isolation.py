"""Builds the sandbox around the calling process: user, namespaces, file system, capabilities.

The calling process is the first of a new process namespace. As root the mounts are made first, with root's reach, and
the user is changed after; as an ordinary user all happens inside an own user namespace. All files are copies, so that
the machine's can neither be seen from inside nor change what runs.
"""

from __future__ import annotations

import os
import pwd
import socket
from typing import Final

from cloister._internal import linux
from cloister._internal.copies import Copies
from cloister._internal.linux import SetupError
from cloister._internal.settings import Settings

__all__ = ["FURTHER", "INSIDE_UID", "PACKAGE", "RUNTIME", "WORK", "become", "build", "choose_uid", "enter_namespaces"]

WORK: Final = "/work"
PACKAGE: Final = "/cloister"
RUNTIME: Final = "/runtime"
FURTHER: Final = "/packages"
INSIDE_UID: Final = 1000

_HINT_USER_NAMESPACES: Final = (
    "User namespaces must be allowed: sysctl user.max_user_namespaces (above 0), kernel.unprivileged_userns_clone=1 "
    "(Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); or start the agent as root"
)
_HINT_PROC: Final = "A container must not mask parts of /proc (Docker: --security-opt systempaths=unconfined)"
_HINT_USER: Final = (
    "Root must be able to become a user that nobody else is: map more user ids into the container, name one of those it "
    "has, or start the agent as an ordinary user"
)
# Not zero: mapped as shared it is memory that nothing counts.
_DEVICES: Final = ("null", "full", "random", "urandom")
_SCRATCH_INODES: Final = 16384
_FURTHER_INODES: Final = 65536
# For folders and mount points that are no copies.
_SPARE_BYTES: Final = 1 << 20
_SPARE_INODES: Final = 1024


def choose_uid(wished: int) -> int:
    """The user to become when root: ``wished``, or one that nobody has and no process runs as."""
    if wished > 0:
        return wished
    low, high = (2_000_000_000, 2_000_999_999) if _is_mapped(2_000_999_999) else (50_000, 59_999)
    taken = _users()
    for _ in range(1000):
        uid = low + int.from_bytes(os.urandom(8), "big") % (high - low + 1)
        if uid not in taken and not _has_name(uid):
            return uid
    raise SetupError("no free user id found to run as")


def _users() -> set[int]:
    """Whom processes run as."""
    found = set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            found.add(os.stat(f"/proc/{entry}").st_uid)
        except FileNotFoundError:
            pass  # it has ended meanwhile
    return found


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _is_mapped(uid: int) -> bool:
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        return any(int(first) <= uid < int(first) + int(count) for first, _, count in map(str.split, lines))


def enter_namespaces(as_root: bool) -> None:
    """Leaves the machine's namespaces; the process namespace is that of the next child."""
    flags = (
        linux.CLONE_NEWNS
        | linux.CLONE_NEWPID
        | linux.CLONE_NEWNET
        | linux.CLONE_NEWIPC
        | linux.CLONE_NEWUTS
        | linux.CLONE_NEWCGROUP
    )
    if as_root:
        linux.unshare(flags, "Root needs CAP_SYS_ADMIN for this; a container must grant it")
        return
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(flags | linux.CLONE_NEWUSER, _HINT_USER_NAMESPACES)
    _map_user(uid, gid)


def _map_user(uid: int, gid: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{INSIDE_UID} {uid} 1"),
        ("gid_map", f"{INSIDE_UID} {gid} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError as error:
            raise SetupError(f"write to /proc/self/{name}", error.errno, _HINT_USER_NAMESPACES) from error


def build(settings: Settings, uid: int, as_root: bool) -> list[int]:
    """Does everything but the filter of system calls.

    Returns descriptors of the sandbox's own /proc, of its scratch file system, and of that of the packages that come
    with the code, if any do, for the watchdog; and, if the runtime has parts that are copied later, one of its folder
    that can be written through.
    """
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE, "")
    copies = _copies(settings)
    devices = [(linux.clone_mount(f"/dev/{name}"), f"/dev/{name}") for name in _DEVICES]
    root = _base_folder([*copies.sources, "/dev", "/proc"])
    linux.mount(
        "tmpfs",
        root,
        "tmpfs",
        linux.MS_NOSUID | linux.MS_NODEV,
        f"size={copies.size + _SPARE_BYTES},nr_inodes={copies.count + _SPARE_INODES},mode=755",
        _HINT_USER_NAMESPACES,
    )
    os.chdir(root)
    writable = _lay_out(settings, uid, as_root)
    copies.make()
    later = _open_for_later(uid, as_root) if settings.parts else []
    for tree, path in devices:
        _attach(tree, path)
    proc_flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "proc", "proc", proc_flags, "subset=pid", _HINT_PROC)
    linux.pivot_root(".", ".")
    linux.unmount_detached(".")
    os.chdir("/")
    linux.set_mount_attributes(-1, "/", linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV)
    socket.sethostname("enclave")
    if as_root:
        become(uid)
        _own_user_namespace(uid)
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    os.chdir(WORK)
    return [os.open("/proc", os.O_RDONLY | os.O_DIRECTORY), *writable, *later]


def _open_for_later(uid: int, as_root: bool) -> list[int]:
    """A mount of the runtime's folder, without a place, that stays writable when the sandbox's own no longer is."""
    if as_root:
        for folder, _, _ in os.walk(RUNTIME.lstrip("/")):
            os.chown(folder, uid, uid)
    return [linux.clone_mount(RUNTIME.lstrip("/"))]


def become(uid: int) -> None:
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        raise SetupError(
            f"change to user {uid}", error.errno, _HINT_USER
        ) from error


def _own_user_namespace(uid: int) -> None:
    # After a change of user the process's files in /proc belong to root until it says it may be looked at.
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    linux.unshare(linux.CLONE_NEWUSER, _HINT_USER_NAMESPACES)
    _map_user(uid, uid)


def _base_folder(needed: list[str]) -> str:
    """A folder of the machine to mount the sandbox's root on: nothing below it can be reached any more."""
    for folder in ("/tmp", "/mnt", "/run", "/srv", "/media", "/var", "/opt", "/home"):
        covers = any(path == folder or path.startswith(folder + "/") for path in needed)
        if os.path.isdir(folder) and not os.path.islink(folder) and not covers:
            return folder
    raise SetupError("no folder to build the sandbox's file system on")


def _lay_out(settings: Settings, uid: int, as_root: bool) -> list[int]:
    for folder in ("proc", "dev", "dev/shm", "tmp", "work", "scratch"):
        os.mkdir(folder, 0o755)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("tmpfs", "scratch", "tmpfs", flags, f"size={settings.scratch},nr_inodes={_SCRATCH_INODES},mode=755")
    descriptor = os.open("scratch", os.O_RDONLY | os.O_DIRECTORY)
    for name, target in (("work", "work"), ("tmp", "tmp"), ("shm", "dev/shm")):
        os.mkdir(f"scratch/{name}", 0o700)
        if as_root:
            os.chown(f"scratch/{name}", uid, uid)
        linux.mount(f"scratch/{name}", target, "", linux.MS_BIND, "")
    linux.unmount_detached("scratch")
    os.rmdir("scratch")
    return [descriptor, _further(settings.packages, uid, as_root)] if settings.packages else [descriptor]


def _further(size: int, uid: int, as_root: bool) -> int:
    """The place of the packages that come with the code: extension modules are loaded from it."""
    target = FURTHER.lstrip("/")
    os.mkdir(target, 0o755)
    flags = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", target, "tmpfs", flags, f"size={size},nr_inodes={_FURTHER_INODES},mode=755")
    if as_root:
        os.chown(target, uid, uid)
    return os.open(target, os.O_RDONLY | os.O_DIRECTORY)


def _attach(tree: int, path: str) -> None:
    target = path.lstrip("/")
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
    attributes = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NOEXEC
    linux.set_mount_attributes(tree, "", attributes)
    linux.attach_mount(tree, target)
    os.close(tree)


def _copies(settings: Settings) -> Copies:
    copies = Copies()
    copies.add_standard_library()
    copies.add_libraries()
    copies.add_tree(settings.package_folder, PACKAGE.lstrip("/"))
    if settings.site_packages:
        copies.add_runtime(settings.site_packages, settings.runtime, RUNTIME.lstrip("/"))
        copies.leave_room(settings.parts)
    return copies
