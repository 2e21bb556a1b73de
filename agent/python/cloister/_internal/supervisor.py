"""Starts the sandbox and watches over it from outside.

Three processes keep it: the *supervisor* (this one, outside, as the sandbox's user) measures and kills; its child, the
*keeper*, holds the first process of the sandbox as its own child; that first process, the *init*, builds the sandbox,
starts the interpreter and reaps. Whichever dies takes all below with it. Where the runtime has parts that are copied
later, a second child of the supervisor copies them: the *librarian* (``parts``).
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from typing import Final, NamedTuple, NoReturn

from cloister._internal import isolation, linux, seccomp
from cloister._internal import loader as loading  # now, as the folder it is in cannot be reached later
from cloister._internal.cgroups import Cgroup
from cloister._internal.linux import SetupError
from cloister._internal.parts import Librarian
from cloister._internal.settings import Settings
from cloister._internal.watch import Watch

__all__ = ["main"]

_TOKEN_BYTES: Final = 32

# Roles a connection to the agent names itself by, after the token.
_CONTROL: Final = b"C"
_LOADER: Final = b"L"
_LOG: Final = b"O"
_STREAMS: Final = b"I"

# Messages of the init to the supervisor.
_FAILED: Final = b"F"
_ISOLATED: Final = b"I"
_EXITED: Final = b"X"
_INIT_IS: Final = b"P"

# Messages of the supervisor to the agent: one letter, a length, a body.
_TO_AGENT: Final = struct.Struct(">cI")
_END: Final = struct.Struct(">BiQQQI")
# Messages of the agent to the supervisor: user code starts (bytes held in memory files), or all is to end (0).
_ORDER: Final = struct.Struct(">cQ")
_START: Final = b"S"

# Where the interpreter has its connections: that to the agent, that of streamed inputs, that to the librarian if any.
_LOADER_AT: Final = 3

# A level of isolation, by its word; the others by their number in what the agent is told.
_BY_CGROUPS: Final = "cgroups"

_SAMPLE_SECONDS: Final = 0.02
_MOST_REASON_BYTES: Final = 4000


class _Inner(NamedTuple):
    """The connections that lead into the sandbox."""

    loader: socket.socket
    log: socket.socket
    streams: socket.socket
    requests: socket.socket | None = None

    def close(self) -> None:
        """Closes them here."""
        for connection in self:
            if connection is not None:
                connection.close()


def main() -> NoReturn:
    """Reads the settings, builds the sandbox, watches until its end, reports."""
    control, *inner = _connections()
    settings = Settings.read(0)
    try:
        _supervise(settings, control, _Inner(*inner))
    except SetupError as error:
        _tell(control, _FAILED, str(error).encode()[:_MOST_REASON_BYTES])
    except (OSError, ValueError, ImportError) as error:
        _tell(control, _FAILED, f"{type(error).__name__} in the supervisor: {error}".encode()[:_MOST_REASON_BYTES])
    control.recv(1)  # the agent closes when it has read all
    os._exit(0)


def _connections() -> list[socket.socket]:
    """The four connections to the agent.

    A child makes them and is gone: what it read, the token and the socket's path, was never in the memory of this
    process, from which the interpreter is forked.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            token, path = _exactly(_TOKEN_BYTES), _exactly(int.from_bytes(_exactly(2), "big"))
            made = [_connect(os.fsdecode(path), token + role) for role in (_CONTROL, _LOADER, _LOG, _STREAMS)]
            socket.send_fds(theirs, [b"\0"], [connection.fileno() for connection in made])
        except BaseException as error:  # whatever it is, this process must never go on as its parent would
            sys.stderr.write(f"{type(error).__name__} while connecting to the agent: {error}\n")
            sys.stderr.flush()
        finally:
            os._exit(0)
    theirs.close()
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 4)
    ours.close()
    os.waitpid(child, 0)
    if len(descriptors) != 4:
        os._exit(1)
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def _exactly(count: int) -> bytes:
    """So many bytes of standard input, and none of those after, which are the settings."""
    content = b""
    while len(content) < count:
        part = os.read(0, count - len(content))
        if not part:
            raise EOFError("the agent said too little")
        content += part
    return content


