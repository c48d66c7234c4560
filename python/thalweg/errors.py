# SPDX-License-Identifier: Apache-2.0
"""What the Python side refuses. Failures of a running job are ``_engine.EngineError``.

Each class is also the built-in exception that Python programs expect, and carries the name of
PySpark's error condition where PySpark has one.
"""

import pickle
from collections.abc import Mapping
from typing import Optional


class ThalwegError(Exception):
    """Base of all errors of this package.

    ``condition`` names the kind in capitals, as PySpark does; ``parameters`` are the values that
    the message was made of.

    >>> str(ThalwegError("no such thing", "NOT_FOUND"))
    '[NOT_FOUND] no such thing'
    """

    def __init__(
        self,
        message: str = "",
        condition: Optional[str] = None,
        parameters: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.condition = condition
        self.parameters = dict(parameters or {})

    def __str__(self) -> str:
        return f"[{self.condition}] {self.message}" if self.condition else self.message

    def get_condition(self) -> Optional[str]:
        """The kind of error in capitals, or None."""
        return self.condition

    def get_error_class(self) -> Optional[str]:
        """The same as get_condition(), under its older name."""
        return self.condition

    def get_message(self) -> str:
        """The whole text, as ``str(error)``."""
        return str(self)

    def get_message_parameters(self) -> dict[str, str]:
        """The values that the message was made of, by name."""
        return self.parameters

    def get_sql_state(self) -> Optional[str]:
        """None: errors of streams and collections have no SQL state."""
        return None


class UnsupportedError(ThalwegError, NotImplementedError):
    """Something of PySpark that this engine doesn't do. The message says what to use instead."""


class WrongTypeError(ThalwegError, TypeError):
    """An argument of a type that makes no sense."""


class WrongValueError(ThalwegError, ValueError):
    """An argument of the right type with a value that makes no sense."""


class WrongStateError(ThalwegError, RuntimeError):
    """A call at the wrong time or in the wrong place: twice, after stop(), within a task."""


class DriverOnlyError(WrongStateError, pickle.PicklingError):
    """A context, an RDD or a stream was found where only data may go: in a function that runs in
    tasks, or in a broadcast value."""
