"""What a program inside an enclave sees of its computation.

>>> from cloister import Enclave
>>> with Enclave() as enclave:
...     import secret_module  # encrypted modules and files are there inside the block only
...     for data in enclave.read():  # seekable binary files, grouped by Data Provider in the agreement's order
...         ...
...     enclave.write(b"result")  # for every Result Consumer; write(x, 0) for the first one alone
"""

from __future__ import annotations

from cloister.enclave import Consumer, Enclave, Input
from cloister.errors import CryptoError, InternalError, SecurityError, SGXError, UserError, UserTypeError
from cloister.files import InputFile, OutputFile

__all__ = [
    "Consumer",
    "CryptoError",
    "Enclave",
    "Input",
    "InputFile",
    "InternalError",
    "OutputFile",
    "SGXError",
    "SecurityError",
    "UserError",
    "UserTypeError",
]
