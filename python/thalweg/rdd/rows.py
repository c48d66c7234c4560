# SPDX-License-Identifier: Apache-2.0
"""Transformations that look at rows, whatever they are."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from thalweg._engine import portable_hash
from thalweg.closures import for_tasks
from thalweg.errors import WrongTypeError, WrongValueError
from thalweg.rdd.base import RddBase
from thalweg.rdd.piping import pipe_rows
from thalweg.rdd.sampling import draw, draw_between
from thalweg.rdd.spreading import spread

if TYPE_CHECKING:
    from thalweg.rdd import RDD
    from thalweg.result_iterable import ResultIterable

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K", bound=Hashable)


class RowOperators(RddBase[T]):
    """map, filter and the like. They return a new RDD at once; nothing is computed yet."""

    def map(self, f: Callable[[T], U], preserves_partitioning: bool = False) -> RDD[U]:
        """``f`` of every row.

        ``preserves_partitioning``: ``f`` leaves keys alone, so that the partitioner still holds.

        >>> context.parallelize([1, 2]).map(lambda x: x * 10).collect()
        [10, 20]
        """
        return self._make(self._engine.map(for_tasks(f, "map"), preserves_partitioning))

    def flat_map(
        self, f: Callable[[T], Iterable[U]], preserves_partitioning: bool = False
    ) -> RDD[U]:
        """The rows of what ``f`` makes of every row, one after the other.

        >>> context.parallelize(["a b", "c"]).flat_map(str.split).collect()
        ['a', 'b', 'c']
        """
        return self._make(self._engine.flat_map(for_tasks(f, "flat_map"), preserves_partitioning))

    def filter(self, f: Callable[[T], Any]) -> RDD[T]:
        """The rows for which ``f`` is true.

        >>> context.parallelize([1, 2, 3]).filter(lambda x: x % 2).collect()
        [1, 3]
        """
        return self._make(self._engine.filter(for_tasks(f, "filter")))

    def map_partitions(
        self, f: Callable[[Iterator[T]], Iterable[U]], preserves_partitioning: bool = False
    ) -> RDD[U]:
        """The rows of what ``f`` makes of each partition's rows, which it may read once.

        >>> context.parallelize([1, 2, 3, 4], 2).map_partitions(lambda rows: [sum(rows)]).collect()
        [3, 7]
        """
        for_tasks(f, "map_partitions")
        return self._each_partition(
            lambda _, rows: f(rows), "map_partitions", preserves_partitioning
        )

    def map_partitions_with_index(
        self, f: Callable[[int, Iterator[T]], Iterable[U]], preserves_partitioning: bool = False
    ) -> RDD[U]:
        """As map_partitions(), with the partition's number, from 0, in front.

        >>> numbers = context.parallelize([1, 2, 3, 4], 2)
        >>> numbers.map_partitions_with_index(lambda i, rows: [(i, sum(rows))]).collect()
        [(0, 3), (1, 7)]
        """
        for_tasks(f, "map_partitions_with_index")
        return self._each_partition(f, "map_partitions_with_index", preserves_partitioning)

    def map_partitions_with_split(
        self, f: Callable[[int, Iterator[T]], Iterable[U]], preserves_partitioning: bool = False
    ) -> RDD[U]:
        """The older name of map_partitions_with_index().

        >>> context.parallelize([5], 1).map_partitions_with_split(lambda i, rows: [i]).collect()
        [0]
        """
        return self.map_partitions_with_index(f, preserves_partitioning)

    def glom(self) -> RDD[list[T]]:
        """Each partition as one row: the list of its rows.

        >>> context.parallelize([1, 2, 3], 2).glom().collect()
        [[1], [2, 3]]
        """
        return self._each_partition(lambda _, rows: [list(rows)], "glom")

    def key_by(self, f: Callable[[T], K]) -> RDD[tuple[K, T]]:
        """(``f`` of the row, row).

        >>> context.parallelize([1, 2]).key_by(lambda x: x * x).collect()
        [(1, 1), (4, 2)]
        """
        for_tasks(f, "key_by")
        return self._make(self._engine.map(lambda row: (f(row), row)))

    def group_by(
        self,
        f: Callable[[T], K],
        num_partitions: Optional[int] = None,
        partition_func: Callable[[K], int] = portable_hash,
    ) -> RDD[tuple[K, ResultIterable[T]]]:
        """(key, all rows for which ``f`` gives that key). See group_by_key().

        >>> groups = context.parallelize([1, 1, 2, 3]).group_by(lambda x: x % 2).collect()
        >>> sorted((key, sorted(rows)) for key, rows in groups)
        [(0, [2]), (1, [1, 1, 3])]
        """
        return self.key_by(f).group_by_key(num_partitions, partition_func)

    def pipe(
        self, command: str, env: Optional[dict[str, str]] = None, check_code: bool = False
    ) -> RDD[str]:
        """The lines that ``command``, run once for each partition, writes when given the rows.

        Each row goes to its standard input as ``str(row)`` and a line end. ``env`` is its whole
        environment, empty by default. The command is split as a shell would and not run by one.
        Errors: with ``check_code`` the action fails when the command ends with another code than 0.

        >>> context.parallelize(["b", "a"], 1).pipe("sort", {"PATH": "/usr/bin:/bin"}).collect()
        ['a', 'b']
        """
        return self._each_partition(
            lambda _, rows: pipe_rows(rows, command, env or {}, check_code), "pipe"
        )

    # By chance.

    def sample(self, with_replacement: bool, fraction: float, seed: Optional[int] = None) -> RDD[T]:
        """Rows drawn by chance: each with probability ``fraction``; with replacement each
        ``fraction`` times on average. The same seed draws the same rows, and the ones that PySpark
        draws.

        Errors: WrongValueError for a negative ``fraction``.

        >>> context.parallelize(range(100), 4).sample(False, 0.1, 81).count()
        11
        """
        if not fraction >= 0:
            raise WrongValueError(f"sample() needs a fraction of at least 0: got {fraction}")
        seed = _seed_or_any(seed)
        return self._each_partition(
            lambda part, rows: draw(rows, part, seed, with_replacement, fraction), "sample", True
        )

    def random_split(
        self, weights: Sequence[Union[int, float]], seed: Optional[int] = None
    ) -> list[RDD[T]]:
        """Divides the rows by chance into as many RDDs as there are weights, in their proportion.

        Errors: WrongValueError for negative weights, and when they add up to 0.

        >>> few, most = context.parallelize(range(500), 1).random_split([2, 3], 17)
        >>> few.count() + most.count()
        500
        """
        if not all(weight >= 0 for weight in weights):
            raise WrongValueError(f"random_split() needs weights of at least 0: got {weights}")
        total = float(sum(weights))
        if not total > 0:
            raise WrongValueError(
                f"random_split() needs weights that add up to more: got {weights}"
            )
        bounds = [0.0]
        for weight in weights:
            bounds.append(bounds[-1] + weight / total)
        chosen = random.randint(0, 2**32 - 1) if seed is None else seed
        return [self._drawn_between(low, high, chosen) for low, high in zip(bounds, bounds[1:])]

    def _drawn_between(self, low: float, high: float, seed: int) -> RDD[T]:
        return self._each_partition(
            lambda part, rows: draw_between(rows, part, seed, low, high), "random_split", True
        )

    # Several RDDs.

    def union(self, other: RDD[U]) -> RDD[Union[T, U]]:
        """The rows of both; duplicates stay. Also ``self + other``.

        Where both have the same partitioner, so has the result, and otherwise the partitions of
        both, one after the other.

        >>> context.parallelize([1, 2]).union(context.parallelize([2])).collect()
        [1, 2, 2]
        """
        return self._make(self._context._united([self._engine, other._engine]))

    def __add__(self, other: RDD[U]) -> RDD[Union[T, U]]:
        if not isinstance(other, RddBase):
            raise WrongTypeError(f"only an RDD can be added to an RDD: got {type(other).__name__}")
        return self.union(other)

    def intersection(self, other: RDD[T]) -> RDD[T]:
        """The rows that are in both, each once.

        >>> left, right = context.parallelize([1, 1, 2, 3]), context.parallelize([1, 3, 4])
        >>> sorted(left.intersection(right).collect())
        [1, 3]
        """
        both = self.map(lambda row: (row, None)).cogroup(other.map(lambda row: (row, None)))
        return both.filter(lambda row: len(row[1][0]) and len(row[1][1])).keys()

    def subtract(self, other: RDD[T], num_partitions: Optional[int] = None) -> RDD[T]:
        """The rows that are not in ``other``; duplicates stay.

        >>> left, right = context.parallelize([1, 1, 2, 3]), context.parallelize([2, 3])
        >>> left.subtract(right).collect()
        [1, 1]
        """
        marked = other.map(lambda row: (row, True))
        return self.map(lambda row: (row, True)).subtract_by_key(marked, num_partitions).keys()

    def cartesian(self, other: RDD[U]) -> RDD[tuple[T, U]]:
        """Every row with every row of ``other``.

        >>> context.parallelize([1, 2], 1).cartesian(context.parallelize("ab", 1)).collect()
        [(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]
        """
        return self._make(self._engine.cartesian(other._engine))

    def zip(self, other: RDD[U]) -> RDD[tuple[T, U]]:
        """The first row with the first, the second with the second, and so on.

        Errors: WrongValueError when the RDDs differ in the number of partitions; the action fails
        when two partitions differ in the number of rows.

        >>> context.parallelize([1, 2, 3]).zip(context.parallelize("abc")).collect()
        [(1, 'a'), (2, 'b'), (3, 'c')]
        """
        mine, theirs = self.get_num_partitions(), other.get_num_partitions()
        if mine != theirs:
            raise WrongValueError(
                f"zip() needs RDDs with the same number of partitions: got {mine} and {theirs}; "
                "repartition() does not help, since rows would change places"
            )
        return self._make(self._engine.zip(other._engine))

    def zip_with_index(self) -> RDD[tuple[T, int]]:
        """(row, its number from 0, through the partitions in order).

        Counts the partitions at once, in a job of its own, when there are several.

        >>> context.parallelize("abc", 2).zip_with_index().collect()
        [('a', 0), ('b', 1), ('c', 2)]
        """
        starts = [0]
        if self.get_num_partitions() > 1:
            for count in self._collect_each(lambda rows: [sum(1 for _ in rows)], "count"):
                starts.append(starts[-1] + count)
        return self._each_partition(
            lambda part, rows: ((row, i) for i, row in enumerate(rows, starts[part])),
            "zip_with_index",
        )

    def zip_with_unique_id(self) -> RDD[tuple[T, int]]:
        """(row, a number that no other row has): k, n + k, 2n + k ... in partition k of n.

        Other than zip_with_index() it computes nothing.

        >>> context.parallelize("abcde", 3).zip_with_unique_id().collect()
        [('a', 0), ('b', 1), ('c', 4), ('d', 2), ('e', 5)]
        """
        step = self.get_num_partitions()
        return self._each_partition(
            lambda part, rows: ((row, i * step + part) for i, row in enumerate(rows)),
            "zip_with_unique_id",
        )

    def distinct(self, num_partitions: Optional[int] = None) -> RDD[T]:
        """Each row once.

        >>> sorted(context.parallelize([1, 1, 2, 3]).distinct().collect())
        [1, 2, 3]
        """
        once = self.map(lambda row: (row, None)).reduce_by_key(lambda a, b: a, num_partitions)
        return once.keys()

    # Partitions.

    def coalesce(self, num_partitions: int, shuffle: bool = False) -> RDD[T]:
        """At most ``num_partitions`` partitions, neighbours put together without a shuffle.

        With ``shuffle`` there may be more than now, and rows are spread evenly: repartition().
        Errors: WrongValueError for less than 1.

        >>> context.parallelize([1, 2, 3, 4, 5], 3).coalesce(1).glom().collect()
        [[1, 2, 3, 4, 5]]
        """
        if not num_partitions > 0:
            raise WrongValueError(f"an RDD needs at least 1 partition: got {num_partitions}")
        if shuffle:
            return self._make(spread(self._engine, num_partitions, self._context._batch_size))
        return self._make(self._engine.coalesce(num_partitions))

    def repartition(self, num_partitions: int) -> RDD[T]:
        """Exactly ``num_partitions`` partitions of about the same size, through a shuffle.

        Rows travel in packs of ten, as PySpark's do. Use coalesce() to have fewer partitions
        without a shuffle.

        >>> context.parallelize(range(100), 2).repartition(4).get_num_partitions()
        4
        """
        return self.coalesce(num_partitions, shuffle=True)


def _seed_or_any(seed: Optional[int]) -> int:
    return random.randint(0, 2**63 - 1) if seed is None else seed
