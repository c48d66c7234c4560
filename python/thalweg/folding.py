# SPDX-License-Identifier: Apache-2.0
"""What operators on whole batches do with the rows of a partition, without Python code for each."""

import collections
import copy
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

#: Types whose values nobody can change.
_CONSTANT = frozenset({bool, bytes, complex, float, int, str, type(None)})


def owned(value: T) -> T:
    """``value``, or a copy of it where a function could change it.

    Rows are the program's own objects. What outlives a batch, as windows do, is handed to functions
    as a copy, so that ``total.append(...)`` changes nobody else's rows.

    >>> owned(3), owned([1])
    (3, [1])
    """
    return value if type(value) in _CONSTANT else copy.deepcopy(value)


def count_rows(rows: Iterable[Any]) -> int:
    """How many rows there are.

    >>> count_rows(iter("abc"))
    3
    """
    numbers = itertools.count()
    collections.deque(zip(rows, numbers), maxlen=0)
    return next(numbers)


def folding(function: Callable[[Any, Any], Any]) -> Callable[[Iterator[Any]], list[Any]]:
    """A function that makes one row of all by ``function``, and none of none.

    >>> folding(max)(iter([3, 5, 4])), folding(max)(iter([]))
    ([5], [])
    """

    def fold(rows: Iterator[Any]) -> list[Any]:
        for first in rows:
            return [functools.reduce(function, rows, owned(first))]
        return []

    return fold


def count_values(rows: Iterable[T]) -> Iterable[tuple[T, int]]:
    """(row, how often it is there), in the order in which they first come.

    >>> list(count_values("abca"))
    [('a', 2), ('b', 1), ('c', 1)]
    """
    return collections.Counter(rows).items()
