"""Files in memory, without a name on any file system."""

from __future__ import annotations

import fcntl
import os
from typing import Final

__all__ = ["MemoryFile"]

# Linux 6.3: never executable. Older kernels do not know the flag and do not need it, as execve is refused anyway.
_MFD_NOEXEC_SEAL: Final = 0x0008
_F_ADD_SEALS: Final = 1033
_SEALS: Final = 0x1 | 0x2 | 0x4 | 0x8  # no seals, shrinking, growing or writing any more


class MemoryFile:
    """A file that is filled once and read ever after."""

    def __init__(self) -> None:
        """An empty one."""
        try:
            self.descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING | _MFD_NOEXEC_SEAL)
        except OSError:
            self.descriptor = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.size = 0

    def append(self, data: memoryview) -> None:
        """Adds to its end."""
        written = 0
        while written < len(data):
            written += os.write(self.descriptor, data[written:])
        self.size += written

    def seal(self) -> None:
        """From here on nobody can change it."""
        fcntl.fcntl(self.descriptor, _F_ADD_SEALS, _SEALS)
