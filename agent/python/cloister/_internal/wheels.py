"""Installs the wheels that come with the code, in the sandbox, before anything secret is there.

Their hashes are in the lock of the agreement and were checked outside; what is in them is checked here: their form,
that every file is what RECORD says, that they fit this interpreter, and that nothing takes the name of something that
is there already. Nothing of a wheel is executed. The same checks serve the Code Provider's own ``code check``, which
runs this file as a program: so it imports nothing but the standard library.
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
import json
import os
import re
import stat
import struct
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Final

__all__ = ["Place", "WheelError", "Wheels", "installer"]

_MOST_FILES: Final = 50_000
_MOST_RECORD_BYTES: Final = 32 << 20
_MOST_PATH: Final = 1_000
_MOST_NAME: Final = 255
_CHUNK: Final = 1 << 20
_MOST_LIST: Final = 12 << 20
_END: Final = struct.Struct("<4sHHHHIIH")
_ZIP64_LOCATOR: Final = 20
_NEWEST_GLIBC: Final = 28
_ENCRYPTED: Final = 0x1
_NAME: Final = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._]*)-([A-Za-z0-9][A-Za-z0-9.!+_]*)(?:-[0-9][A-Za-z0-9._]*)?"
    r"-([A-Za-z0-9._]+)-([A-Za-z0-9._]+)-([A-Za-z0-9._]+)\.whl"
)
_MANYLINUX: Final = re.compile(r"manylinux_2_([0-9]{1,3})_(.+)")
_OLD_MANYLINUX: Final = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,11}")
# What the interpreter or we would import under these names, beside the standard library.
_OURS: Final = frozenset({"cloister", "cosmian_lib_sgx", "__main__", "run", "sitecustomize", "usercustomize"})


class WheelError(Exception):
    """A wheel that is not installed. ``code`` is a stable word, the message one sentence fit to be shown."""

    def __init__(self, wheel: str, code: str, why: str) -> None:
        super().__init__(f"{_shown(wheel)}: {why}")
        self.wheel = wheel
        self.code = code
        self.why = why


@dataclass(frozen=True)
class Place:
    """What wheels are installed for and into.

    ``minor`` is that of the CPython 3, ``machine`` its processor, ``taken`` are top-level names that exist already and
    whose they are, ``most`` is how many bytes there is room for.
    """

    minor: int
    machine: str
    taken: dict[str, str]
    most: int


@dataclass(frozen=True)
class _File:
    member: zipfile.ZipInfo
    digest: bytes
    size: int
    target: str | None


Writer = Callable[[str, Iterator[bytes]], None]


class Wheels:
    """Takes wheels one after the other; each file of them goes to ``write`` with its path and its content.

    A file's content is complete only when ``write`` has returned: what is wrong with its end raises from the iterator.
    """

    def __init__(self, place: Place, write: Writer) -> None:
        """Nothing installed."""
        self._place = place
        self._write = write
        self._owner: dict[str, str] = {}
        self._folders: set[str] = set()
        self._members = 0
        self.bytes = 0

    def add(self, name: str, file: IO[bytes]) -> None:
        """Installs the wheel called ``name``; WheelError if it is none that may be."""
        form = _NAME.fullmatch(name)
        if form is None or len(name) > _MOST_NAME:
            raise WheelError(name, "wheel-name", "its name is no wheel's")
        if not _fits(form[3], form[4], form[5], self._place):
            wanted = f"CPython 3.{self._place.minor} on Linux {self._place.machine}"
            raise WheelError(name, "wheel-platform", f"it is not for {wanted}")
        _bound(name, file)
        try:
            with zipfile.ZipFile(file) as archive:
                for each in self._files(name, form[1], form[2], archive):
                    if each.target is not None:
                        self._write(each.target, _content(name, each, archive))
                    else:
                        deque(_content(name, each, archive), maxlen=0)
        except WheelError:
            raise
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OverflowError) as error:
            raise WheelError(name, "wheel-form", f"it is no ZIP archive that can be read: {_shown(error)}") from error

    def _files(self, wheel: str, package: str, version: str, archive: zipfile.ZipFile) -> list[_File]:
        members = self._listed(wheel, archive)
        records = [path for path in members if path.endswith(".dist-info/RECORD") and path.count("/") == 1]
        if len(records) != 1:
            raise WheelError(wheel, "wheel-record", f"it has {len(records)} RECORD files, not one")
        folder = records[0].partition("/")[0]
        stated, _, version_stated = folder.removesuffix(".dist-info").partition("-")
        if _normal(stated) != _normal(package) or _plain(version_stated) != _plain(version):
            raise WheelError(wheel, "wheel-record", f"its folder {_shown(folder)} is that of another package")
        content = _record_bytes(wheel, archive, members[records[0]])
        record = _record(wheel, records[0], content)
        record[records[0]] = (hashlib.sha256(content).digest(), len(content))
        found = []
        for path, member in members.items():
            if path not in record:
                raise WheelError(wheel, "wheel-record", f"{_shown(path)} is not in its RECORD")
            digest, size = record.pop(path)
            if size != member.file_size:
                raise WheelError(wheel, "wheel-record", f"{_shown(path)} is not of the size in its RECORD")
            found.append(_File(member, digest, size, _target(path)))
        if record:
            raise WheelError(wheel, "wheel-record", f"{_shown(next(iter(record)))} of its RECORD is missing")
        for each in found:
            self._claim(wheel, each)
        return found

    def _listed(self, wheel: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        for member in archive.infolist():
            self._members += 1
            if self._members > _MOST_FILES:
                raise WheelError(wheel, "wheel-size", f"the wheels have more than {_MOST_FILES} files")
            path = member.orig_filename
            is_folder = path.endswith("/")
            if not _is_safe(path.removesuffix("/")):
                raise WheelError(wheel, "wheel-path", f"{_shown(path)} is no plain relative path")
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > is_folder:
                raise WheelError(wheel, "wheel-path", f"{_shown(path)} is a link or a device")
            if member.flag_bits & _ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise WheelError(wheel, "wheel-form", f"{_shown(path)} is neither stored nor deflated")
            if is_folder:
                if member.file_size:
                    raise WheelError(wheel, "wheel-form", f"the folder {_shown(path)} has content")
                continue
            if path in members:
                raise WheelError(wheel, "wheel-twice", f"{_shown(path)} is in it twice")
            members[path] = member
        return members

    def _claim(self, wheel: str, file: _File) -> None:
        """Before anything of the wheel is written: names, room, and one file in one place."""
        path = file.target
        if path is None:
            return
        self.bytes += file.size
        if self.bytes > self._place.most:
            raise WheelError(wheel, "wheel-size", f"the wheels unpack to more than {self._place.most} bytes")
        name = _module(path)
        holder = self._holder(name)
        if name and holder:
            raise WheelError(wheel, "wheel-shadows", f"it brings {name}, which is a name of {_shown(holder)}")
        if path in self._folders:
            raise WheelError(wheel, "wheel-twice", f"{_shown(path)} is both a file and a folder")
        if path in self._owner:
            raise WheelError(wheel, "wheel-twice", f"{_shown(path)} is a file of {_shown(self._owner[path])} too")
        self._owner[path] = wheel
        while path := path.rpartition("/")[0]:
            if path in self._owner:
                raise WheelError(wheel, "wheel-twice", f"{_shown(path)} is both a file and a folder")
            self._folders.add(path)

    def _holder(self, name: str) -> str | None:
        if name in _OURS:
            return "Cloister"
        if name in sys.stdlib_module_names:
            return "the standard library"
        return self._place.taken.get(name)


def _bound(wheel: str, file: IO[bytes]) -> None:
    """The list of members, which is read whole, is small and where it must be: no comment and no ZIP64 about it."""
    end = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, end - _END.size - _ZIP64_LOCATOR))
    tail = file.read(_END.size + _ZIP64_LOCATOR)
    if end - start < _END.size:
        raise WheelError(wheel, "wheel-form", "it is no ZIP archive")
    signature, _, _, _, _, length, place, comment = _END.unpack(tail[-_END.size :])
    zip64 = tail[: -_END.size].startswith(b"PK\x06\x07")
    if signature != b"PK\x05\x06" or comment or zip64 or place + length + _END.size != end or length > _MOST_LIST:
        raise WheelError(wheel, "wheel-form", "it is no ZIP archive of one part, without ZIP64, comment or other bytes")


def _content(wheel: str, file: _File, archive: zipfile.ZipFile) -> Iterator[bytes]:
    digest = hashlib.sha256()
    left = file.size
    with archive.open(file.member) as stream:
        while part := stream.read(min(_CHUNK, left + 1)):
            left -= len(part)
            if left < 0:
                break
            digest.update(part)
            yield part
    if left or digest.digest() != file.digest:
        path = file.member.orig_filename
        raise WheelError(wheel, "wheel-record", f"{_shown(path)} is not what its RECORD says")


def _record_bytes(wheel: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        content = stream.read(_MOST_RECORD_BYTES + 1)
    if len(content) > _MOST_RECORD_BYTES:
        raise WheelError(wheel, "wheel-record", "its RECORD is too large")
    return content


def _record(wheel: str, path: str, content: bytes) -> dict[str, tuple[bytes, int]]:
    found: dict[str, tuple[bytes, int]] = {}
    itself = False
    for row in _rows(wheel, content):
        if not row:
            continue
        if len(row) != 3 or row[0] in found or itself and row[0] == path:
            raise WheelError(wheel, "wheel-record", f"{_shown(row[0])} is in its RECORD twice, or not as it should be")
        if row[0] == path:
            itself = True
            continue
        digest = _digest(row[1])
        if digest is None or not _SIZE.fullmatch(row[2]):
            raise WheelError(wheel, "wheel-record", f"its RECORD has no SHA-256 and size of {_shown(row[0])}")
        found[row[0]] = (digest, int(row[2]))
    if not itself:
        raise WheelError(wheel, "wheel-record", "its RECORD does not list itself")
    return found


def _rows(wheel: str, content: bytes) -> Iterator[list[str]]:
    """One after the other, as what millions of empty ones would take counts nowhere yet."""
    try:
        for number, row in enumerate(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)):
            if number > _MOST_FILES:
                raise WheelError(wheel, "wheel-record", "its RECORD has more lines than a wheel may have files")
            yield row
    except (UnicodeDecodeError, csv.Error) as error:
        raise WheelError(wheel, "wheel-record", f"its RECORD can't be read: {_shown(error)}") from error


def _digest(text: str) -> bytes | None:
    kind, _, value = text.partition("=")
    try:
        digest = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return None
    exact = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii") == value
    return digest if kind == "sha256" and len(digest) == 32 and exact else None


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    return len(path) <= _MOST_PATH and all(
        part not in ("", ".", "..") and len(part.encode("utf-8", "replace")) <= _MOST_NAME and _is_plain(part)
        for part in parts
    )


def _is_plain(part: str) -> bool:
    return not any(letter in "\\:" or ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in part)


def _target(path: str) -> str | None:
    """Where a member goes; None for what is not installed: scripts, headers and data outside of packages."""
    first, _, rest = path.partition("/")
    if not rest or not first.endswith(".data"):
        return path
    kind, _, below = rest.partition("/")
    return below if below and kind in ("purelib", "platlib") else None


def _module(path: str) -> str:
    """The top-level name under which Python could import something of ``path``; empty if it is none."""
    first, _, rest = path.partition("/")
    name = first if rest else first.partition(".")[0]
    is_module = bool(rest) or first.endswith((".py", ".pyc", ".so"))
    return name if is_module and name.isidentifier() else ""


def _fits(pythons: str, abis: str, platforms: str, place: Place) -> bool:
    own = f"cp3{place.minor}"
    return any(
        _fits_python(python, abi, own, place.minor) and _fits_platform(platform, place.machine)
        for python in pythons.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    )


def _fits_python(python: str, abi: str, own: str, minor: int) -> bool:
    if abi == own:
        return python == own
    version = re.fullmatch(r"(cp|py)3([0-9]{0,2})", python)
    if version is None:
        return False
    least = int(version[2] or 0)
    if abi == "abi3":
        return version[1] == "cp" and least <= minor
    return abi == "none" and (python == own or version[1] == "py" and least <= minor)


def _fits_platform(platform: str, machine: str) -> bool:
    if platform in ("any", f"linux_{machine}"):
        return True
    modern = _MANYLINUX.fullmatch(platform)
    if modern is not None:
        return modern[2] == machine and int(modern[1]) <= _NEWEST_GLIBC
    return any(platform == f"{old}_{machine}" for old in _OLD_MANYLINUX)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _plain(version: str) -> str:
    return version.replace("_", "-").lower()


def _shown(value: object) -> str:
    text = str(value)
    return ascii(text[:200])[1:-1]


def installer(folder: str) -> Writer:
    """Writes files below ``folder``, which nobody else writes to: never over one that exists."""

    def write(path: str, content: Iterable[bytes]) -> None:
        target = f"{folder}/{path}"
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        with open(target, "xb") as file:
            for part in content:
                file.write(part)
        os.chmod(target, 0o444)

    return write


def _check(question: dict[str, object]) -> dict[str, object]:
    """For ``code check``: everything but the writing."""
    place = Place(question["minor"], question["machine"], question["taken"], question["most"])  # type: ignore[arg-type]

    def forget(_: str, content: Iterable[bytes]) -> None:
        deque(content, maxlen=0)

    wheels = Wheels(place, forget)
    problems = []
    for path in question["wheels"]:  # type: ignore[attr-defined]
        try:
            with open(path, "rb") as file:
                wheels.add(os.path.basename(path), file)
        except WheelError as error:
            problems.append({"wheel": error.wheel, "code": error.code, "why": error.why})
    return {"bytes": wheels.bytes, "problems": problems}


if __name__ == "__main__":
    json.dump(_check(json.load(sys.stdin)), sys.stdout)
