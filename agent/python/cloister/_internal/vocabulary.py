"""The classes of exception a failed run may be reported with; the order is the wire's (``spec/sandbox.md``)."""

from __future__ import annotations

import builtins
from typing import Final

from cloister.errors import UserError

__all__ = ["FAILURES", "failure_code"]

FAILURES: Final = (
    "other",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseExceptionGroup",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "EOFError",
    "ExceptionGroup",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "GeneratorExit",
    "ImportError",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "NotADirectoryError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PermissionError",
    "ProcessLookupError",
    "RecursionError",
    "ReferenceError",
    "RuntimeError",
    "StopAsyncIteration",
    "StopIteration",
    "SyntaxError",
    "SystemError",
    "SystemExit",
    "TabError",
    "TimeoutError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "ValueError",
    "ZeroDivisionError",
    "UserError",
)


def failure_code(kind: type[BaseException]) -> int:
    """The code of the nearest ancestor of ``kind`` in the vocabulary; 0 if it has none."""
    for ancestor in kind.__mro__:
        name = ancestor.__name__
        known = UserError if name == "UserError" else getattr(builtins, name, None)
        if known is ancestor and name in FAILURES:
            return FAILURES.index(name)
    return 0
