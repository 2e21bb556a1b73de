"""Inputs that come from the agent while the program reads them (``spec/sandbox.md``), piece by piece."""

from __future__ import annotations

import os
import socket
import struct
import threading
from typing import Final

from cloister.errors import InternalError, UserError

__all__ = ["Streams"]

_MOST_OPEN: Final = 16
_MOST_BYTES: Final = 1 << 20
_REQUEST: Final = struct.Struct(">II")
_LENGTH: Final = struct.Struct(">I")


class Streams:
    """The connection streamed inputs come by. Any thread of one process may read."""

    def __init__(self, descriptor: int) -> None:
        """Takes over the descriptor."""
        self._socket = socket.socket(fileno=descriptor)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._begun: set[int] = set()
        self._open: set[int] = set()

    def begin(self, stream: int, name: str) -> None:
        """Before the first read. Raises UserError where the agent would end the run."""
        with self._lock:
            if stream in self._begun:
                raise UserError(f"{name} is a streamed input: it can be read only once, from its start to its end")
            if len(self._open) >= _MOST_OPEN:
                raise UserError(f"no more than {_MOST_OPEN} streamed inputs may be open at a time: close some")
            self._begun.add(stream)
            self._open.add(stream)

    def read_into(self, stream: int, view: memoryview) -> int:
        """Fills ``view``, unless the end comes before; 0 at the end."""
        with self._lock:
            if stream not in self._open:
                return 0
            filled = 0
            while filled < len(view):
                count = self._ask(stream, min(len(view) - filled, _MOST_BYTES))
                if count == 0:
                    self._open.discard(stream)
                    break
                self._fill(view[filled : filled + count])
                filled += count
            return filled

    def close(self, stream: int) -> None:
        """The program needs no more of it."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            if stream in self._open:
                self._open.discard(stream)
                self._ask(stream, 0)

    def end(self) -> None:
        """There are none."""
        self._socket.close()

    def _ask(self, stream: int, most: int) -> int:
        if os.getpid() != self._owner:
            raise InternalError("only the process that runs run.py can read streamed inputs: hand the bytes over")
        try:
            self._socket.sendall(_REQUEST.pack(stream, most))
        except OSError as error:
            raise InternalError("the agent is gone") from error
        answer = bytearray(_LENGTH.size)
        self._fill(memoryview(answer))
        return int(_LENGTH.unpack(answer)[0])

    def _fill(self, view: memoryview) -> None:
        filled = 0
        while filled < len(view):
            count = self._socket.recv_into(view[filled:])
            if count == 0:
                raise InternalError("the agent is gone")
            filled += count
