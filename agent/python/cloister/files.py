"""The binary files a program reads its inputs from and writes its results to."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from cloister.errors import UserError, UserTypeError

if TYPE_CHECKING:
    from cloister._internal.streams import Streams

__all__ = ["InputFile", "OutputFile", "StreamedFile"]

_FLUSH_BYTES: Final = 1 << 18
_STREAM_BUFFER_BYTES: Final = 1 << 20


class InputFile(io.BufferedReader):
    """One input: a seekable, read-only binary file in memory that works wherever an ``io.BytesIO`` is read from.

    It is not a copy: every ``InputFile`` of one input, and every ``getbuffer()``, shows the same bytes.
    """

    def __init__(self, descriptor: int, name: str, content: mmap.mmap | None, path: str) -> None:
        """Takes over ``descriptor``. For the use of this package."""
        super().__init__(io.FileIO(descriptor, "rb"))
        self._name = name
        self._path = path
        self._content = content

    @property
    def name(self) -> str:
        """The file's name as its Data Provider gave it; there is no file of that name to open."""
        return self._name

    @property
    def path(self) -> str:
        """A path to the same bytes, as long as the run lasts: for what wants a path, or reads one faster.

        ``pandas.read_csv(file.path)`` reads in several threads, ``pandas.read_csv(file)`` in one.
        """
        return self._path

    def getbuffer(self) -> memoryview:
        """All of the bytes, whatever the position, without copying them."""
        if os.fstat(self.fileno()).st_size == 0:
            return memoryview(b"")
        if self._content is not None:
            return memoryview(self._content)
        return memoryview(mmap.mmap(self.fileno(), 0, access=mmap.ACCESS_READ))

    def getvalue(self) -> bytes:
        """A copy of all of the bytes, whatever the position."""
        return self.getbuffer().tobytes()


class _Stream(io.RawIOBase):
    """One streamed input, as it comes."""

    def __init__(self, streams: Streams, stream: int) -> None:
        self._streams = streams
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with memoryview(buffer) as view, view.cast("B") as octets:
            return self._streams.read_into(self._stream, octets)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._streams.close(self._stream)


class StreamedFile(io.BufferedReader):
    """One input of a computation whose terms stream inputs: a binary file that is read once, from start to end.

    It need not fit into the memory. What it gives was encrypted by its Data Provider; whether it is all of what the
    Data Provider signed shows at its end, and the run ends without any result if not.
    """

    def __init__(self, streams: Streams, stream: int, name: str) -> None:
        """For the use of this package."""
        super().__init__(_Stream(streams, stream), _STREAM_BUFFER_BYTES)
        self._name = name

    @property
    def name(self) -> str:
        """The file's name as its Data Provider gave it; there is no file of that name to open."""
        return self._name


class OutputFile(io.BufferedIOBase):
    """A result written piece by piece; it counts once it is closed.

    As a context manager it is given up when an exception leaves the block. A result still open when ``run.py`` ends
    is closed then.
    """

    def __init__(self, write: Callable[[memoryview], None], close: Callable[[OutputFile], None]) -> None:
        """For the use of this package: ``Enclave.output`` makes these."""
        self._write = write
        self._close = close
        self._pending = bytearray()
        self._position = 0
        self._given_up = False

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any, /) -> int:
        """Takes bytes, or anything that shows its bytes; returns how many."""
        if self.closed:
            raise ValueError("write to a closed result")
        view = bytes_of(data)
        self._position += len(view)
        if len(self._pending) + len(view) < _FLUSH_BYTES:
            self._pending += view
        else:
            self.flush()
            for start in range(0, len(view), _FLUSH_BYTES):
                self._write(view[start : start + _FLUSH_BYTES])
        return len(view)

    def tell(self) -> int:
        """How many bytes were written."""
        return self._position

    def flush(self) -> None:
        """Hands over what is still held back."""
        if not self.closed and self._pending and not self._given_up:
            pending, self._pending = self._pending, bytearray()
            with memoryview(pending) as view:
                self._write(view)

    def close(self) -> None:
        """Completes the result."""
        if not self.closed:
            if not self._given_up:
                self.flush()
                self._close(self)
            super().close()

    def give_up(self) -> None:
        """Closes the file without a result."""
        self._given_up = True
        self._pending.clear()
        super().close()

    def __enter__(self) -> OutputFile:
        """The file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Completes the result, or gives it up after an exception."""
        if kind is None:
            self.close()
        else:
            self.give_up()

    def __del__(self) -> None:
        """Nothing: a result is completed by its close, not by being forgotten."""


def bytes_of(data: Any) -> memoryview:
    """The bytes of ``data`` without copying them."""
    if isinstance(data, str):
        raise UserTypeError("a result is made of bytes, not of text: write text.encode()")
    try:
        view = memoryview(data)
    except TypeError:
        raise UserTypeError(f"a result is made of bytes, not of {type(data).__name__}") from None
    if not view.c_contiguous:
        raise UserError("a result's bytes must lie one after the other: write data.copy()")
    return view.cast("B")
