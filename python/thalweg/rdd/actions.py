# SPDX-License-Identifier: Apache-2.0
"""Actions: what makes an RDD run and gives a result."""

from __future__ import annotations

import copy
import functools
import heapq
import math
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from thalweg.closures import for_tasks
from thalweg.errors import WrongStateError, WrongValueError
from thalweg.rdd.pairs import PairOperators
from thalweg.rdd.sampling import fraction_for

if TYPE_CHECKING:
    from thalweg.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)

#: As in PySpark: so many rows that ten standard deviations more still fit an integer.
_SAMPLE_ROWS_MAX = (2**63 - 1) - int(10.0 * math.sqrt(2**63 - 1))


class Actions(PairOperators[T]):
    """collect, count and the like. They compute what they need, and wait for it.

    Errors: FunctionError when a user's function raises, with the operator and the record in its
    text and the exception as its ``__cause__``; other EngineErrors for what else goes wrong.
    """

    def collect(self) -> list[T]:
        """All rows, partition by partition, as a list.

        >>> context.parallelize([1, 2, 3]).collect()
        [1, 2, 3]
        """
        with self._context._job():
            return self._engine.collect()

    def collect_with_job_group(
        self, group_id: str, description: str, interrupt_on_cancel: bool = False
    ) -> list[T]:
        """collect() as a job of the group ``group_id``; see Context.set_job_group().

        >>> context.parallelize([1]).collect_with_job_group("group", "one row")
        [1]
        """
        before = self._context._job_group()
        self._context.set_job_group(group_id, description, interrupt_on_cancel)
        try:
            return self.collect()
        finally:
            self._context._restore_job_group(before)

    def collect_as_map(self: Actions[tuple[K, V]]) -> dict[K, V]:
        """The pairs as a dict; of several values of a key the last one stays.

        >>> context.parallelize([(1, 2), (3, 4)]).collect_as_map()
        {1: 2, 3: 4}
        """
        return dict(self.collect())

    def to_local_iterator(self, prefetch_partitions: bool = False) -> Iterator[T]:
        """The rows one by one, computed partition by partition as they are asked for.

        ``prefetch_partitions``: while the rows of a partition are read, the next one is computed.

        >>> next(context.parallelize([1, 2, 3]).to_local_iterator())
        1
        """
        partitions = range(self.get_num_partitions())
        if prefetch_partitions:
            return chain.from_iterable(_ahead(self._collect_one, partitions))
        return chain.from_iterable(map(self._collect_one, partitions))

    def _collect_one(self, partition: int) -> list[T]:
        with self._context._job():
            return self._engine.collect_partitions([partition])[0]

    def count(self) -> int:
        """How many rows there are.

        >>> context.parallelize([1, 2, 3]).count()
        3
        """
        with self._context._job():
            return self._engine.count()

    # Some rows.

    def take(self, num: int) -> list[T]:
        """The first ``num`` rows; computes no more partitions than needed.

        >>> context.parallelize(range(100), 10).take(3)
        [0, 1, 2]
        """
        with self._context._job():
            return self._engine.take(num) if num > 0 else []

    def first(self) -> T:
        """The first row. Errors: WrongValueError when there is none.

        >>> context.parallelize([7, 8]).first()
        7
        """
        rows = self.take(1)
        if not rows:
            raise WrongValueError("first() of an RDD without rows; ask is_empty() before")
        return rows[0]

    def is_empty(self) -> bool:
        """Whether there is no row.

        >>> context.parallelize([]).is_empty(), context.parallelize([0]).is_empty()
        (True, False)
        """
        return not self.take(1)

    def top(self, num: int, key: Optional[Callable[[T], Any]] = None) -> list[T]:
        """The ``num`` largest rows by ``key``, largest first.

        >>> context.parallelize([10, 4, 2, 12, 3]).top(2)
        [12, 10]
        >>> context.parallelize([10, 4, 2, 12, 3]).top(3, key=str)
        [4, 3, 2]
        """
        return self._extreme(heapq.nlargest, num, key)

    def take_ordered(self, num: int, key: Optional[Callable[[T], Any]] = None) -> list[T]:
        """The ``num`` smallest rows by ``key``, in order.

        Errors: WrongValueError for a negative ``num``.

        >>> context.parallelize([10, 4, 2, 12, 3]).take_ordered(2)
        [2, 3]
        """
        if num < 0:
            raise WrongValueError(f"take_ordered() needs a number of at least 0: got {num}")
        return self._extreme(heapq.nsmallest, num, key)

    def _extreme(self, best: Callable[..., list[T]], num: int, key: Any) -> list[T]:
        if key is not None:
            for_tasks(key, best.__name__)
        parts = self._collect_each(lambda rows: [best(num, rows, key)], best.__name__)
        return reduced(lambda a, b: best(num, a + b, key), parts) if parts else []

    def take_sample(self, with_replacement: bool, num: int, seed: Optional[int] = None) -> list[T]:
        """``num`` rows drawn by chance, or all in any order where there are fewer.

        Counts and samples, in jobs of their own.
        Errors: WrongValueError for a negative ``num``.

        >>> len(context.parallelize(range(10)).take_sample(True, 20, 1))
        20
        >>> len(context.parallelize(range(10)).take_sample(False, 5, 2))
        5
        """
        if num < 0 or num > _SAMPLE_ROWS_MAX:
            raise WrongValueError(
                f"take_sample() needs a number from 0 to {_SAMPLE_ROWS_MAX}: got {num}"
            )
        total = self.count() if num else 0
        if not total:
            return []
        source = random.Random(seed)
        if not with_replacement and num >= total:
            rows = self.collect()
            source.shuffle(rows)
            return rows
        fraction = fraction_for(num, total, with_replacement)
        rows = self.sample(with_replacement, fraction, seed).collect()
        while len(rows) < num:  # Less than once in 10 000 times, by the choice of the fraction.
            again = source.randint(0, 2**63 - 1)
            rows = self.sample(with_replacement, fraction, again).collect()
        source.shuffle(rows)
        return rows[:num]

    # One value of all rows.

    def reduce(self, f: Callable[[T, T], T]) -> T:
        """``f`` of all rows, in any grouping: first within partitions, then over their results.

        Errors: WrongValueError when there is no row.

        >>> context.parallelize([1, 2, 3]).reduce(lambda a, b: a + b)
        6
        """
        for_tasks(f, "reduce")

        def of_partition(rows: Iterator[T]) -> Iterable[T]:
            for first in rows:
                return [functools.reduce(f, rows, first)]
            return []

        parts = self._collect_each(of_partition, "reduce")
        if not parts:
            raise EmptyRddError("reduce() of an empty RDD; use fold(), which has a zero value")
        return reduced(f, parts)

    def tree_reduce(self, f: Callable[[T, T], T], depth: int = 2) -> T:
        """As reduce(), with results of partitions added up in ``depth`` steps in tasks.

        Errors: WrongValueError when there is no row, or for a ``depth`` below 1.

        >>> context.parallelize([1, 2, 3], 3).tree_reduce(lambda a, b: a + b)
        6
        """
        for_tasks(f, "tree_reduce")
        nothing: Any = (None, True)  # (value, whether there is none)

        def add(left: Any, right: Any) -> Any:
            if left[1]:
                return right
            return left if right[1] else (f(left[0], right[0]), False)

        marked: Any = self.map(lambda row: (row, False))
        value, none = marked.tree_aggregate(nothing, add, add, depth)
        if none:
            raise EmptyRddError("tree_reduce() of an empty RDD; use fold(), which has a zero value")
        result: T = value
        return result

    def fold(self, zero_value: T, op: Callable[[T, T], T]) -> T:
        """As reduce(), from ``zero_value``: once in each partition, and once over the partitions.

        Where ``op`` changes its first argument, each partition starts with a copy.

        >>> context.parallelize([1, 2, 3]).fold(0, lambda a, b: a + b)
        6
        """
        return self.aggregate(zero_value, op, op)

    def aggregate(
        self, zero_value: U, seq_op: Callable[[U, T], U], comb_op: Callable[[U, U], U]
    ) -> U:
        """``seq_op(sum, row)`` over each partition, then ``comb_op(sum, sum)`` over the partitions.

        Both start from ``zero_value``, each partition with a copy of it.

        >>> context.parallelize([1, 2, 3]).aggregate(
        ...     (0, 0), lambda s, x: (s[0] + x, s[1] + 1), lambda s, t: (s[0] + t[0], s[1] + t[1]))
        (6, 3)
        """
        for_tasks(seq_op, "aggregate")
        for_tasks(comb_op, "aggregate")
        parts = self._collect_each(
            lambda rows: [functools.reduce(seq_op, rows, copy.deepcopy(zero_value))], "aggregate"
        )
        return reduced(comb_op, [zero_value, *parts])

    def tree_aggregate(
        self,
        zero_value: U,
        seq_op: Callable[[U, T], U],
        comb_op: Callable[[U, U], U],
        depth: int = 2,
    ) -> U:
        """As aggregate(), with the results of partitions added up in ``depth`` steps in tasks.

        Errors: WrongValueError for a ``depth`` below 1.

        >>> add = lambda x, y: x + y
        >>> context.parallelize([-5, -4, -3, -2, -1, 1, 2, 3, 4], 10).tree_aggregate(0, add, add)
        -5
        """
        if depth < 1:
            raise WrongValueError(f"depth must be at least 1: got {depth}")
        for_tasks(seq_op, "tree_aggregate")
        for_tasks(comb_op, "tree_aggregate")
        if not self.get_num_partitions():
            return zero_value
        parts: RDD[Any] = self._each_partition(
            lambda _, rows: [functools.reduce(seq_op, rows, copy.deepcopy(zero_value))],
            "tree_aggregate",
        )
        count: float = self.get_num_partitions()
        scale = max(math.ceil(count ** (1.0 / depth)), 2)
        while count > scale + count / scale:
            count /= scale
            parts = _fewer(parts, int(count), comb_op)
        return parts.reduce(comb_op)  # type: ignore[no-any-return]

    def max(self, key: Optional[Callable[[T], Any]] = None) -> T:
        """The greatest row by ``key``. Errors: WrongValueError when there is none.

        >>> context.parallelize([1.0, 5.0, 43.0, 10.0]).max(), context.parallelize([2, 10]).max(str)
        (43.0, 2)
        """
        return self.reduce(max if key is None else lambda a, b: max(a, b, key=key))  # type: ignore

    def min(self, key: Optional[Callable[[T], Any]] = None) -> T:
        """The least row by ``key``. Errors: WrongValueError when there is none.

        >>> context.parallelize([2.0, 5.0, 43.0]).min(), context.parallelize([2, 10]).min(str)
        (2.0, 10)
        """
        return self.reduce(min if key is None else lambda a, b: min(a, b, key=key))  # type: ignore

    # Counts.

    def count_by_value(self: Actions[K]) -> dict[K, int]:
        """How often each row comes.

        >>> sorted(context.parallelize([1, 2, 1, 2, 2], 2).count_by_value().items())
        [(1, 2), (2, 3)]
        """
        return self._added_up(_counts)

    def count_by_key(self: Actions[tuple[K, V]]) -> dict[K, int]:
        """How many pairs each key has.

        >>> sorted(context.parallelize([("a", 1), ("b", 1), ("a", 1)]).count_by_key().items())
        [('a', 2), ('b', 1)]
        """
        return self.keys().count_by_value()

    def _added_up(self, counts: Callable[[Iterator[Any]], Iterable[Any]]) -> dict[Any, int]:
        total: dict[Any, int] = defaultdict(int)
        for part in self._collect_each(counts, "count_by_value"):
            for key, count in part.items():
                total[key] += count
        return total

    def reduce_by_key_locally(self: Actions[tuple[K, V]], func: Callable[[V, V], V]) -> dict[K, V]:
        """reduce_by_key(), with the result as a dict in the program, without a shuffle.

        >>> pairs = context.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sorted(pairs.reduce_by_key_locally(lambda x, y: x + y).items())
        [('a', 3), ('b', 1)]
        """
        for_tasks(func, "reduce_by_key_locally")

        def by_key(rows: Iterable[tuple[K, V]]) -> dict[K, V]:
            values: dict[K, V] = {}
            for key, value in rows:
                values[key] = func(values[key], value) if key in values else value
            return values

        parts = self._collect_each(lambda rows: [by_key(rows)], "reduce_by_key_locally")
        return by_key(chain.from_iterable(part.items() for part in parts))

    def lookup(self: Actions[tuple[K, V]], key: K) -> list[V]:
        """All values of ``key``. Computes one partition only where the partitioner is known.

        >>> pairs = context.parallelize([(1, "a"), (2, "b"), (1, "c")])
        >>> pairs.lookup(1), pairs.partition_by(2).lookup(3)
        (['a', 'c'], [])
        """
        values = self.filter(lambda row: row[0] == key).values()
        partitioner = self._engine.partitioner
        partitions = None if partitioner is None else [partitioner(key)]
        with self._context._job():
            return list(chain.from_iterable(values._engine.collect_partitions(partitions)))

    # For their effects.

    def for_each(self, f: Callable[[T], Any]) -> None:
        """Calls ``f`` with every row, in tasks.

        >>> total = context.accumulator(0)
        >>> context.parallelize([1, 2, 3]).for_each(total.add)
        >>> total.value
        6
        """
        for_tasks(f, "for_each")

        def call(_: int, rows: Iterator[T]) -> Iterable[Any]:
            for row in rows:
                f(row)
            return ()

        self._run(call, "for_each")

    def for_each_partition(self, f: Callable[[Iterator[T]], Any]) -> None:
        """Calls ``f`` with an iterator over each partition's rows, in tasks.

        The place for what is needed once a partition: connections, transactions.

        >>> counts = context.accumulator(0)
        >>> context.parallelize([1, 2, 3], 2).for_each_partition(lambda rows: counts.add(1))
        >>> counts.value
        2
        """
        for_tasks(f, "for_each_partition")

        def call(_: int, rows: Iterator[T]) -> Iterable[Any]:
            result = f(rows)
            return result if hasattr(result, "__iter__") else ()

        self._run(call, "for_each_partition")

    def _run(self, call: Callable[[int, Iterator[T]], Iterable[Any]], kind: str) -> None:
        called = self._each_partition(call, kind)
        with self._context._job():
            called._engine.run()


