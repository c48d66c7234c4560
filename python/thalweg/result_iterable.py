# SPDX-License-Identifier: Apache-2.0
"""The values of one key."""

from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar

V = TypeVar("V", covariant=True)


class SizedIterable(Sized, Iterable[V], Protocol[V]):
    """What has a length and can be gone through."""


class ResultIterable(Iterable[V]):
    """The values of one key, as group_by_key() and cogroup() give them; false when there is none.

    >>> values = ResultIterable([1, 2])
    >>> list(values), len(values)
    ([1, 2], 2)
    """

    __slots__ = ("data",)

    def __init__(self, data: SizedIterable[V]) -> None:
        self.data = data

    def __iter__(self) -> Iterator[V]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    @property
    def maxindex(self) -> int:
        """As PySpark has it: the number of values."""
        return len(self.data)
