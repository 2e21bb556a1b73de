"""Everything this package raises."""

from __future__ import annotations

__all__ = ["CryptoError", "InternalError", "SGXError", "SecurityError", "UserError", "UserTypeError"]


class UserError(Exception):
    """The program asked for something that cannot be, such as the data of a provider that does not exist."""


class UserTypeError(UserError, TypeError):
    """The program gave a value of the wrong type, such as text where bytes belong."""


class InternalError(Exception):
    """The enclave failed, through no fault of the program."""


class CryptoError(Exception):
    """A cryptographic operation failed. Never raised here: the agent opens and seals, outside of the interpreter."""


class SGXError(Exception):
    """The program does not run inside an enclave."""


class SecurityError(Exception):
    """A participant is not who the computation says. Never raised here: the agent checks before the program starts."""