class EmptyRddError(WrongValueError):
    """A value was asked of an RDD that has no row."""


def reduced(function: Callable[[U, U], U], values: Sequence[U]) -> U:
    """``function`` of all ``values``, called by the program itself. REQUIRES: at least one.

    Errors: WrongStateError when the function raises StopIteration, which would end some loop of the
    program's unseen.
    """
    try:
        return functools.reduce(function, values)
    except StopIteration as stopped:
        raise WrongStateError(
            "the function raised StopIteration; give next() a default, or catch it there",
            "STOP_ITERATION_OCCURRED",
        ) from stopped


def _ahead(compute: Callable[[int], list[T]], partitions: Iterable[int]) -> Iterator[list[T]]:
    """``compute`` of each partition, where the next one is computed while one is used."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1, "thalweg-prefetch") as thread:
        coming = None
        for partition in partitions:
            current, coming = coming, thread.submit(compute, partition)
            if current is not None:
                yield current.result()
        if coming is not None:
            yield coming.result()


def _counts(rows: Iterator[Any]) -> list[dict[Any, int]]:
    counts: dict[Any, int] = defaultdict(int)
    for row in rows:
        counts[row] += 1
    return [counts]


def _fewer(parts: RDD[Any], count: int, comb_op: Callable[[Any, Any], Any]) -> RDD[Any]:
    """The values of ``parts``, one a partition, added up into ``count`` partitions."""
    keyed = parts.map_partitions_with_index(
        lambda part, rows: ((part % count, row) for row in rows)
    )
    return keyed.reduce_by_key(comb_op, count).values()
