# SPDX-License-Identifier: Apache-2.0
"""Rows in order."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from thalweg._engine import portable_hash
from thalweg.closures import for_tasks
from thalweg.rdd.actions import Actions

if TYPE_CHECKING:
    from thalweg.rdd import RDD

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

_SAMPLED_KEYS_PER_PARTITION = 20.0
_SAMPLE_SEED = 1


def _itself(key: Any) -> Any:
    return key


class OrderOperators(Actions[T]):
    """sort_by and its kind. Rows of equal keys stay in their order."""

    def sort_by(
        self,
        keyfunc: Callable[[T], Any],
        ascending: bool = True,
        num_partitions: Optional[int] = None,
    ) -> RDD[T]:
        """The rows in order of ``keyfunc(row)``, through all partitions.

        Looks at a sample of the keys at once, in a job of its own, to make partitions of about the
        same size.

        >>> context.parallelize(["aaa", "b", "cc"]).sort_by(len).collect()
        ['b', 'cc', 'aaa']
        """
        return self.key_by(keyfunc).sort_by_key(ascending, num_partitions).values()  # type: ignore

    def sort_by_key(
        self: OrderOperators[tuple[K, V]],
        ascending: Optional[bool] = True,
        num_partitions: Optional[int] = None,
        keyfunc: Callable[[Any], Any] = _itself,
    ) -> RDD[tuple[K, V]]:
        """The pairs in order of ``keyfunc(key)``, through all partitions. See sort_by().

        >>> pairs = context.parallelize([("b", 1), ("a", 2), ("C", 3)])
        >>> pairs.sort_by_key(keyfunc=str.lower).collect()
        [('a', 2), ('b', 1), ('C', 3)]
        """
        partitions = self._partitions_or_default(num_partitions)
        sort = _sorting(for_tasks(keyfunc, "sort_by_key"), bool(ascending))
        if partitions == 1:
            together = self.coalesce(1) if self.get_num_partitions() > 1 else self
            return together._each_partition(sort, "sort_by_key", True)
        count = self.count()
        if not count:
            return self._make(self._engine)
        fraction = min(partitions * _SAMPLED_KEYS_PER_PARTITION / count, 1.0)
        keys = sorted(self.sample(False, fraction, _SAMPLE_SEED).keys().collect(), key=keyfunc)
        bounds = [keyfunc(keys[len(keys) * i // partitions]) for i in range(1, partitions)]

        def place(key: Any) -> int:
            at = bisect.bisect_left(bounds, keyfunc(key))
            return at if ascending else partitions - 1 - at

        return self.partition_by(partitions, place)._each_partition(sort, "sort_by_key", True)

    def repartition_and_sort_within_partitions(
        self: OrderOperators[tuple[K, V]],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
        ascending: bool = True,
        keyfunc: Callable[[Any], Any] = _itself,
    ) -> RDD[tuple[K, V]]:
        """partition_by(), and each partition in order of ``keyfunc(key)``.

        >>> pairs = context.parallelize([(3, "c"), (2, "b"), (1, "a")])
        >>> pairs.repartition_and_sort_within_partitions(2).glom().collect()
        [[(2, 'b')], [(1, 'a'), (3, 'c')]]
        """
        sort = _sorting(for_tasks(keyfunc, "keyfunc"), ascending)
        divided = self.partition_by(num_partitions, partition_func)
        return divided._each_partition(sort, "sort_within_partitions", True)


def _sorting(
    keyfunc: Callable[[Any], Any], ascending: bool
) -> Callable[[int, Iterator[Any]], list[Any]]:
    """Sorts one partition by the key of each pair."""
    if keyfunc is _itself:
        key: Callable[[Any], Any] = itemgetter(0)
    else:
        key = lambda pair: keyfunc(pair[0])  # noqa: E731
    return lambda _, rows: sorted(rows, key=key, reverse=not ascending)
