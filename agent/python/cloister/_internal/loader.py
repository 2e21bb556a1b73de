"""The interpreter's side of a run: takes code and inputs from the agent, then becomes the program.

Before START everything here is the measured package; after it, the program can be everywhere in this process.
"""

from __future__ import annotations

import atexit
import builtins
import importlib
import io
import mmap
import os
import resource
import socket
import struct
import sys
import threading
import traceback
import types
from dataclasses import replace
from typing import Final, NoReturn

from cloister._internal import channel as frames
from cloister._internal import isolation, linux, seccomp, session
from cloister._internal.cgroups import least_tasks
from cloister._internal.channel import Channel
from cloister._internal.memory import MemoryFile
from cloister._internal.parts import PartsFinder
from cloister._internal.session import HeldInput, Session, StreamedInput
from cloister._internal.settings import Settings
from cloister._internal.streams import Streams
from cloister._internal.vocabulary import failure_code

__all__ = ["serve"]

_RUN: Final = "run.py"
_MOST_MAPPED: Final = 1000
# Each takes 64 MiB of address space, of which a run has only its share.
_ARENAS: Final = 2
# keras has no backend of its own, and would look for TensorFlow; joblib would start programs, and takes threads so.
_FOR_PACKAGES: Final = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JOBLIB_MULTIPROCESSING": "0"}
_READY: Final = struct.Struct(">Q")
_FINISHED: Final = struct.Struct(">BBI")
_MOST_TRACEBACK_BYTES: Final = 1 << 16
# In the place of a traceback, where nothing was raised.
_NOTHING_WRITTEN: Final = b"run.py came to its end, and no result was written: neither write() nor output() was called\n"
_NOTHING_COMPLETED: Final = b"run.py came to its end, and no result was written: those that were begun were given up\n"
_NEVER_ENTERED: Final = b"run.py came to its end, and no result was written: run.py never entered `with Enclave()`\n"
_LEAST_NEW_MEMORY: Final = 8 << 20
# What pipes and sockets hold is the kernel's memory, which no other limit counts: about 0.2 MB a descriptor.
_DESCRIPTORS_PER_PROCESS: Final = 256
_MOST_PENDING_SIGNALS: Final = 1024


def serve(settings: Settings, descriptor: int, streams: int, requests: int | None = None) -> int:
    """Runs one program; returns the process's exit status. Takes over the descriptors.

    ``requests`` is the connection to the librarian, if there is one.
    """
    channel = Channel(descriptor)
    _furnish(settings)
    finder = None if requests is None else PartsFinder(settings.parts, requests)
    if finder is not None:
        finder.install()
    seccomp.confine(fork_allowed=settings.processes > 1)
    try:
        for name in settings.preload:
            importlib.import_module(name)
    except Exception as error:
        text = f"{name} cannot be imported: {type(error).__name__}: {error}"
        channel.send(frames.UNREADY, text.encode("utf-8", "replace")[:4000])
        return 1
    if settings.processes > 1:
        import multiprocessing

        # Every other way of starting a worker starts a program, and there is none to start.
        multiprocessing.set_start_method("fork", force=True)
    try:
        if settings.packages:
            _bound_installation(settings)
        installed = _install(settings, channel) if settings.packages else 0
    except EOFError:
        return 0
    if installed is None:
        return 1
    channel.send(frames.READY, _READY.pack(installed))
    job = _Job(channel, Streams(streams))
    try:
        job.take()
    except EOFError:
        return 0
    session.current = job.session()
    unseen = _note_threads()
    try:
        _bound(settings, job.held + installed, 0 if finder is None else finder.libraries)
        seccomp.close_setup_calls()
        # Not before: nothing that this file or the standard library imports late may be the code's.
        sys.path.insert(0, isolation.WORK)
        _run(job.run)
    except BaseException as error:
        return _report(channel, error, unseen)
    return _succeed(channel, unseen)