def _connect(path: str, greeting: bytes) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    connection.sendall(greeting)
    return connection


def _tell(control: socket.socket, kind: bytes, body: bytes) -> None:
    try:
        control.sendall(_TO_AGENT.pack(kind, len(body)) + body)
    except OSError:
        os._exit(1)  # the agent is gone, and with it whoever could read this


def _supervise(settings: Settings, control: socket.socket, inner: _Inner) -> None:
    linux.architecture()
    os.setsid()
    as_root = os.geteuid() == 0
    uid = isolation.choose_uid(settings.uid) if as_root else os.getuid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    librarian = Librarian(settings.parts, settings.site_packages) if settings.parts else None
    if librarian is not None:
        inner = inner._replace(requests=librarian.inner)
    supervisor = os.getpid()
    cgroup = _cgroup(settings)
    if cgroup is not None:
        cgroup.enter()
    keeper = os.fork()
    if keeper == 0:
        control.close()
        ours.close()
        if librarian is not None:
            librarian.leave()
        _die_with(supervisor)
        _keep(settings, uid, as_root, theirs, inner)
    theirs.close()
    inner.close()
    if cgroup is not None:
        cgroup.leave()
    if as_root:
        isolation.become(uid)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    try:
        _watch(settings, control, ours, keeper, librarian, cgroup)
    except SetupError:
        os.waitpid(keeper, 0)  # whoever says why it fails ends, and the keeper with it
        raise
    finally:
        if librarian is not None:
            librarian.end()


def _cgroup(settings: Settings) -> Cgroup | None:
    """One for the sandbox, where it can be had; without one there is no sandbox if the terms demand it."""
    try:
        return Cgroup(settings)
    except SetupError:
        if settings.isolation == _BY_CGROUPS:
            raise
        return None


def _die_with(parent: int) -> None:
    """Asks the kernel to kill this process when ``parent`` dies, or dies if it already has."""
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


# ---------------------------------------------------------------------------------------------------------------------
# The keeper and the init


def _keep(settings: Settings, uid: int, as_root: bool, theirs: socket.socket, inner: _Inner) -> NoReturn:
    supervisor = os.getppid()
    try:
        # Should the machine run out of memory, let it take the sandbox before agent or server.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")
        isolation.enter_namespaces(as_root)
        alive, held = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(held)
            _init(settings, uid, as_root, theirs, inner, alive)
        os.close(alive)
        inner.close()
        # From here, as the number means nothing any more once this process has waited for its child.
        handle = os.pidfd_open(child)
        socket.send_fds(theirs, [_INIT_IS], [handle])
        os.close(handle)
        theirs.close()
        if as_root:
            isolation.become(uid)
        linux.prctl(linux.PR_SET_DUMPABLE, 0)
        _die_with(supervisor)  # again, as a change of user forgets it
        os.write(held, b"\0")
        os.waitpid(child, 0)
    except BaseException as error:  # whatever it is, this process must never go on as its parent would
        _give_reason(theirs, error)
    finally:
        os._exit(0)


def _give_reason(theirs: socket.socket, error: BaseException) -> None:
    reason = str(error) if isinstance(error, SetupError) else f"building the sandbox: {error!r}"
    theirs.send(_FAILED + reason.encode("utf-8", "replace")[:_MOST_REASON_BYTES])


def _init(
    settings: Settings, uid: int, as_root: bool, theirs: socket.socket, inner: _Inner, alive: int
) -> NoReturn:
    try:
        os.setsid()
        # The first process of a namespace gets only the signals it has handlers for.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        shown = isolation.build(settings, uid, as_root)
        # As a change of user forgets it, only now; and the keeper has to be there still.
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.read(alive, 1) != b"\0":
            os._exit(1)
        os.close(alive)
        _bound(settings)
        socket.send_fds(theirs, [_ISOLATED], shown)
        for descriptor in shown:
            os.close(descriptor)
        child = os.fork()
        if child == 0:
            theirs.close()
            _interpret(settings, inner)
        inner.close()
        _reap(theirs, child)
    except BaseException as error:  # as above
        _give_reason(theirs, error)
    finally:
        os._exit(0)


