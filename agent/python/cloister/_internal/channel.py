"""Frames between the agent and the loader (``spec/sandbox.md``): a type, a length, a body."""

from __future__ import annotations

import os
import socket
import struct
import threading
from typing import Final

from cloister.errors import InternalError

__all__ = ["Channel"]

JOB: Final = 0x01
FILE: Final = 0x02
INPUT: Final = 0x03
DATA: Final = 0x04
END: Final = 0x05
START: Final = 0x06
STREAM: Final = 0x07
WHEEL: Final = 0x08
INSTALL: Final = 0x09
WARM: Final = 0x0A

READY: Final = 0x11
UNREADY: Final = 0x12
OPEN: Final = 0x13
WRITE: Final = 0x14
CLOSE: Final = 0x15
TRACEBACK: Final = 0x17
FINISHED: Final = 0x18
UNINSTALLABLE: Final = 0x19

MOST_BODY_BYTES: Final = 1 << 20
_HEADER: Final = struct.Struct(">BI")


class Channel:
    """The one connection to the agent. Any thread may send; one receives."""

    def __init__(self, descriptor: int) -> None:
        """Takes over the descriptor."""
        self._socket = socket.socket(fileno=descriptor)
        self._buffer = bytearray(MOST_BODY_BYTES)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._finished = False

    def receive(self) -> tuple[int, memoryview]:
        """The next frame; its body is overwritten by the one after. Raises EOFError when the agent is gone."""
        header = bytearray(_HEADER.size)
        self._fill(memoryview(header))
        kind, length = _HEADER.unpack(header)
        if length > MOST_BODY_BYTES:
            raise ValueError(f"a frame of {length} bytes")
        body = memoryview(self._buffer)[:length]
        self._fill(body)
        return kind, body

    def _fill(self, view: memoryview) -> None:
        filled = 0
        while filled < len(view):
            count = self._socket.recv_into(view[filled:])
            if count == 0:
                raise EOFError("the agent closed the connection")
            filled += count

    def send(self, kind: int, *parts: bytes | memoryview, last: bool = False) -> None:
        """Sends one frame; after the ``last`` one none is sent any more."""
        if os.getpid() != self._owner:
            raise InternalError("only the process that runs run.py can reach the agent: hand results over to it")
        header = _HEADER.pack(kind, sum(map(len, parts)))
        with self._lock:
            if self._finished:
                return
            self._finished = last
            try:
                for part in (header, *parts):
                    self._socket.sendall(part)
            except OSError as error:
                raise InternalError("the agent is gone") from error
