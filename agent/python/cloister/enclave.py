"""The program's door to its computation."""

from __future__ import annotations

import contextlib
import io
import operator
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import BinaryIO, Final

from cloister._internal import session
from cloister.errors import SGXError, UserError, UserTypeError
from cloister.files import InputFile, OutputFile, StreamedFile, bytes_of

__all__ = ["Consumer", "Enclave", "Input"]

_COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Consumer:
    """A Result Consumer: ``write(data, consumer.index)`` writes for this one alone."""

    index: int
    email: str


@dataclass(frozen=True)
class Input:
    """One input file: ``provider`` is the position of its Data Provider, so ``read(provider)`` includes it.

    ``size`` is in bytes; None where the terms stream inputs.
    """

    provider: int
    provider_email: str
    name: str
    size: int | None
    _open: Callable[[], InputFile | StreamedFile]

    def open(self) -> InputFile | StreamedFile:
        """The file from its start; each call gives one of its own.

        Where the terms stream inputs each can be opened once, and no more than 16 be open at a time; raises UserError.
        """
        return self._open()


class Enclave(contextlib.ContextDecorator):
    """The enclave the program runs in. ``with Enclave() as enclave:`` opens the Code Provider's encrypted files.

    Raises SGXError outside of an enclave.
    """

    def __init__(self) -> None:
        """The enclave of this process."""
        current = session.current
        if current is None:
            raise SGXError("not inside an enclave: try the program with `cloister code test`")
        self._session = current

    def __enter__(self) -> Enclave:
        """Lets encrypted modules be imported and encrypted files be opened by their path."""
        self._session.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Takes them away again; modules that were imported stay."""
        self._session.leave()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """All input files: by Data Provider in the agreement's order, then in the order the provider gave them."""
        return tuple(map(self._input, self._session.inputs))

    def _input(self, given: session.HeldInput | session.StreamedInput) -> Input:
        email = self._session.providers[given.provider]
        if isinstance(given, session.HeldInput):
            return Input(given.provider, email, given.name, given.size, partial(_reopened, given))
        return Input(given.provider, email, given.name, None, partial(self._streamed, given.stream, given.name))

    def _streamed(self, stream: int, name: str) -> StreamedFile:
        self._session.streams.begin(stream, name)
        return StreamedFile(self._session.streams, stream, name)

    @property
    def consumers(self) -> tuple[Consumer, ...]:
        """The Result Consumers in the agreement's order."""
        return tuple(Consumer(index, email) for index, email in enumerate(self._session.consumers))

    def read(self, n: int | None = None) -> Iterator[InputFile | StreamedFile]:
        """The input files one after the other, or those of the ``n``-th Data Provider, from 0.

        Raises UserError when there is no such provider, at the first step of the iteration.
        """
        if n is not None:
            n = _position(n, len(self._session.providers), "Data Provider")
        for each in self.inputs:
            if n is None or each.provider == n:
                yield each.open()

    def write(
        self,
        data: bytes | bytearray | memoryview | io.BytesIO | BinaryIO,
        n: int | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Writes a result for every Result Consumer, or for the ``n``-th only, from 0.

        ``data``: bytes; an ``io.BytesIO``, whose whole content counts; or a binary file, read from its position on.
        A later result for the same consumer and of the same ``name`` replaces this one; names are for results beside
        the one without a name.
        """
        if isinstance(data, (io.BytesIO, InputFile)):
            self._write_bytes(data.getbuffer(), n, name)
        elif isinstance(data, io.TextIOBase) or not hasattr(data, "read"):
            self._write_bytes(bytes_of(data), n, name)
        else:
            assert not isinstance(data, (bytes, bytearray, memoryview))
            _refuse_at_end(data)
            with self.output(name, n) as output:
                while chunk := data.read(_COPY_BYTES):
                    output.write(chunk)

    def _write_bytes(self, view: memoryview, n: int | None, name: str | None) -> None:
        with self.output(name, n) as output:
            output.write(view)

    def output(self, name: str | None = None, n: int | None = None) -> OutputFile:
        """A result to be written piece by piece, otherwise as ``write``."""
        if n is not None:
            n = _position(n, len(self._session.consumers), "Result Consumer")
        if name is not None:
            _check_name(name)
        return self._session.open_output(n, name)

    def progress(self, fraction: float, message: str = "") -> None:
        """Prints how far the program is, from 0 to 1.

        It is printed text like any other: readers of the output, if the terms name any, get it when the run has ended.
        """
        if not isinstance(message, str):
            raise UserTypeError("a message of progress is text")
        if not 0 <= fraction <= 1:
            raise UserError("progress goes from 0 to 1")
        print(f"progress {fraction:.0%}" + (f": {message}" if message else ""), flush=True)


def _reopened(given: session.HeldInput) -> InputFile:
    path = f"/proc/self/fd/{given.descriptor}"
    return InputFile(os.open(path, os.O_RDONLY | os.O_CLOEXEC), given.name, given.content, path)


def _position(n: int, count: int, role: str) -> int:
    try:
        index = operator.index(n)
    except TypeError:
        raise UserTypeError(f"the number of a {role} is an integer, not {type(n).__name__}") from None
    if not 0 <= index < count:
        raise UserError(f"there is no {role} {index}: they are numbered from 0 to {count - 1}")
    return index


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise UserTypeError("a result's name is text")
    if not 1 <= len(name) <= 200 or "/" in name or not name.isprintable() or name in (".", ".."):
        raise UserError("a result's name has 1 to 200 printable characters and no '/'")


def _refuse_at_end(source: BinaryIO) -> None:
    if getattr(source, "seekable", lambda: False)():
        position = source.tell()
        if position > 0 and position == source.seek(0, io.SEEK_END):
            raise UserError("the file stands at its end, so nothing would be written: seek(0) first")
        source.seek(position)
