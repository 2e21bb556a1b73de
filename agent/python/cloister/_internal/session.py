"""What the loader holds for the program of this process. Nothing of it is secret from that program."""

from __future__ import annotations

import importlib
import mmap
import os
import struct
import sys
import threading
from dataclasses import dataclass
from typing import Final

from cloister._internal import channel as frames
from cloister._internal.channel import Channel
from cloister._internal.modules import ClosedFinder, SecretFinder
from cloister._internal.streams import Streams
from cloister.errors import UserError
from cloister.files import OutputFile

__all__ = ["HeldInput", "Session", "StreamedInput", "WORK", "current"]

WORK: Final = "/work"
_ALL_CONSUMERS: Final = 0xFFFF
# The agent ends a run that goes beyond one of these; here the program learns of it while it can still do otherwise.
_MOST_OUTPUTS: Final = 256
_MOST_OPEN_OUTPUTS: Final = 16
_MOST_OPEN_COPIES: Final = 192
_MOST_OUTPUTS_AGAIN: Final = 16


@dataclass(frozen=True)
class HeldInput:
    """One input in a memory file."""

    provider: int
    name: str
    size: int
    descriptor: int
    content: mmap.mmap | None
    """All of it, mapped; None where it is empty, or there are too many to map."""


@dataclass(frozen=True)
class StreamedInput:
    """One input that comes while it is read."""

    provider: int
    name: str
    stream: int


class Session:
    """One run's inputs, encrypted files and way out."""

    def __init__(
        self,
        channel: Channel,
        computation: str,
        providers: tuple[str, ...],
        consumers: tuple[str, ...],
        named: bool,
        inputs: tuple[HeldInput | StreamedInput, ...],
        streams: Streams,
        sources: dict[str, bytes],
        files: dict[str, int],
    ) -> None:
        """``named``: whether results may have names. ``sources`` and ``files`` are the encrypted files by their path: text of modules, memory files."""
        self.computation = computation
        self.providers = providers
        self.consumers = consumers
        self._named = named
        self.inputs = inputs
        self.streams = streams
        self._channel = channel
        self._files = files
        self._folders = sorted({folder for path in (*sources, *files) for folder in _parents(path)})
        self._finder = SecretFinder(WORK, sources)
        sys.meta_path.append(ClosedFinder(self._finder))
        self._depth = 0
        self.was_entered = False
        self._shown: list[str] = []
        self._lock = threading.RLock()
        self._next_output = 0
        self._closed_outputs = 0
        self._opened: set[tuple[int, str]] = set()
        self._opened_again = 0
        self._open_copies = 0
        self._open_outputs: list[OutputFile] = []

    def enter(self) -> None:
        """Shows the encrypted files and modules."""
        with self._lock:
            self.was_entered = True
            if self._depth == 0:
                try:
                    self._show()
                except FileExistsError as error:
                    self._hide()
                    raise UserError(f"{error.filename2} is in the way of an encrypted file") from error
                self._finder.install()
            self._depth += 1

    def leave(self) -> None:
        """Hides them again when the outermost block is left."""
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._finder.remove()
                self._hide()

    def _show(self) -> None:
        # A link to an open memory file: no copy, nothing on a file system, and a path to open all the same.
        for folder in self._folders:
            os.makedirs(f"{WORK}/{folder}", exist_ok=True)
        for path, descriptor in self._files.items():
            link = f"{WORK}/{path}"
            os.symlink(f"/proc/self/fd/{descriptor}", link)
            self._shown.append(link)
        importlib.invalidate_caches()

    def _hide(self) -> None:
        for link in self._shown:
            if os.path.islink(link):
                os.unlink(link)
        self._shown.clear()
        for folder in reversed(self._folders):
            try:
                os.rmdir(f"{WORK}/{folder}")
            except OSError:
                pass  # the program has put something there
        importlib.invalidate_caches()

    def open_output(self, consumer: int | None, name: str | None) -> OutputFile:
        """A new result for one consumer or for all."""
        if name is not None and not self._named:
            raise UserError("results of a computation of the Cosmian dialect have no names: write one for each consumer")
        places = {(each, name or "") for each in (range(len(self.consumers)) if consumer is None else (consumer,))}
        with self._lock:
            again = not self._opened.isdisjoint(places)
            if self._next_output >= _MOST_OUTPUTS:
                raise UserError(f"no more than {_MOST_OUTPUTS} results in a run: put several into one archive")
            if self._next_output - self._closed_outputs >= _MOST_OPEN_OUTPUTS:
                raise UserError(f"no more than {_MOST_OPEN_OUTPUTS} results may be open at a time, or be given up")
            if self._open_copies + len(places) > _MOST_OPEN_COPIES:
                raise UserError(f"results open at a time, or given up, are for at most {_MOST_OPEN_COPIES} consumers in all")
            if again and self._opened_again >= _MOST_OUTPUTS_AGAIN:
                raise UserError(f"no more than {_MOST_OUTPUTS_AGAIN} results may replace others: write them at the end")
            self._opened_again += again
            self._open_copies += len(places)
            self._opened |= places
            identifier = struct.pack(">I", self._next_output)
            self._next_output += 1
        target = struct.pack(">H", _ALL_CONSUMERS if consumer is None else consumer)
        self._channel.send(frames.OPEN, identifier, target, (name or "").encode("utf-8", "replace"))

        def write(data: memoryview) -> None:
            self._channel.send(frames.WRITE, identifier, data)

        def close(output: OutputFile) -> None:
            self._channel.send(frames.CLOSE, identifier)
            with self._lock:
                self._closed_outputs += 1
                self._open_copies -= len(places)
                self._open_outputs.remove(output)

        output = OutputFile(write, close)
        with self._lock:
            self._open_outputs.append(output)
        return output

    @property
    def began_results(self) -> bool:
        """Whether any result was begun."""
        return self._next_output > 0

    @property
    def has_results(self) -> bool:
        """Whether any result is complete."""
        return self._closed_outputs > 0

    def close_outputs(self) -> None:
        """Completes what the program has left open."""
        for output in list(self._open_outputs):
            output.close()


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


current: Session | None = None
"""The session of this process; None outside of an enclave."""
