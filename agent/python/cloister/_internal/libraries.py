"""Which shared objects of the machine an interpreter needs: found in the files themselves, as the dynamic linker does.

The parsers here read files of the machine that the supervisor runs from anyway. What they cannot read is left out: at
worst a module cannot be imported.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable
from typing import Final

__all__ = ["folder_of_libc", "needed"]

_CACHE: Final = "/etc/ld.so.cache"
_CACHE_MAGIC: Final = b"glibc-ld.so.cache1.1"
_CACHE_HEADER: Final = 48
_CACHE_ENTRY: Final = struct.Struct("<iIIIQ")

_ELF64_LITTLE_ENDIAN: Final = b"\x7fELF\x02\x01"
_PT_LOAD: Final = 1
_PT_DYNAMIC: Final = 2
_DT_NEEDED: Final = 1
_DT_STRTAB: Final = 5
_HEADERS: Final = struct.Struct("<Q")
_PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
_DYNAMIC: Final = struct.Struct("<qQ")

# What a wheel may expect of the machine it is installed on (the policy of manylinux_2_28), but for graphics; and what
# the C library opens by itself when a thread is ended.
_EXPECTED_BY_WHEELS: Final = (
    "libatomic.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libexpat.so.1",
    "libgcc_s.so.1",
    "libm.so.6",
    "libnsl.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
    "libz.so.1",
)


def folder_of_libc() -> str:
    """The folder where the dynamic linker of this process looks without being told to."""
    for path in _loaded():
        if os.path.basename(path).startswith(("libc.so", "libc-", "ld-musl-")):
            return os.path.dirname(os.path.realpath(path))
    return os.path.realpath("/lib")


def needed(modules: Iterable[str]) -> dict[str, str]:
    """By name, where each shared object is that this process, ``modules`` or one of those shared objects needs."""
    known = _cached()
    loaded = _loaded()
    folders = list(dict.fromkeys([folder_of_libc(), *map(os.path.dirname, loaded)]))
    found = {os.path.basename(path): path for path in loaded}
    names = [*_EXPECTED_BY_WHEELS, *(name for path in [*loaded, *modules] for name in _needed_by(path))]
    while names:
        name = names.pop()
        if name in found or "/" in name:
            continue
        for path in [*known.get(name, ()), *(f"{folder}/{name}" for folder in folders)]:
            if _is_ours(path):
                found[name] = path
                names += _needed_by(path)
                break
    return found


def _loaded() -> list[str]:
    """Shared objects of this process, the dynamic linker among them, wherever they are."""
    found = []
    with open("/proc/self/maps", encoding="utf-8") as lines:
        for line in lines:
            path = line.rstrip("\n").split(" ", 5)[-1].strip()
            if path.startswith("/") and ".so" in os.path.basename(path) and ".cpython-" not in path:
                found.append(path)
    return list(dict.fromkeys(found))


def _cached() -> dict[str, list[str]]:
    """The dynamic linker's own list, of all machines' code, if it has one (glibc, ``sysdeps/generic/dl-cache.h``)."""
    try:
        with open(_CACHE, "rb") as file:
            content = file.read()
    except OSError:
        return {}
    start = content.find(_CACHE_MAGIC)
    if start < 0:
        return {}
    content = content[start:]
    paths: dict[str, list[str]] = {}
    try:
        (count,) = struct.unpack_from("<I", content, len(_CACHE_MAGIC))
        for index in range(min(count, len(content) // _CACHE_ENTRY.size)):
            _, key, value, _, _ = _CACHE_ENTRY.unpack_from(content, _CACHE_HEADER + index * _CACHE_ENTRY.size)
            paths.setdefault(_text(content, key), []).append(_text(content, value))
    except (struct.error, ValueError):
        return {}
    return paths


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(_ELF64_LITTLE_ENDIAN)) == _ELF64_LITTLE_ENDIAN
    except OSError:
        return False


def _text(content: bytes | mmap.mmap, start: int) -> str:
    end = content.find(b"\0", start)
    if end < 0:
        raise ValueError("a name without an end")
    return content[start:end].decode("utf-8")


def _needed_by(path: str) -> list[str]:
    """The names an ELF file (64 bits, little-endian) asks for; none if it is no such file."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _names(content) if content[: len(_ELF64_LITTLE_ENDIAN)] == _ELF64_LITTLE_ENDIAN else []
    except (OSError, ValueError, struct.error):
        return []


def _names(content: mmap.mmap) -> list[str]:
    (headers,) = _HEADERS.unpack_from(content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    loads, dynamic = [], (0, 0)
    for index in range(count):
        kind, _, offset, address, _, length, _, _ = _PROGRAM_HEADER.unpack_from(content, headers + index * size)
        if kind == _PT_LOAD:
            loads.append((address, length, offset))
        elif kind == _PT_DYNAMIC:
            dynamic = (offset, length)
    entries = [_DYNAMIC.unpack_from(content, place) for place in range(dynamic[0], sum(dynamic), _DYNAMIC.size)]
    strings = next((value for tag, value in entries if tag == _DT_STRTAB), 0)
    base = next((offset + strings - address for address, length, offset in loads if 0 <= strings - address < length), 0)
    return [_text(content, base + value) for tag, value in entries if tag == _DT_NEEDED]
