"""The package programs for Cosmian Secure Computation import; they run unchanged. New programs: see ``cloister``."""

from __future__ import annotations

import enum
import pathlib
from dataclasses import dataclass

from cloister import Enclave as _Enclave
from cloister import InputFile as InputData
from cloister import OutputFile as OutputData
from cloister._internal import session
from cloister.errors import CryptoError, InternalError, SecurityError, SGXError, UserError

__all__ = [
    "CryptoError",
    "Enclave",
    "InputData",
    "InternalError",
    "KeyInfo",
    "OutputData",
    "SGXError",
    "SecurityError",
    "Side",
    "UserError",
]


class Side(enum.Enum):
    """A role in a computation."""

    Enclave = 1
    CodeProvider = 2
    DataProvider = 3
    ResultConsumer = 4


@dataclass(frozen=True)
class KeyInfo:
    """Who takes part, by role and position. There is no key in it: none ever reaches the interpreter."""

    side: Side
    index: int
    email: str


class Enclave(_Enclave):
    """``cloister.Enclave`` with the attributes of the older class."""

    @property
    def computation_uuid(self) -> bytes:
        """The computation's id, 16 bytes."""
        return bytes.fromhex(self._session.computation)

    @property
    def root_path(self) -> pathlib.Path:
        """The folder of ``run.py``."""
        return pathlib.Path(session.WORK)

    @property
    def keys(self) -> dict[Side, list[KeyInfo]]:
        """The participants that have data or get results."""
        return {
            Side.DataProvider: _infos(Side.DataProvider, self._session.providers),
            Side.ResultConsumer: _infos(Side.ResultConsumer, self._session.consumers),
        }

    @property
    def input_data(self) -> Enclave:
        """What ``read`` is called on."""
        return self

    @property
    def output_data(self) -> Enclave:
        """What ``write`` is called on."""
        return self


def _infos(side: Side, people: tuple[str, ...]) -> list[KeyInfo]:
    return [KeyInfo(side, index, email) for index, email in enumerate(people)]
