"""Parts of the runtime that are copied into a sandbox when they are first imported.

The *librarian* copies them: a process outside of the sandbox, as the sandbox's user, which has one descriptor of the
runtime's folder and one of the sandbox's, where alone it can be written. Whoever is inside can ask it for a part by
number, as often as they like, and nothing else; the processor time it takes counts as theirs. It copies as the sandbox
was built: only files that the agent named, each digested in the pass that copies it, at places no file is at yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final, NoReturn

from cloister._internal import isolation, linux, seccomp
from cloister._internal.copies import Part, copy_expected
from cloister._internal.linux import SetupError
from cloister._internal.memory import MemoryFile

__all__ = ["Librarian", "PartsFinder"]

_REQUEST: Final = struct.Struct(">H")
_MOST_ANSWER_BYTES: Final = 2000
_CHUNK: Final = 1 << 20
_GONE: Final = "who copies packages has gone"


class Librarian:
    """Our side of the process."""

    def __init__(self, parts: tuple[Part, ...], site_packages: str) -> None:
        """Nothing is started yet; ``inner`` is the sandbox's end of the connection.

        Opened now, as whoever the sandbox runs as need not be able to reach the folder.
        """
        self._parts = parts
        self._source = os.open(site_packages, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._outer, self.inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = 0

    def start(self, target: int, parent: int) -> None:
        """Starts it, to copy into the folder ``target``; it dies with its parent, this process."""
        self.pid = os.fork()
        if self.pid == 0:
            try:
                linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != parent:
                    os._exit(1)
                kept = [os.dup(descriptor) for descriptor in (self._outer.fileno(), self._source, target)]
                for place, descriptor in enumerate(kept, 3):
                    os.dup2(descriptor, place)
                os.closerange(3 + len(kept), max(kept) + 64)
                seccomp.confine(fork_allowed=False)
                _serve(self._parts, socket.socket(fileno=3), 4, 5)
            finally:
                os._exit(1)
        self.leave()

    def leave(self) -> None:
        """Closes what only the librarian itself may have."""
        self._outer.close()
        os.close(self._source)

    def end(self) -> None:
        """Ends it, if it was started."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0


def _serve(parts: tuple[Part, ...], requests: socket.socket, source: int, target: int) -> NoReturn:
    done: dict[int, bytes] = {}
    buffer = memoryview(bytearray(_CHUNK))
    while True:
        request = requests.recv(_REQUEST.size + 1)
        if not request:
            os._exit(0)  # the sandbox has ended
        if len(request) == _REQUEST.size:
            (index,) = _REQUEST.unpack(request)
            if index < len(parts):
                if index not in done:
                    done[index] = _copy(parts[index], source, target, buffer)
                _answer(requests, request + done[index])


def _answer(requests: socket.socket, text: bytes) -> None:
    """Without waiting: who asked may not listen."""
    try:
        requests.send(text, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    except OSError:
        pass


def _copy(part: Part, source: int, target: int, buffer: memoryview) -> bytes:
    """Why it cannot be had; nothing if it is there now."""
    try:
        for folder in sorted({os.path.dirname(file.path) for file in part.files}):
            _make_folder(folder, target)
        for file in part.files:
            copy_expected(file.path, file.path, file, buffer, hashlib.sha256, source, target)
    except (OSError, SetupError) as error:
        return str(error).encode("utf-8", "backslashreplace")[:_MOST_ANSWER_BYTES]
    return b""


def _make_folder(folder: str, target: int) -> None:
    made = ""
    for name in folder.split("/") if folder else ():
        made = f"{made}/{name}" if made else name
        try:
            os.mkdir(made, 0o755, dir_fd=target)
        except FileExistsError:
            pass


class PartsFinder:
    """Finds nothing: has the librarian copy what is about to be looked for."""

    def __init__(self, parts: tuple[Part, ...], descriptor: int) -> None:
        """Asks through ``descriptor``."""
        self._requests = socket.socket(fileno=descriptor)
        self._turn = _Turn()
        self._wanted: dict[str, list[int]] = {}
        for index, part in enumerate(parts):
            for module in part.modules:
                self._wanted.setdefault(module, []).append(index)
        self._libraries = {
            index: sum(file.size for file in part.files if ".so" in os.path.basename(file.path))
            for index, part in enumerate(parts)
        }

    @property
    def libraries(self) -> int:
        """Bytes of shared objects that may still come, whose mapping takes no memory."""
        return sum(self._libraries.values())

    def install(self) -> None:
        """From here on, imports bring what they need."""
        sys.meta_path.insert(sys.meta_path.index(PathFinder), self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None, always."""
        module = fullname.partition(".")[0]
        indexes = self._wanted.get(module)
        if indexes is not None:
            for index in indexes:
                reason = self._ask(index)
                if reason:
                    raise ImportError(f"{fullname} cannot be had: {reason}", name=fullname)
                self._libraries.pop(index, None)
            self._wanted.pop(module, None)
            for folder, finder in list(sys.path_importer_cache.items()):
                if finder is not None and folder.startswith(isolation.RUNTIME):
                    finder.invalidate_caches()
        return None

    def _ask(self, index: int) -> str:
        request = _REQUEST.pack(index)
        try:
            with self._turn:
                self._requests.send(request)
                # What one that was killed while it waited has left comes first.
                while (answer := self._requests.recv(_REQUEST.size + _MOST_ANSWER_BYTES)) and answer[:2] != request:
                    pass
        except ConnectionError:
            return _GONE
        except OSError as error:
            return str(error)
        return answer[2:].decode("utf-8", "replace") if answer else _GONE


class _Turn:
    """Lets one thread of one process after the other have the connection, which all forks share.

    A lock of a file ends with the process that has it, however it ends.
    """

    def __init__(self) -> None:
        file = MemoryFile()
        file.seal()  # else whoever finds it could fill it with what no limit counts
        self._file = file.descriptor
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()  # that of a thread which this process does not have

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *error: object) -> None:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        finally:
            self._lock.release()