def _furnish(settings: Settings) -> None:
    os.environ.clear()
    os.environ.update({"HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "MPLCONFIGDIR": "/tmp"})
    if settings.site_packages:
        os.environ.update(_FOR_PACKAGES)
    os.environ.update(settings.environment)
    linux.keep_few_arenas(_ARENAS)
    standard = [path for path in sys.path if path != settings.package_folder]
    packages = [isolation.RUNTIME] if settings.site_packages else []
    # What comes with the code is last: it takes nobody's name.
    further = [isolation.FURTHER] if settings.packages else []
    sys.path[:] = [*standard, *packages, isolation.PACKAGE, *further]
    for module in list(sys.modules.values()):
        _move(module, settings.package_folder)
    sys.argv[:] = [_RUN]
    sys.stdin, sys.stdout, sys.stderr = (_text_stream(descriptor) for descriptor in range(3))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    # There is nobody to ask for an address anyway: this only says so in words that people understand.
    socket.getaddrinfo = socket.gethostbyname = socket.gethostbyname_ex = _find_no_address
    # asyncio flushes by sendmsg, which is refused, unless there is none when it is imported.
    socket.socket.sendmsg = socket.socket.sendmsg_afalg = _Missing()  # type: ignore[assignment]
    del socket.send_fds
    socket.__all__.remove("send_fds")
    # `site` makes these, and it does not run here.
    for name in ("exit", "quit"):
        setattr(builtins, name, _leave)


def _move(module: types.ModuleType, old: str) -> None:
    """Our own packages were imported from the machine's folder, which has another name inside."""
    folders = getattr(module, "__path__", None)
    if isinstance(folders, list) and folders and folders[0].startswith(old + "/"):
        module.__path__ = [isolation.PACKAGE + folders[0][len(old) :]]


def _text_stream(descriptor: int) -> io.TextIOWrapper:
    mode = "w" if descriptor else "r"
    stream = open(descriptor, mode, encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    assert isinstance(stream, io.TextIOWrapper)
    return stream


def _find_no_address(*arguments: object, **more: object) -> NoReturn:
    raise socket.gaierror(socket.EAI_FAIL, "an enclave has no network")


class _Missing:
    """In place of a method of a class below: neither the class nor its instances have it."""

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        raise AttributeError("an enclave's filter of system calls refuses it")


def _leave(code: object = None) -> NoReturn:
    raise SystemExit(code)


def _install(settings: Settings, channel: Channel) -> int | None:
    """Installs the wheels that come first; returns how many bytes that takes, or None if one is refused.

    All of it is public, and nothing secret is there yet: so the reason of a refusal may be told to everyone.
    """
    from cloister._internal.wheels import Place, WheelError, Wheels, installer

    # All of the runtime's names: its parts are not there yet.
    files = [*settings.runtime, *(file for part in settings.parts for file in part.files)]
    taken = {file.path.partition("/")[0].partition(".")[0]: "the runtime" for file in files}
    place = Place(sys.version_info[1], os.uname().machine, taken, settings.packages)
    wheels = Wheels(place, installer(isolation.FURTHER))
    try:
        while (frame := channel.receive())[0] != frames.INSTALL:
            kind, body = frame
            if kind != frames.WHEEL:
                raise ValueError(f"frame {kind} before the wheels")
            name = str(body, "utf-8")
            with open(_hold(channel).descriptor, "rb") as file:
                try:
                    wheels.add(name, file)
                except OSError as error:
                    raise WheelError(name, "wheel-size", f"there is no room for it: {error.strerror}") from error
    except WheelError as error:
        channel.send(frames.UNINSTALLABLE, str(error).encode("utf-8", "replace")[:4000])
        return None
    importlib.invalidate_caches()
    used = os.statvfs(isolation.FURTHER)
    return (used.f_blocks - used.f_bfree) * used.f_frsize


class _Job:
    """What the agent sends before START."""

    def __init__(self, channel: Channel, streams: Streams) -> None:
        self._channel = channel
        self._streams = streams
        self._streamed = 0
        self._computation = ""
        self._providers: tuple[str, ...] = ()
        self._consumers: tuple[str, ...] = ()
        self._named = True
        self._inputs: list[HeldInput | StreamedInput] = []
        self._sources: dict[str, bytes] = {}
        self._files: dict[str, int] = {}
        self.run = b""
        self.held = 0

    def take(self) -> None:
        """Until START; EOFError if the agent goes away before."""
        while True:
            kind, body = self._channel.receive()
            if kind == frames.START:
                if self._streamed == 0:
                    self._streams.end()
                return
            if kind == frames.WARM:
                _warm(str(body, "utf-8"))
            elif kind == frames.JOB:
                self._take_job(bytes(body))
            elif kind == frames.FILE:
                self._take_file(body[0] == 1, str(body[1:], "utf-8"))
            elif kind == frames.STREAM:
                self._inputs.append(StreamedInput(*_description(body), self._streamed))
                self._streamed += 1
            elif kind == frames.INPUT:
                provider, name = _description(body)
                held = self._hold()
                self._inputs.append(HeldInput(provider, name, held.size, held.descriptor, None))
            else:
                raise ValueError(f"frame {kind} out of place")

    def session(self) -> Session:
        """The program's view of it."""
        if len(self._inputs) <= _MOST_MAPPED:
            self._inputs = [_with_content(each) for each in self._inputs]
        return Session(
            self._channel,
            self._computation,
            self._providers,
            self._consumers,
            self._named,
            tuple(self._inputs),
            self._streams,
            self._sources,
            self._files,
        )

    def _take_job(self, body: bytes) -> None:
        self._computation = body[:32].decode("ascii")
        self._named = body[32] == 1
        self._providers, rest = _strings(body[33:])
        self._consumers, _ = _strings(rest)

    def _take_file(self, secret: bool, path: str) -> None:
        if secret and not path.endswith(".py"):
            self._files[path] = self._hold().descriptor
            return
        content = bytearray()
        while (chunk := _chunk(self._channel)) is not None:
            content += chunk
        if secret:
            self._sources[path] = bytes(content)
            self.held += len(content)
            return
        if path == _RUN:
            self.run = bytes(content)
        target = f"{isolation.WORK}/{path}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "xb") as file:
            file.write(content)

    def _hold(self) -> MemoryFile:
        file = _hold(self._channel)
        self.held += file.size
        return file


def _warm(name: str) -> None:
    """Imports what the program will, while there is nothing else to do; what fails will fail where it can be seen.

    Nothing that comes with the code is run by that: code and inputs are not there yet, and wheels are not looked into.
    """
    everywhere = sys.path[:]
    sys.path[:] = [path for path in everywhere if path != isolation.FURTHER]
    try:
        importlib.import_module(name)
    except BaseException:  # noqa: BLE001 - whatever a package raises, SystemExit too, it will raise again in the run
        pass
    finally:
        sys.path[:] = everywhere


def _hold(channel: Channel) -> MemoryFile:
    file = MemoryFile()
    while (chunk := _chunk(channel)) is not None:
        file.append(chunk)
    file.seal()
    return file


def _chunk(channel: Channel) -> memoryview | None:
    kind, body = channel.receive()
    if kind == frames.DATA:
        return body
    if kind == frames.END:
        return None
    raise ValueError(f"frame {kind} inside a file")


def _with_content(given: HeldInput | StreamedInput) -> HeldInput | StreamedInput:
    """Mapped once for all who want its bytes, before address space is limited: it takes no memory."""
    if isinstance(given, StreamedInput) or given.size == 0:
        return given
    return replace(given, content=mmap.mmap(given.descriptor, 0, access=mmap.ACCESS_READ))


def _description(body: memoryview) -> tuple[int, str]:
    return struct.unpack(">H", body[:2])[0], str(body[2:], "utf-8")


def _strings(body: bytes) -> tuple[tuple[str, ...], bytes]:
    (count,) = struct.unpack_from(">H", body)
    offset, found = 2, []
    for _ in range(count):
        (length,) = struct.unpack_from(">H", body, offset)
        found.append(body[offset + 2 : offset + 2 + length].decode("utf-8"))
        offset += 2 + length
    return tuple(found), body[offset:]


def _bound_installation(settings: Settings) -> None:
    """Until the run has its own limits: who made the wheels is not trusted with more than the agreed memory either."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_writable() + settings.memory, hard))


def _bound(settings: Settings, held: int, libraries: int) -> None:
    """The limits of the run that the kernel keeps by itself.

    Address space: what is left of the memory for each process, and what is mapped already and takes none: libraries,
    which all share, and ranges without any access. So all processes together get no more than the memory, however
    fast they take it; should a program open up such a range, or put memory in a library's place, the watchdog sees it.

    ``libraries`` bytes may yet be mapped that take no memory either. So that what a program takes in their stead is
    still bounded, unless it sets out to evade that, the memory that can be written has the same bound of its own.
    """
    share = (settings.memory - settings.scratch - held) // settings.processes
    files, anonymous = _mapped()
    if share < anonymous + _LEAST_NEW_MEMORY:
        raise MemoryError(f"of the memory agreed {max(share, 0)} bytes are left, and {anonymous} are in use already")
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + settings.cpu / 1000) + 2
    # Each input may be open once more beside the one held for it.
    held_open = len(os.listdir("/proc/self/fd"))
    descriptors = 2 * held_open + _DESCRIPTORS_PER_PROCESS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = {
        resource.RLIMIT_NOFILE: min(descriptors, hard),
        resource.RLIMIT_SIGPENDING: _MOST_PENDING_SIGNALS,
        resource.RLIMIT_AS: share + files + libraries,
        resource.RLIMIT_DATA: _writable() + share - anonymous,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: settings.scratch,
    }
    # Before Linux 5.14 this limit counts the user's processes outside of the sandbox as well.
    if tuple(map(int, os.uname().release.split(".")[:2])) >= (5, 14):
        limits[resource.RLIMIT_NPROC] = least_tasks(settings.processes)
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _mapped() -> tuple[int, int]:
    """Bytes of address space that show files or are only reserved, and all other."""
    files = anonymous = 0
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            fields = line.split(None, 5)
            start, _, end = fields[0].partition("-")
            if fields[4] != "0" or fields[1].startswith("---"):
                files += int(end, 16) - int(start, 16)
            else:
                anonymous += int(end, 16) - int(start, 16)
    return files, anonymous


def _writable() -> int:
    """Bytes of address space that RLIMIT_DATA counts."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


def _run(source: bytes) -> None:
    main = types.ModuleType("__main__")
    main.__file__ = f"{isolation.WORK}/{_RUN}"
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    exec(compile(source, main.__file__, "exec", dont_inherit=True), main.__dict__)


def _succeed(channel: Channel, unseen: list[BaseException]) -> int:
    """As at the end of any Python program: waits for its threads, then leaves.

    What ended a thread or an exit handler fails no program. But if no result is there, it is why.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    shown = sys.unraisablehook

    def unraisable(what: sys.UnraisableHookArgs) -> None:
        if what.exc_value is not None:
            unseen.append(what.exc_value)
        shown(what)

    sys.unraisablehook = unraisable
    atexit._run_exitfuncs()
    sys.unraisablehook = shown
    try:
        if session.current is not None:
            session.current.close_outputs()
            if not session.current.has_results:
                if unseen:
                    return _report(channel, unseen[0], [])
                channel.send(frames.TRACEBACK, _missing(session.current))
    except Exception as error:
        return _report(channel, error, [])
    _flush()
    channel.send(frames.FINISHED, _FINISHED.pack(0, 0, 0), last=True)
    return 0


def _missing(ended: Session) -> bytes:
    if ended.began_results:
        return _NOTHING_COMPLETED
    return _NOTHING_WRITTEN if ended.was_entered else _NEVER_ENTERED


def _note_threads() -> list[BaseException]:
    """What ends threads from here on, which nobody but a reader of the printed text learns of."""
    unseen: list[BaseException] = []
    shown = threading.excepthook

    def failed(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
            unseen.append(what.exc_value)
        shown(what)

    threading.excepthook = failed
    return unseen


def _report(channel: Channel, error: BaseException, unseen: list[BaseException]) -> int:
    if isinstance(error, SystemExit):
        if error.code is None or error.code == 0:
            return _succeed(channel, unseen)
        if not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    _flush()
    text = _traceback(error)
    channel.send(frames.TRACEBACK, text)
    body = _FINISHED.pack(1, failure_code(type(error)), _line(error))
    channel.send(frames.FINISHED, body, last=True)
    return (error.code & 0xFF or 1) if isinstance(error, SystemExit) and isinstance(error.code, int) else 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # the program may have put anything there


def _traceback(error: BaseException) -> bytes:
    try:
        # Without the frames of this file, which come first.
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        text = "".join(traceback.format_exception(type(error), error, trace)).encode("utf-8", "backslashreplace")
    except BaseException:
        return b""
    if len(text) <= _MOST_TRACEBACK_BYTES:
        return text
    half = _MOST_TRACEBACK_BYTES // 2 - 3
    return (text[:half].decode("utf-8", "ignore") + "\n...\n" + text[-half:].decode("utf-8", "ignore")).encode()


def _line(error: BaseException) -> int:
    """The innermost line of run.py that the exception came through; 0 if none."""
    file = f"{isolation.WORK}/{_RUN}"
    line = 0
    if isinstance(error, SyntaxError) and error.filename == file:
        line = error.lineno or 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno or 0
        trace = trace.tb_next
    return line
