"""The package programs for Cosmian Secure Computation import; they run unchanged. New programs: see ``cloister``."""

from __future__ import annotations

import enum
import os
import uuid
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

    CODE_PROVIDER = "CodeProvider"
    DATA_PROVIDER = "DataProvider"
    RESULT_CONSUMER = "ResultConsumer"


@dataclass(frozen=True)
class KeyInfo:
    """Who takes part, by role and position. There is no key in it: none ever reaches the interpreter."""

    side: Side
    index: int
    email: str


class Enclave(_Enclave):
    """``cloister.Enclave`` with the attributes of the older class."""

    @property
    def computation_uuid(self) -> uuid.UUID:
        """The computation's id."""
        return uuid.UUID(hex=self._session.computation)

    @property
    def root_path(self) -> str:
        """The folder of ``run.py``."""
        return os.fspath(session.WORK)

    @property
    def keys(self) -> tuple[KeyInfo, ...]:
        """The participants that have data or get results."""
        providers = [KeyInfo(Side.DATA_PROVIDER, i, email) for i, email in enumerate(self._session.providers)]
        consumers = [KeyInfo(Side.RESULT_CONSUMER, i, email) for i, email in enumerate(self._session.consumers)]
        return (*providers, *consumers)