def _bound(settings: Settings) -> None:
    """The limits that hold from the start; those of the run follow when user code starts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptors = 16384 if hard == resource.RLIM_INFINITY else min(hard, 16384)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    available = sorted(os.sched_getaffinity(0))
    if settings.cores < len(available):
        first = os.getpid() + int.from_bytes(os.urandom(2), "big")
        chosen = {available[(first + i) % len(available)] for i in range(settings.cores)}
        os.sched_setaffinity(0, chosen)


def _reap(theirs: socket.socket, interpreter: int) -> NoReturn:
    seccomp.confine(fork_allowed=False)
    while True:
        pid, status = os.wait()
        if pid == interpreter:
            # The end of this process ends every other one in its namespace.
            theirs.send(struct.pack(">ci", _EXITED, status))
            os._exit(0)


def _interpret(settings: Settings, inner: _Inner) -> NoReturn:
    code = 1
    try:
        os.setsid()
        linux.prctl(linux.PR_SET_DUMPABLE, 0)
        null = os.open("/dev/null", os.O_RDWR)
        loader, log, streams, *requests = (each.detach() for each in inner if each is not None)
        given = (null, log, log, loader, streams, *requests)
        # Out of the way first, so that none takes the place of one that is still to be moved.
        kept = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16) for descriptor in given]
        for place, descriptor in enumerate(kept):
            os.dup2(descriptor, place)
        os.closerange(len(kept), max(kept) + 64)
        code = loading.serve(settings, *range(_LOADER_AT, len(kept)))
    except BaseException as error:  # as above
        sys.stderr.write(f"{type(error).__name__} in the loader: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


# ---------------------------------------------------------------------------------------------------------------------
# The watchdog


def _watch(
    settings: Settings,
    control: socket.socket,
    init: socket.socket,
    keeper: int,
    librarian: Librarian | None,
    cgroup: Cgroup | None,
) -> None:
    """Until the sandbox has ended, or the agent. When this process ends early the kernel ends the sandbox."""
    supervisor = os.getpid()
    watch = Watch(settings)
    status = -1
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(init, select.POLLIN)
    ended = False
    while not ended:
        for descriptor, _ in poll.poll(_SAMPLE_SECONDS * 1000 if watch.running else None):
            if descriptor == control.fileno():
                order = control.recv(_ORDER.size)
                if len(order) != _ORDER.size:
                    # The agent is gone, or has closed the sandbox.
                    watch.kill(keeper)
                    os.waitpid(keeper, 0)
                    return
                kind, held = _ORDER.unpack(order)
                if kind == _START:
                    watch.start(held)
                else:
                    watch.kill(keeper)
                    ended = True
                continue
            content, descriptors, _, _ = socket.recv_fds(init, _MOST_REASON_BYTES + 1, 4)
            kind, body = content[:1], content[1:]
            if kind == _INIT_IS:
                (watch.init,) = descriptors
            elif kind == _ISOLATED:
                watch.proc, *watch.writable = descriptors
                if librarian is not None:
                    later = watch.writable.pop()
                    librarian.start(later, supervisor)
                    os.close(later)
                    watch.librarian = librarian.pid
                _tell(control, _ISOLATED, bytes([cgroup is not None]))
            elif kind == _FAILED:
                raise SetupError(body.decode())
            else:  # the interpreter has ended, or the init is gone without a word
                status = struct.unpack(">i", body)[0] if kind == _EXITED else -1
                ended = True
        if watch.running and not ended and watch.sample():
            watch.kill(keeper)
            ended = True
    wall = time.monotonic()
    if status < 0:
        watch.kill(keeper)
    _, _, used = os.wait4(keeper, 0)
    watch.close(wall, used, status, cgroup is not None and cgroup.has_killed())
    if librarian is not None:
        librarian.end()
    if cgroup is not None:
        cgroup.end()
    body = _END.pack(watch.limit, status, watch.wall_ms, watch.cpu_ms, watch.peak_memory, watch.peak_processes)
    _tell(control, _EXITED, body)
