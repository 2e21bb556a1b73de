"""What the agent tells the supervisor at its start: NUL-terminated names and values on its standard input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cloister._internal.copies import Expected, Part

__all__ = ["Settings"]

_MOST_BYTES: Final = 1 << 26


@dataclass(frozen=True)
class Settings:
    """The sandbox to build. Sizes are bytes, times are milliseconds."""

    package_folder: str
    site_packages: str
    runtime: tuple[Expected, ...]
    parts: tuple[Part, ...]
    preload: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    memory: int
    scratch: int
    packages: int
    cpu: int
    wall: int
    processes: int
    cores: int
    uid: int
    isolation: str

    @classmethod
    def read(cls, descriptor: int) -> Settings:
        """Reads to the end of ``descriptor``; ValueError or KeyError on anything the agent does not send."""
        content = b""
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES or not content.endswith(b"\0"):
            raise ValueError("malformed settings")
        words = [word.decode("utf-8") for word in content[:-1].split(b"\0")]
        if len(words) % 2:
            raise ValueError("malformed settings")
        pairs = list(zip(words[::2], words[1::2], strict=True))
        single = dict(pairs)
        runtime, parts = _runtime(pairs)
        return cls(
            package_folder=single["package-folder"],
            site_packages=single["site-packages"],
            runtime=runtime,
            parts=parts,
            preload=tuple(value for name, value in pairs if name == "preload"),
            environment=tuple(
                (value.split("=", 1)[0], value.split("=", 1)[1]) for name, value in pairs if name == "environment"
            ),
            memory=int(single["memory"]),
            scratch=int(single["scratch"]),
            packages=int(single["packages"]),
            cpu=int(single["cpu"]),
            wall=int(single["wall"]),
            processes=int(single["processes"]),
            cores=int(single["cores"]),
            uid=int(single["uid"]),
            isolation=single["isolation"],
        )


def _runtime(pairs: list[tuple[str, str]]) -> tuple[tuple[Expected, ...], tuple[Part, ...]]:
    """The files that are there from the start, and the parts, each of them the files that are named after it."""
    at_start: list[Expected] = []
    parts: list[tuple[str, list[Expected]]] = []
    for name, value in pairs:
        if name == "runtime-part":
            parts.append((value, []))
        elif name == "runtime-file":
            (parts[-1][1] if parts else at_start).append(_expected(value))
    return tuple(at_start), tuple(Part(name, tuple(files)) for name, files in parts)


def _expected(value: str) -> Expected:
    digest, size, path = value.split(" ", 2)
    return Expected(path, int(size), bytes.fromhex(digest))
