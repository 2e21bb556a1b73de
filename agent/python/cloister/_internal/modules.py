"""Imports of encrypted modules: from memory, without a file, without a cache, without source in tracebacks."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import pathlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, ModuleType
from typing import Any

__all__ = ["ClosedFinder", "SecretFinder"]


class _Resources:
    """importlib.resources for an encrypted package: its files are there by path while the block is open."""

    def __init__(self, folder: str) -> None:
        self._folder = pathlib.Path(folder)

    def files(self) -> pathlib.Path:
        return self._folder

    def open_resource(self, resource: str) -> Any:
        return (self._folder / resource).open("rb")

    def resource_path(self, resource: str) -> str:
        return os.fspath(self._folder / resource)

    def is_resource(self, path: str) -> bool:
        return (self._folder / path).is_file()

    def contents(self) -> list[str]:
        return [item.name for item in self._folder.iterdir()]


class _SecretLoader:
    def __init__(self, folder: str, source: bytes | None) -> None:
        self._folder = folder
        self._source = source

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if self._source is not None:
            exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source or b"", f"<encrypted {fullname}>", "exec", dont_inherit=True)

    def get_resource_reader(self, fullname: str) -> _Resources:
        return _Resources(self._folder)


class ClosedFinder:
    """The last finder: finds nothing, and says so of a module that could be imported inside the block."""

    def __init__(self, secret: SecretFinder) -> None:
        """Speaks of the modules of ``secret``."""
        self._secret = secret

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """None, or ModuleNotFoundError with what to do."""
        if not self._secret.is_installed() and self._secret.find_spec(fullname, path) is not None:
            raise ModuleNotFoundError(f"{fullname} is encrypted: import it inside `with Enclave()`", name=fullname)
        return None


class SecretFinder:
    """Finds the modules among ``sources``, given by their path below ``root``.

    Stands before the finder of files, so that an encrypted module wins over a clear one; built-in ones win over both.
    """

    def __init__(self, root: str, sources: dict[str, bytes]) -> None:
        """Finds nothing before ``install``."""
        self._root = root
        self._sources = sources
        self._folders = {path[:i] for path in sources for i, letter in enumerate(path) if letter == "/"}

    def install(self) -> None:
        """Lets imports come here."""
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
        sys.meta_path.insert(place, self)

    def remove(self) -> None:
        """From here on the modules cannot be imported; those that were stay."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def is_installed(self) -> bool:
        """Whether imports come here."""
        return self in sys.meta_path

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """The module's specification, or None if it is none of ours."""
        tail = fullname.rpartition(".")[2]
        spaces = []
        for entry in sys.path if path is None else path:
            folder = self._below_root(entry)
            if folder is None:
                continue
            stem = f"{folder}/{tail}" if folder else tail
            if f"{stem}/__init__.py" in self._sources:
                return self._spec(fullname, f"{stem}/__init__.py", f"{self._root}/{stem}")
            if f"{stem}.py" in self._sources:
                return self._spec(fullname, f"{stem}.py", None)
            if stem in self._folders:
                spaces.append(f"{self._root}/{stem}")
        return self._namespace(fullname, path, spaces) if spaces else None

    def _below_root(self, entry: str) -> str | None:
        absolute = os.path.normpath(os.path.join(self._root, entry))
        if absolute == self._root:
            return ""
        return absolute[len(self._root) + 1 :] if absolute.startswith(self._root + "/") else None

    def _spec(self, fullname: str, source: str, package: str | None) -> ModuleSpec:
        file = f"{self._root}/{source}"
        loader: Any = _SecretLoader(os.path.dirname(file), self._sources[source])
        spec = importlib.util.spec_from_loader(fullname, loader, origin=file, is_package=package is not None)
        assert spec is not None
        spec.has_location = True
        spec.cached = None
        if package is not None:
            spec.submodule_search_locations = [package]
        return spec

    def _namespace(self, fullname: str, path: Sequence[str] | None, spaces: list[str]) -> ModuleSpec | None:
        other = PathFinder.find_spec(fullname, path)
        if other is not None and other.loader is not None and other.origin is not None:
            return None  # an ordinary module or package wins over a folder without __init__.py
        loader: Any = _SecretLoader(spaces[0], None)
        spec = ModuleSpec(fullname, loader, is_package=True)
        more = [] if other is None else list(other.submodule_search_locations or ())
        spec.submodule_search_locations = list(dict.fromkeys(spaces + more))
        return spec
