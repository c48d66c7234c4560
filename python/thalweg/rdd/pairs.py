# SPDX-License-Identifier: Apache-2.0
"""Transformations of pairs: rows of a key and a value."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Hashable, Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from thalweg._engine import Partitioner, portable_hash
from thalweg.closures import for_tasks
from thalweg.errors import WrongTypeError, WrongValueError
from thalweg.rdd.rows import RowOperators
from thalweg.rdd.sampling import draw_by_key
from thalweg.result_iterable import ResultIterable

if TYPE_CHECKING:
    from thalweg.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
W = TypeVar("W")
K = TypeVar("K", bound=Hashable)


class PairOperators(RowOperators[T]):
    """For RDDs of (key, value). Two keys are one when they are equal and have the same hash.

    Where ``num_partitions`` is None there are as many partitions as before, or as
    ``spark.default.parallelism`` says. ``partition_func(key) % num_partitions`` is the partition of
    a key; portable_hash is the same in every process. Keys that can't be hashed are a TypeError.
    """

    def keys(self: PairOperators[tuple[K, V]]) -> RDD[K]:
        """The keys.

        >>> context.parallelize([(1, "a"), (2, "b")]).keys().collect()
        [1, 2]
        """
        return self._make(self._engine.map(itemgetter(0)))

    def values(self: PairOperators[tuple[K, V]]) -> RDD[V]:
        """The values.

        >>> context.parallelize([(1, "a"), (2, "b")]).values().collect()
        ['a', 'b']
        """
        return self._make(self._engine.map(itemgetter(1)))

    def map_values(self: PairOperators[tuple[K, V]], f: Callable[[V], U]) -> RDD[tuple[K, U]]:
        """(key, ``f`` of the value). Keeps the partitioner.

        >>> context.parallelize([("a", [1, 2]), ("b", [])]).map_values(len).collect()
        [('a', 2), ('b', 0)]
        """
        return self._make(self._engine.map_values(for_tasks(f, "map_values")))

    def flat_map_values(
        self: PairOperators[tuple[K, V]], f: Callable[[V], Iterable[U]]
    ) -> RDD[tuple[K, U]]:
        """(key, x) for each x that ``f`` makes of the value. Keeps the partitioner.

        >>> context.parallelize([("a", "x y"), ("b", "")]).flat_map_values(str.split).collect()
        [('a', 'x'), ('a', 'y')]
        """
        return self._make(self._engine.flat_map_values(for_tasks(f, "flat_map_values")))

    # One row per key.

    def reduce_by_key(
        self: PairOperators[tuple[K, V]],
        func: Callable[[V, V], V],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, V]]:
        """(key, ``func`` of all its values, in any grouping).

        Adds up each partition before the shuffle.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sorted(pairs.reduce_by_key(lambda x, y: x + y).collect())
        [('a', 3), ('b', 1)]
        """
        partitioner = self._by(num_partitions, partition_func)
        return self._make(self._engine.reduce_by_key(for_tasks(func, "reduce_by_key"), partitioner))

    def combine_by_key(
        self: PairOperators[tuple[K, V]],
        create_combiner: Callable[[V], U],
        merge_value: Callable[[U, V], U],
        merge_combiners: Callable[[U, U], U],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, U]]:
        """(key, what is combined of its values).

        ``create_combiner(first value)``, then ``merge_value(combined, value)`` within a partition,
        then ``merge_combiners(combined, combined)`` across partitions in their order. The last two
        may change and return their first argument.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> def add(values, value):
        ...     return values + [value]
        >>> sorted(pairs.combine_by_key(lambda v: [v], add, lambda a, b: a + b).collect())
        [('a', [1, 2]), ('b', [1])]
        """
        return self._make(
            self._engine.combine_by_key(
                for_tasks(create_combiner, "combine_by_key"),
                for_tasks(merge_value, "combine_by_key"),
                for_tasks(merge_combiners, "combine_by_key"),
                self._by(num_partitions, partition_func),
            )
        )

    def aggregate_by_key(
        self: PairOperators[tuple[K, V]],
        zero_value: U,
        seq_func: Callable[[U, V], U],
        comb_func: Callable[[U, U], U],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, U]]:
        """As combine_by_key(), where a key starts from a copy of ``zero_value``.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sums = pairs.aggregate_by_key((0, 0), lambda s, v: (s[0] + v, s[1] + 1),
        ...                               lambda s, t: (s[0] + t[0], s[1] + t[1]))
        >>> sorted(sums.collect())
        [('a', (3, 2)), ('b', (1, 1))]
        """
        for_tasks(seq_func, "aggregate_by_key")
        return self.combine_by_key(
            lambda value: seq_func(copy.deepcopy(zero_value), value),
            seq_func,
            comb_func,
            num_partitions,
            partition_func,
        )

    def fold_by_key(
        self: PairOperators[tuple[K, V]],
        zero_value: V,
        func: Callable[[V, V], V],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, V]]:
        """As reduce_by_key(), where a key starts from a copy of ``zero_value`` in each partition.

        ``zero_value`` should add nothing: 0 for sums, an empty list for lists.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sorted(pairs.fold_by_key(0, lambda x, y: x + y).collect())
        [('a', 3), ('b', 1)]
        """
        for_tasks(func, "fold_by_key")
        return self.combine_by_key(
            lambda value: func(copy.deepcopy(zero_value), value),
            func,
            func,
            num_partitions,
            partition_func,
        )

    def group_by_key(
        self: PairOperators[tuple[K, V]],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, ResultIterable[V]]]:
        """(key, all its values). All values of a key must fit in memory together.

        For sums and the like reduce_by_key() moves far less.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sorted(pairs.group_by_key().map_values(list).collect())
        [('a', [1, 2]), ('b', [1])]
        """
        grouped = self._engine.group_by_key(self._by(num_partitions, partition_func))
        return self._make(grouped.map_values(ResultIterable))

    def partition_by(
        self: PairOperators[tuple[K, V]],
        num_partitions: Optional[int],
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, V]]:
        """The same rows, divided by ``partition_func(key) % num_partitions``.

        >>> pairs = context.parallelize([(1, "a"), (2, "b"), (3, "c")])
        >>> pairs.partition_by(2).glom().collect()
        [[(2, 'b')], [(1, 'a'), (3, 'c')]]
        """
        partitioner = self._by(num_partitions, partition_func)
        if self._engine.partitioner == partitioner:
            return self._make(self._engine)
        return self._make(self._engine.partition_by(partitioner))

    # Several RDDs.

    def cogroup(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, W]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, tuple[ResultIterable[V], ResultIterable[W]]]]:
        """(key, (values of this RDD, values of ``other``)) for each key of either.

        >>> left, right = context.parallelize([("a", 1)]), context.parallelize([("a", 2), ("b", 3)])
        >>> both = left.cogroup(right).map_values(lambda sides: [list(side) for side in sides])
        >>> sorted(both.collect())
        [('a', [[1], [2]]), ('b', [[], [3]])]
        """
        return self._cogrouped([other], num_partitions)

    def group_with(self, other: RDD[Any], *others: RDD[Any]) -> RDD[tuple[Any, tuple[Any, ...]]]:
        """As cogroup(), of any number of RDDs.

        >>> first, second, third = (context.parallelize([("a", i)]) for i in range(3))
        >>> [(key, sides)] = first.group_with(second, third).collect()
        >>> key, [list(side) for side in sides]
        ('a', [[0], [1], [2]])
        """
        return self._cogrouped([other, *others], None)

    def join(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, W]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, tuple[V, W]]]:
        """(key, (value here, value there)) for each pair of values of a key that is in both.

        >>> left, right = context.parallelize([("a", 1), ("b", 4)]), context.parallelize([("a", 2)])
        >>> left.join(right).collect()
        [('a', (1, 2))]
        """
        return self._joined(other, num_partitions, (), ())

    def left_outer_join(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, W]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, tuple[V, Optional[W]]]]:
        """As join(), with (key, (value here, None)) for the keys that are only here.

        >>> left, right = context.parallelize([("a", 1), ("b", 4)]), context.parallelize([("a", 2)])
        >>> sorted(left.left_outer_join(right).collect())
        [('a', (1, 2)), ('b', (4, None))]
        """
        return self._joined(other, num_partitions, (), (None,))

    def right_outer_join(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, W]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, tuple[Optional[V], W]]]:
        """As join(), with (key, (None, value there)) for the keys that are only there.

        >>> left, right = context.parallelize([("a", 1)]), context.parallelize([("a", 2), ("b", 4)])
        >>> sorted(left.right_outer_join(right).collect())
        [('a', (1, 2)), ('b', (None, 4))]
        """
        return self._joined(other, num_partitions, (None,), ())

    def full_outer_join(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, W]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, tuple[Optional[V], Optional[W]]]]:
        """As join(), with None for the side that a key is not on.

        >>> left, right = context.parallelize([("a", 1), ("b", 4)]), context.parallelize([("c", 8)])
        >>> sorted(left.full_outer_join(right).collect())
        [('a', (1, None)), ('b', (4, None)), ('c', (None, 8))]
        """
        return self._joined(other, num_partitions, (None,), (None,))

    def subtract_by_key(
        self: PairOperators[tuple[K, V]],
        other: RDD[tuple[K, Any]],
        num_partitions: Optional[int] = None,
    ) -> RDD[tuple[K, V]]:
        """The pairs whose key is not in ``other``.

        >>> left, right = context.parallelize([("a", 1), ("b", 4)]), context.parallelize([("a", 2)])
        >>> left.subtract_by_key(right).collect()
        [('b', 4)]
        """
        sides = self._sides([other], num_partitions)
        return self._make(sides.flat_map_values(lambda both: () if both[1] else both[0]))

    def sample_by_key(
        self: PairOperators[tuple[K, V]],
        with_replacement: bool,
        fractions: Mapping[K, Union[float, int]],
        seed: Optional[int] = None,
    ) -> RDD[tuple[K, V]]:
        """As sample(), with a fraction for each key. A key without one fails the action.

        Errors: WrongValueError for negative fractions.

        >>> pairs = context.parallelize([("a", 1), ("b", 2)])
        >>> pairs.sample_by_key(False, {"a": 1.0, "b": 0.0}, 3).collect()
        [('a', 1)]
        """
        for key, fraction in fractions.items():
            if not fraction >= 0:
                raise NegativeFractionError(
                    f"sample_by_key() needs fractions of at least 0: got {fraction} for {key!r}"
                )
        chosen = random.randint(0, 2**63 - 1) if seed is None else seed
        return self._each_partition(
            lambda part, rows: draw_by_key(rows, part, chosen, with_replacement, fractions),
            "sample_by_key",
            True,
        )

    # For the modules of Thalweg.

    def _by(
        self, num_partitions: Optional[int], partition_func: Callable[[Any], int]
    ) -> Partitioner:
        """The engine's partitioner; plain portable_hash needs no call into Python."""
        count = self._partitions_or_default(num_partitions)
        if isinstance(count, bool) or not isinstance(count, int):
            raise WrongTypeError(f"num_partitions must be an int: got {type(count).__name__}")
        if count < 1:
            raise WrongValueError(f"num_partitions must be at least 1: got {count}")
        if partition_func is portable_hash:
            return Partitioner(count)
        return Partitioner(count, for_tasks(partition_func, "partition_func"))

    def _sides(self, others: list[RDD[Any]], num_partitions: Optional[int]) -> Any:
        """The engine's cogroup: (key, ([values], ...)).

        As in PySpark the default is the partitioner that all have, else the sum of the partitions.
        """
        if num_partitions is None and not self._context._conf.contains("spark.default.parallelism"):
            mine = self._engine.partitioner
            if mine is not None and all(other._engine.partitioner == mine for other in others):
                num_partitions = mine.count
            else:
                num_partitions = sum(rdd.get_num_partitions() for rdd in [self, *others])
        partitioner = self._by(num_partitions, portable_hash)
        return self._engine.cogroup([other._engine for other in others], partitioner)

    def _cogrouped(self, others: list[RDD[Any]], num_partitions: Optional[int]) -> RDD[Any]:
        sides = self._sides(others, num_partitions)
        return self._make(sides.map_values(lambda lists: tuple(map(ResultIterable, lists))))

    def _joined(
        self, other: RDD[Any], num_partitions: Optional[int], no_left: Any, no_right: Any
    ) -> RDD[Any]:
        def pairs(sides: tuple[list[Any], list[Any]]) -> list[tuple[Any, Any]]:
            left, right = sides
            return [(mine, theirs) for mine in left or no_left for theirs in right or no_right]

        return self._make(self._sides([other], num_partitions).flat_map_values(pairs))


class NegativeFractionError(WrongValueError, AssertionError):
    """A sampling fraction below 0; PySpark has an AssertionError here."""
