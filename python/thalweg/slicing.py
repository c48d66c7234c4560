# SPDX-License-Identifier: Apache-2.0
"""Lists cut into partitions: the partitions that PySpark's parallelize() makes."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from thalweg._engine import Rdd, Session

_BATCH_ROWS_MAX = 1024
_NESTING_MAX = 3
_UNCHANGEABLE = frozenset(
    {bool, bytes, complex, float, frozenset, int, range, str, tuple, type(None)}
)


def sliced(rows: Sequence[Any], slices: int, batch_size: int) -> list[Sequence[Any]]:
    """The rows in ``slices`` parts, cut between batches of equal size.

    PySpark writes rows in batches and divides the batches, which decides what a partition holds:
    10 rows in 3 slices are batches of 3, 3, 3 and 1, and parts of 3, 3 and 4.

    >>> sliced(range(10), 3, 0)
    [range(0, 3), range(3, 6), range(6, 10)]
    """
    batch = max(1, min(len(rows) // slices, batch_size or _BATCH_ROWS_MAX))
    batches = -(-len(rows) // batch)
    cuts = [i * batches // slices * batch for i in range(slices + 1)]
    return [rows[begin:end] for begin, end in zip(cuts, cuts[1:])]


def range_parts(session: Session, numbers: range, slices: int) -> Rdd:
    """A range in ``slices`` parts of about the same length, which exist when they are computed."""
    size = len(numbers)
    cuts = [int(i * size / slices) for i in range(slices + 1)]
    parts = [numbers[begin:end] for begin, end in zip(cuts, cuts[1:])]
    empty: list[list[Any]] = [[] for _ in range(slices)]
    return session.parallelize(empty).map_partitions(lambda i, _: parts[i], False, "parallelize")


def snapshot(session: Session, parts: Sequence[Sequence[Any]]) -> Rdd:
    """The rows of ``parts`` as they are now.

    Rows that can change are pickled, and unpickled each time they are computed, so that no function
    can change them for the others. Rows that can't be pickled are taken as they are.
    """
    if _unchangeable(chain.from_iterable(parts), _NESTING_MAX):
        return session.parallelize(parts)
    try:
        pickled = [[pickle.dumps(list(part), pickle.HIGHEST_PROTOCOL)] for part in parts]
    except Exception:  # Pickling runs code of the rows, which may raise anything.
        return session.parallelize(parts)
    return session.parallelize(pickled).map_partitions(
        lambda _, rows: chain.from_iterable(map(pickle.loads, rows)), False, "parallelize"
    )


def _unchangeable(rows: Iterable[Any], nesting: int) -> bool:
    """Whether no row can be changed. Looks at types only, and not too deep into tuples."""
    rows = list(rows)
    types = set(map(type, rows))
    if not types <= _UNCHANGEABLE:
        return False
    if tuple not in types:
        return True
    return nesting > 0 and _unchangeable(
        chain.from_iterable(row for row in rows if type(row) is tuple), nesting - 1
    )
