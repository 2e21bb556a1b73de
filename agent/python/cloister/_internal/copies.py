"""Copies of what a sandbox shows, made while it is built: nothing inside is a file of the machine.

So nobody who can write to the machine's files can change what is loaded later; what must be exactly something is
digested in the same pass that copies it; and the table of mounts names no folder of the machine.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cloister._internal import libraries
from cloister._internal.linux import SetupError

if TYPE_CHECKING:
    import hashlib

__all__ = ["Copies", "Expected", "Part", "copy_expected"]

_PAGE: Final = 4096
_CHUNK: Final = 1 << 20
# Of the standard library: its own tests, programs with windows, the bundled pip, what compilers need, and packages.
_LEFT_OUT: Final = frozenset(
    {"test", "idlelib", "turtledemo", "ensurepip", "site-packages", "dist-packages"}
)


@dataclass(frozen=True, slots=True)
class Expected:
    """One file of the runtime as its wheel's RECORD has it: ``path`` is relative, ``digest`` SHA-256."""

    path: str
    size: int
    digest: bytes


@dataclass(frozen=True)
class Part:
    """Files of the runtime that are copied together, when one of the modules among them is first asked for."""

    name: str
    files: tuple[Expected, ...]

    @property
    def modules(self) -> frozenset[str]:
        """The top-level modules and packages that have files here."""
        return frozenset(
            folder if slash else folder.partition(".")[0]
            for folder, slash, _ in (file.path.partition("/") for file in self.files)
        )


@dataclass
class Copies:
    """What to copy where. ``folders`` and the second of each pair are paths inside, without a slash before them.

    ``sources`` are the machine's folders that are copied from.
    """

    sources: dict[str, None] = field(default_factory=dict)
    folders: dict[str, None] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)
    expected: list[tuple[str, str, Expected]] = field(default_factory=list)
    pages: int = 0
    later: int = 0

    @property
    def size(self) -> int:
        """Bytes of file system that they take."""
        return self.pages * _PAGE

    @property
    def count(self) -> int:
        """How many files and folders they are."""
        return len(self.folders) + len(self.files) + len(self.expected) + self.later

    def add_standard_library(self) -> None:
        """The interpreter's own modules, without packages as it runs without ``site``, at their own paths."""
        for folder in _standard_library():
            self.add_tree(folder, folder.lstrip("/"))

    def add_libraries(self) -> None:
        """The shared objects that it needs, all in the one folder where they are looked for unasked."""
        modules = [source for source, _ in self.files if source.endswith(".so")]
        folder = libraries.folder_of_libc().lstrip("/")
        for name, source in libraries.needed(modules).items():
            self._add_source(os.path.dirname(source))
            self._add_file(source, f"{folder}/{name}")

    def add_tree(self, source: str, target: str) -> None:
        """A folder with all in it, links followed to files only."""
        self._add_source(source)
        try:
            self._add_tree(source, target)
        except OSError as error:
            raise _unreadable(error.filename or source, error) from error

    def _add_tree(self, source: str, target: str) -> None:
        self._add_folder(target)
        with os.scandir(source) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _LEFT_OUT and not entry.name.startswith("config-"):
                        self._add_tree(entry.path, f"{target}/{entry.name}")
                elif entry.is_file() and not entry.name.endswith((".opt-1.pyc", ".opt-2.pyc")):
                    self._add_file(entry.path, f"{target}/{entry.name}")

    def add_runtime(self, folder: str, files: tuple[Expected, ...], target: str) -> None:
        """Files of ``folder`` that must be what they are expected to be."""
        self._add_source(folder)
        self._add_folder(target)
        for file in files:
            inside = f"{target}/{file.path}"
            self._add_folder(os.path.dirname(inside))
            self.expected.append((f"{folder}/{file.path}", inside, file))
            self.pages += _pages(file.size)

    def leave_room(self, parts: tuple[Part, ...]) -> None:
        """Room in the file system for what may be copied into it once it is in use."""
        for part in parts:
            folders = {file.path[:i] for file in part.files for i, letter in enumerate(file.path) if letter == "/"}
            self.later += len(part.files) + len(folders)
            self.pages += sum(_pages(file.size) for file in part.files)

    def _add_source(self, folder: str) -> None:
        self.sources[folder] = None
        self.sources[os.path.realpath(folder)] = None

    def _add_folder(self, target: str) -> None:
        while target and target not in self.folders:
            self.folders[target] = None
            target = os.path.dirname(target)

    def _add_file(self, source: str, target: str) -> None:
        self._add_folder(os.path.dirname(target))
        self.files.append((source, target))
        self.pages += _pages(os.stat(source).st_size)

    def make(self) -> None:
        """Makes them below the working directory, readable by all."""
        for folder in sorted(self.folders):
            os.makedirs(folder, 0o755, exist_ok=True)
        for source, target in self.files:
            try:
                _copy(source, target)
            except OSError as error:
                raise _unreadable(source, error) from error
        if self.expected:
            import hashlib

            buffer = memoryview(bytearray(_CHUNK))
            for source, target, file in self.expected:
                copy_expected(source, target, file, buffer, hashlib.sha256)


def _standard_library() -> list[str]:
    own = os.path.realpath(os.path.dirname(os.__file__))
    inside = [os.path.realpath(path) for path in sys.path if os.path.isdir(os.path.join(path, "lib-dynload"))]
    dynamic = [os.path.realpath(path) for path in sys.path if path.endswith("/lib-dynload") and os.path.isdir(path)]
    folders = list(dict.fromkeys([own, *inside, *dynamic]))
    return [path for path in folders if not any(path.startswith(other + "/") for other in folders)]


def _pages(size: int) -> int:
    return -(-size // _PAGE)


def _unreadable(path: str, error: OSError) -> SetupError:
    hint = "Let all read it (chmod -R a+rX)" if error.errno == errno.EACCES else ""
    return SetupError(f"copy of {path}", error.errno, hint)


def _copy(source: str, target: str) -> None:
    before = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    after = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o444)
    try:
        about = os.fstat(before)
        left = about.st_size
        while left > 0:
            done = os.sendfile(after, before, None, left)  # type: ignore[arg-type]
            if done == 0:
                break
            left -= done
        if target.endswith(".py"):
            # Byte code beside it is taken only if it knows this time.
            os.utime(after, ns=(about.st_mtime_ns, about.st_mtime_ns))
    finally:
        os.close(before)
        os.close(after)


def copy_expected(
    source: str,
    target: str,
    file: Expected,
    buffer: memoryview,
    new_digest: Callable[[], hashlib._Hash],
    source_folder: int | None = None,
    target_folder: int | None = None,
) -> None:
    """Copies a file, digesting what it copies; SetupError if it is not what is expected.

    Paths are relative to the folders, if given.
    """
    digest = new_digest()
    size = 0
    try:
        before = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=source_folder)
    except OSError as error:
        raise _unreadable(source, error) from error
    try:
        after = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o444, dir_fd=target_folder)
        try:
            while size <= file.size:
                # One byte more than expected, to see what is longer.
                part = buffer[: os.readv(before, [buffer[: min(len(buffer), file.size + 1 - size)]])]
                if not part:
                    break
                digest.update(part)
                size += len(part)
                while part:
                    part = part[os.write(after, part) :]
        finally:
            os.close(after)
    finally:
        os.close(before)
    if size != file.size or digest.digest() != file.digest:
        # Nothing that nobody agreed to is left where code could read it.
        os.unlink(target, dir_fd=target_folder)
        raise SetupError(f"{file.path} of the runtime is not what it was when it was checked")
