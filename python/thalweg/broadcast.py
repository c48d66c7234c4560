# SPDX-License-Identifier: Apache-2.0
"""Values that all tasks read."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from thalweg.closures import DriverOnly, driver_only_error
from thalweg.errors import WrongStateError

T = TypeVar("T")

_DESTROYED: Any = object()


class Broadcast(Generic[T]):
    """A value that all tasks read, made by ``Context.broadcast()``.

    Tasks run in this process, so that the value is not copied: neither the program nor its tasks
    should change it.

    >>> weights = context.broadcast({"a": 2})
    >>> context.parallelize(["a", "a"]).map(lambda key: weights.value[key]).sum()
    4
    """

    def __init__(self, value: T) -> None:
        self._value = value
        for part in _parts(value):
            if isinstance(part, DriverOnly):
                raise driver_only_error(part, "broadcast")

    @property
    def value(self) -> T:
        """The value. Errors: WrongStateError after destroy().

        >>> context.broadcast([1, 2]).value
        [1, 2]
        """
        if self._value is _DESTROYED:
            raise WrongStateError(
                "the broadcast value was destroyed; broadcast it again, or use unpersist()"
            )
        return self._value

    def unpersist(self, blocking: bool = False) -> None:
        """Lets go of copies for tasks. There are none, so that nothing happens.

        Errors: WrongStateError after destroy().

        >>> shared = context.broadcast(1)
        >>> shared.unpersist()
        >>> shared.value
        1
        """
        self.value  # For its check.

    def destroy(self, blocking: bool = False) -> None:
        """Lets go of the value, for good.

        >>> shared = context.broadcast([1])
        >>> shared.destroy()
        >>> shared.value
        Traceback (most recent call last):
        thalweg.errors.WrongStateError: the broadcast value was destroyed; ...
        """
        self.value  # For its check.
        self._value = _DESTROYED


def _parts(value: Any) -> list[Any]:
    """The value and, of a builtin collection, what is directly in it."""
    if isinstance(value, dict):
        return [value, *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [value, *value]
    return [value]
