"""Builds the sandbox around the calling process: user, namespaces, file system, capabilities.

The calling process is the first of a new process namespace. As root the mounts are made first, with root's reach, and
the user is changed after; as an ordinary user all happens inside an own user namespace.
"""

from __future__ import annotations

import errno
import os
import pwd
import socket
import stat
import sys
from typing import Final

from cloister._internal import linux
from cloister._internal.linux import SetupError
from cloister._internal.settings import Settings

__all__ = ["INSIDE_UID", "PACKAGE", "RUNTIME", "WORK", "become", "build", "choose_uid", "enter_namespaces"]

WORK: Final = "/work"
PACKAGE: Final = "/cloister"
RUNTIME: Final = "/runtime"
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
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_SCRATCH_INODES: Final = 16384


def choose_uid(wished: int) -> int:
    """The user to become when root: ``wished``, or one that nobody has and no process runs as."""
    if wished > 0:
        return wished
    low, high = (2_000_000_000, 2_000_999_999) if _is_mapped(2_000_999_999) else (50_000, 59_999)
    taken = {os.stat(f"/proc/{entry}").st_uid for entry in _processes()}
    for _ in range(1000):
        uid = low + int.from_bytes(os.urandom(8), "big") % (high - low + 1)
        if uid not in taken and not _has_name(uid):
            return uid
    raise SetupError("no free user id found to run as")


def _processes() -> list[str]:
    return [entry for entry in os.listdir("/proc") if entry.isdigit() and os.path.exists(f"/proc/{entry}")]


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


def build(settings: Settings, uid: int, as_root: bool) -> tuple[int, int]:
    """Does everything but the filter of system calls.

    Returns descriptors of the sandbox's own /proc and of its scratch file system, for the watchdog.
    """
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE, "")
    binds = _binds(settings)
    devices = [(linux.clone_mount(f"/dev/{name}"), f"/dev/{name}") for name in _DEVICES]
    root = _base_folder()
    linux.mount(
        "tmpfs",
        root,
        "tmpfs",
        linux.MS_NOSUID | linux.MS_NODEV,
        "size=1m,nr_inodes=8192,mode=755",
        _HINT_USER_NAMESPACES,
    )
    os.chdir(root)
    scratch = _lay_out(settings, uid, as_root)
    for tree, path in devices:
        _attach(tree, path, linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NOEXEC)
    for tree, path in binds:
        _attach(tree, path, linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV)
    _hide_host_packages()
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
    _check_readable(settings)
    os.chdir(WORK)
    return os.open("/proc", os.O_RDONLY | os.O_DIRECTORY), scratch


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


def _base_folder() -> str:
    for folder in ("/tmp", "/mnt", "/run", "/var", "/opt"):
        if os.path.isdir(folder) and not os.path.islink(folder):
            return folder
    raise SetupError("no folder to build the sandbox's file system on")


def _lay_out(settings: Settings, uid: int, as_root: bool) -> int:
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
    return descriptor


def _attach(tree: int, path: str, attributes: int) -> None:
    target = path.lstrip("/")
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
    linux.set_mount_attributes(tree, "", attributes | linux.MOUNT_ATTR_RDONLY)
    linux.attach_mount(tree, target)
    os.close(tree)


def _standard_library() -> list[str]:
    """The folders of the interpreter's own modules; without packages, as it runs without ``site``."""
    own = os.path.realpath(os.path.dirname(os.__file__))
    inside = [os.path.realpath(path) for path in sys.path if os.path.isdir(os.path.join(path, "lib-dynload"))]
    dynamic = [os.path.realpath(path) for path in sys.path if path.endswith("/lib-dynload") and os.path.isdir(path)]
    return list(dict.fromkeys([own, *inside, *dynamic]))


def _binds(settings: Settings) -> list[tuple[int, str]]:
    """Detached copies of all that is shown read-only, each with its path inside."""
    paths = _standard_library() + _library_folders()
    paths = [path for path in paths if not any(path.startswith(other + "/") for other in paths)]
    paths += [path for path in _loaded_libraries() if not any(path.startswith(folder + "/") for folder in paths)]
    trees = [(linux.clone_mount(path), path) for path in dict.fromkeys(paths)]
    trees.append((linux.clone_mount(settings.package_folder), PACKAGE))
    if settings.site_packages:
        trees.append((linux.clone_mount(settings.site_packages), RUNTIME))
    return trees


def _library_folders() -> list[str]:
    machine = f"{os.uname().machine}-linux-gnu"
    candidates = (f"/usr/lib/{machine}", f"/lib/{machine}", "/usr/lib64", "/lib64")
    folders = [path for path in candidates if os.path.isdir(path) and not os.path.islink(path)]
    real = [os.path.realpath(path) for path in folders]
    cache = ["/etc/ld.so.cache"] if os.path.exists("/etc/ld.so.cache") else []
    return list(dict.fromkeys(real)) + cache


def _loaded_libraries() -> list[str]:
    """Shared objects of this process, such as libpython, wherever they are."""
    found = []
    with open("/proc/self/maps", encoding="utf-8") as lines:
        for line in lines:
            path = line.rstrip("\n").split(" ", 5)[-1].strip()
            if path.startswith("/") and ".so" in os.path.basename(path):
                found.append(path)
    return list(dict.fromkeys(found))


def _hide_host_packages() -> None:
    for folder in _standard_library():
        for name in ("site-packages", "dist-packages"):
            hidden = f"{folder}/{name}".lstrip("/")
            if os.path.isdir(hidden):
                flags = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
                linux.mount("tmpfs", hidden, "tmpfs", flags, "size=4k,nr_inodes=2,mode=755")


def _check_readable(settings: Settings) -> None:
    """The user inside may be another than the one who installed the interpreter."""
    probes = [(f"{_standard_library()[0]}/os.py", f"the standard library of {sys.executable}")]
    probes += [(f"{PACKAGE}/cloister/__init__.py", settings.package_folder)]
    probes += [(f"{RUNTIME}/.", settings.site_packages)] if settings.site_packages else []
    for path, name in probes:
        if not os.access(path, os.R_OK):
            raise SetupError(
                f"{name} is not readable for the sandbox's user", errno.EACCES, "Let all read it (chmod -R a+rX)"
            )
