# SPDX-License-Identifier: Apache-2.0
"""Streams in batches of time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar, Union

from thalweg import _engine, windows
from thalweg.batch_files import save_once
from thalweg.batch_functions import with_time
from thalweg.call_site import call_site
from thalweg.closures import DriverOnly, for_tasks
from thalweg.errors import WrongTypeError, WrongValueError
from thalweg.folding import count_rows, count_values, folding
from thalweg.rdd import RDD
from thalweg.storage_level import StorageLevel

if TYPE_CHECKING:
    from thalweg.result_iterable import ResultIterable
    from thalweg.streaming_context import StreamingContext

__all__ = ["DStream"]

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
V = TypeVar("V")
W = TypeVar("W")
S = TypeVar("S")

#: The line above and below the time that print() writes.
_RULE = "-" * 43


class DStream(DriverOnly, Generic[T]):
    """An endless collection of rows in batches of time: what is to be done with each batch.

    Streams come from a StreamingContext. Transformations return a new stream; output operations
    (``print``, ``for_each_rdd``, ``save_as_text_files``) say what becomes of it. Nothing runs
    before ``StreamingContext.start()``, and then nothing can be added. Each batch is an RDD. All
    lengths of time are seconds. Where a number of partitions is not given, it is the context's
    ``default_parallelism``.

    Functions are called on the engine's threads, row by row, one at a time. What one raises fails
    its batch; ``StreamingContext.await_termination()`` raises it, with its traceback, and the later
    batches run.

    The examples below use two names. ``queue(*batches)`` is a stream of lists, one a batch, of a
    context with batches of one second; ``show(stream)`` runs its context to the end of the queue
    and prints the rows of each batch as a list.

    >>> show(queue(["to be", "or not"], ["to be"]).flat_map(str.split))
    ['to', 'be', 'or', 'not']
    ['to', 'be']
    """

    _driver_only = (
        "STREAM_ONLY_VALID_ON_DRIVER",
        "a stream",
        "join the streams instead, as in stream.join(other) or stream.transform_with(f, other)",
    )

    def __init__(self, engine: _engine.Stream, context: StreamingContext) -> None:
        self._engine = engine
        self._context = context
        #: Whether persist() or cache() was called.
        self.is_cached = False
        #: Whether checkpoint() was called.
        self.is_checkpointed = False

    def context(self) -> StreamingContext:
        """The context that the stream belongs to.

        >>> stream = queue([1])
        >>> stream.context().state
        'initialized'
        """
        return self._context

    @property
    def slide_duration(self) -> float:
        """Seconds between two batches of this stream.

        >>> queue([1]).window(4, 2).slide_duration
        2.0
        """
        return self._engine.slide

    # Row by row.

    def map(self, f: Callable[[T], U], preserves_partitioning: bool = False) -> DStream[U]:
        """``f(row)`` for each row.

        ``preserves_partitioning``: f leaves the keys of pairs as they are.

        >>> show(queue([1, 2], [3]).map(lambda x: x * 10))
        [10, 20]
        [30]
        """
        for_tasks(f, "map")
        return self._per_batch("map", lambda rdd: rdd.map(f, preserves_partitioning))

    def filter(self, f: Callable[[T], Any]) -> DStream[T]:
        """The rows for which ``f(row)`` is true.

        >>> show(queue([1, 2, 3]).filter(lambda x: x > 1))
        [2, 3]
        """
        for_tasks(f, "filter")
        return self._per_batch("filter", lambda rdd: rdd.filter(f))

    def flat_map(
        self, f: Callable[[T], Iterable[U]], preserves_partitioning: bool = False
    ) -> DStream[U]:
        """All that ``f(row)`` gives, for each row.

        >>> show(queue(["a b", "c"]).flat_map(lambda line: line.split(" ")))
        ['a', 'b', 'c']
        """
        for_tasks(f, "flat_map")
        return self._per_batch("flat_map", lambda rdd: rdd.flat_map(f, preserves_partitioning))

    def map_partitions(
        self, f: Callable[[Iterator[T]], Iterable[U]], preserves_partitioning: bool = False
    ) -> DStream[U]:
        """All that ``f(rows)`` gives, for each partition of a batch.

        >>> show(queue([1, 2, 3]).map_partitions(lambda rows: [sum(rows)]).reduce(operator.add))
        [6]
        """
        for_tasks(f, "map_partitions")
        return self._per_batch(
            "map_partitions", lambda rdd: rdd.map_partitions(f, preserves_partitioning)
        )

    def map_partitions_with_index(
        self, f: Callable[[int, Iterator[T]], Iterable[U]], preserves_partitioning: bool = False
    ) -> DStream[U]:
        """All that ``f(number of the partition, rows)`` gives, for each partition of a batch.

        >>> show(queue(["a"]).repartition(1).map_partitions_with_index(lambda i, rows: [i]))
        [0]
        """
        for_tasks(f, "map_partitions_with_index")
        return self._per_batch(
            "map_partitions_with_index",
            lambda rdd: rdd.map_partitions_with_index(f, preserves_partitioning),
        )

    def glom(self) -> DStream[list[T]]:
        """Each partition of a batch as one row, a list.

        >>> show(queue([1, 2, 3]).repartition(1).glom())
        [[1, 2, 3]]
        """
        return self._per_batch("glom", lambda rdd: rdd.glom())

    def repartition(self, num_partitions: int) -> DStream[T]:
        """The same rows in another number of partitions.

        >>> show(queue([1, 2, 3]).repartition(1).glom())
        [[1, 2, 3]]
        """
        return self._per_batch("repartition", lambda rdd: rdd.repartition(num_partitions))

    # Whole batches.

    def count(self) -> DStream[int]:
        """One row a batch: how many rows it has.

        >>> show(queue(["a", "b"], ["c"]).count())
        [2]
        [1]
        """
        return self._folded("count", lambda rows: [count_rows(rows)]).reduce(operator.add)

    def reduce(self, func: Callable[[T, T], T]) -> DStream[T]:
        """One row a batch: ``func`` of all its rows; none for a batch without rows.

        ``func`` has to be associative and commutative.

        >>> show(queue([1, 2, 3], [4]).reduce(max))
        [3]
        [4]
        """
        for_tasks(func, "reduce")
        fold = folding(func)

        def reduced(rdd: RDD[T]) -> RDD[T]:
            keyed = rdd.map_partitions(lambda rows: [(None, row) for row in fold(rows)])
            return keyed.reduce_by_key(func, 1).values()

        return self._per_batch("reduce", reduced)

    def count_by_value(self) -> DStream[tuple[T, int]]:
        """Each different row of a batch with how often it is there. Rows have to be hashable.

        >>> show(queue(["a", "b", "a"]).count_by_value())
        [('a', 2), ('b', 1)]
        """
        return self._folded("count_by_value", count_values).reduce_by_key(operator.add)

    def transform(
        self, func: Union[Callable[[RDD[T]], RDD[U]], Callable[[datetime, RDD[T]], RDD[U]]]
    ) -> DStream[U]:
        """What ``func(rdd)`` or ``func(time, rdd)`` makes of the RDD of each batch.

        It is called when the batch is made and may use any RDD and run actions. ``time`` is a
        datetime in local time. Where it returns None there is no batch, and no output of it runs;
        operators that join it with another stream take it as empty.
        Errors: ArgumentCountError for a function of another number of arguments.

        >>> show(queue([3, 1, 2]).transform(lambda rdd: rdd.sort_by(lambda x: x)))
        [1, 2, 3]
        """
        kind = self._spelled("transform")
        call = with_time(kind, func, 1)
        self._context._note_function(func)
        return self._context._transformed(kind, [self], call)

    def transform_with(
        self,
        func: Union[
            Callable[[RDD[T], RDD[U]], RDD[V]], Callable[[datetime, RDD[T], RDD[U]], RDD[V]]
        ],
        other: DStream[U],
        keep_serializer: bool = False,
    ) -> DStream[V]:
        """What ``func(rdd, other_rdd)`` or ``func(time, rdd, other_rdd)`` makes of each batch of
        two streams.

        ``keep_serializer`` is taken for PySpark's sake; rows are never serialized here.

        >>> a, b = queue.together([1, 2], [2, 3])
        >>> show(a.transform_with(lambda x, y: x.intersection(y), b))
        [2]
        """
        kind = self._spelled("transform_with")
        call = with_time(kind, func, 2)
        self._require_stream("transform_with", other)
        self._context._note_function(func)
        return self._context._transformed(kind, [self, other], call)

    def union(self, other: DStream[U]) -> DStream[Union[T, U]]:
        """The rows of both streams.

        Errors: ValueError where their batches come at different intervals.

        >>> a, b = queue.together([1, 2], [3])
        >>> show(a.union(b))
        [1, 2, 3]
        """
        self._require_stream("union", other)
        if self.slide_duration != other.slide_duration:
            raise WrongValueError(
                "union joins streams of the same slide duration, but got "
                f"{self.slide_duration} s and {other.slide_duration} s, at {call_site()}"
            )
        return self._joined("union", other, lambda a, b: a.union(b))

    # Pairs: rows (key, value).

    def map_values(self: DStream[tuple[K, V]], f: Callable[[V], U]) -> DStream[tuple[K, U]]:
        """(key, ``f(value)``) for each pair.

        >>> show(queue([("a", 1)]).map_values(lambda value: value + 1))
        [('a', 2)]
        """
        for_tasks(f, "map_values")
        return self._per_batch("map_values", lambda rdd: rdd.map_values(f))

    def flat_map_values(
        self: DStream[tuple[K, V]], f: Callable[[V], Iterable[U]]
    ) -> DStream[tuple[K, U]]:
        """(key, one) for each that ``f(value)`` gives, for each pair.

        >>> show(queue([("a", 2)]).flat_map_values(range))
        [('a', 0), ('a', 1)]
        """
        for_tasks(f, "flat_map_values")
        return self._per_batch("flat_map_values", lambda rdd: rdd.flat_map_values(f))

    def reduce_by_key(
        self: DStream[tuple[K, V]],
        func: Callable[[V, V], V],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, V]]:
        """For each key of a batch, ``func`` of all its values.

        ``func`` has to be associative and commutative. Keys have to be hashable.

        >>> show(queue([("a", 1), ("b", 5), ("a", 2)]).reduce_by_key(lambda x, y: x + y))
        [('a', 3), ('b', 5)]
        """
        for_tasks(func, "reduce_by_key")
        partitions = self._partitions(num_partitions)
        return self._per_batch("reduce_by_key", lambda rdd: rdd.reduce_by_key(func, partitions))

    def combine_by_key(
        self: DStream[tuple[K, V]],
        create_combiner: Callable[[V], U],
        merge_value: Callable[[U, V], U],
        merge_combiners: Callable[[U, U], U],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, U]]:
        """For each key of a batch, its values put together into another type.

        ``create_combiner(value)`` begins, ``merge_value(combined, value)`` adds one, and
        ``merge_combiners`` puts together what two partitions made.

        >>> stream = queue([("a", 1), ("a", 2)])
        >>> show(stream.combine_by_key(str, lambda text, v: text + str(v), lambda x, y: x + y))
        [('a', '12')]
        """
        for function in (create_combiner, merge_value, merge_combiners):
            for_tasks(function, "combine_by_key")
        partitions = self._partitions(num_partitions)
        return self._per_batch(
            "combine_by_key",
            lambda rdd: rdd.combine_by_key(
                create_combiner, merge_value, merge_combiners, partitions
            ),
        )

    def group_by_key(
        self: DStream[tuple[K, V]], num_partitions: Optional[int] = None
    ) -> DStream[tuple[K, ResultIterable[V]]]:
        """(key, its values) for each key of a batch. Prefer reduce_by_key where it does.

        >>> show(queue([("a", 1), ("a", 2)]).group_by_key().map_values(list))
        [('a', [1, 2])]
        """
        partitions = self._partitions(num_partitions)
        return self._per_batch("group_by_key", lambda rdd: rdd.group_by_key(partitions))

    def partition_by(
        self: DStream[tuple[K, V]],
        num_partitions: int,
        partition_func: Optional[Callable[[K], int]] = None,
    ) -> DStream[tuple[K, V]]:
        """The same pairs; those with one key are in one partition, ``partition_func(key)`` modulo
        ``num_partitions``.

        The function is portable_hash where none is given, the same in every process.

        >>> show(queue([(0, "a"), (1, "b"), (2, "c")]).partition_by(2).glom())
        [[(0, 'a'), (2, 'c')], [(1, 'b')]]
        """
        arguments = () if partition_func is None else (partition_func,)
        return self._per_batch(
            "partition_by", lambda rdd: rdd.partition_by(num_partitions, *arguments)
        )

    def cogroup(
        self: DStream[tuple[K, V]],
        other: DStream[tuple[K, U]],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, tuple[ResultIterable[V], ResultIterable[U]]]]:
        """(key, (its values here, its values in ``other``)) for each key of either.

        >>> a, b = queue.together([("k", 1)], [("k", 2)])
        >>> show(a.cogroup(b).map_values(lambda both: [list(values) for values in both]))
        [('k', [[1], [2]])]
        """
        partitions = self._partitions(num_partitions)
        return self._joined("cogroup", other, lambda a, b: a.cogroup(b, partitions))

    def join(
        self: DStream[tuple[K, V]],
        other: DStream[tuple[K, U]],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, tuple[V, U]]]:
        """(key, (value here, value in ``other``)) for each combination.

        >>> a, b = queue.together([("k", 1), ("x", 1)], [("k", 2)])
        >>> show(a.join(b))
        [('k', (1, 2))]
        """
        partitions = self._partitions(num_partitions)
        return self._joined("join", other, lambda a, b: a.join(b, partitions))

    def left_outer_join(
        self: DStream[tuple[K, V]],
        other: DStream[tuple[K, U]],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, tuple[V, Optional[U]]]]:
        """As join; None stands for what ``other`` lacks.

        >>> a, b = queue.together([("k", 1)], [("x", 2)])
        >>> show(a.left_outer_join(b))
        [('k', (1, None))]
        """
        partitions = self._partitions(num_partitions)
        return self._joined("left_outer_join", other, lambda a, b: a.left_outer_join(b, partitions))

    def right_outer_join(
        self: DStream[tuple[K, V]],
        other: DStream[tuple[K, U]],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, tuple[Optional[V], U]]]:
        """As join; None stands for what is not here.

        >>> a, b = queue.together([("k", 1)], [("x", 2)])
        >>> show(a.right_outer_join(b))
        [('x', (None, 2))]
        """
        partitions = self._partitions(num_partitions)
        return self._joined(
            "right_outer_join", other, lambda a, b: a.right_outer_join(b, partitions)
        )

    def full_outer_join(
        self: DStream[tuple[K, V]],
        other: DStream[tuple[K, U]],
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, tuple[Optional[V], Optional[U]]]]:
        """As join; None stands for what either lacks.

        >>> a, b = queue.together([("k", 1)], [("k", 2)])
        >>> show(a.full_outer_join(b))
        [('k', (1, 2))]
        """
        partitions = self._partitions(num_partitions)
        return self._joined("full_outer_join", other, lambda a, b: a.full_outer_join(b, partitions))

    # Windows: lengths in seconds, multiples of slide_duration.

    def window(self, window_duration: float, slide_duration: Optional[float] = None) -> DStream[T]:
        """The rows of the last ``window_duration`` seconds, every ``slide_duration`` seconds.

        The window that is given at time t holds the batches after t - window_duration up to t. It
        slides with every batch where no slide is given.
        Errors: ValueError for a duration that is no positive multiple of this stream's
        ``slide_duration``.

        >>> show(queue([1], [2], [3]).window(2))
        [1]
        [1, 2]
        [2, 3]
        """
        windows.require_window(self._engine, window_duration, slide_duration)
        slide = self.slide_duration if slide_duration is None else slide_duration
        with self._context._refusing("window"):
            return self._make(self._engine.window(window_duration, slide))

    def reduce_by_window(
        self,
        reduce_func: Callable[[T, T], T],
        inv_reduce_func: Optional[Callable[[T, T], T]],
        window_duration: float,
        slide_duration: float,
    ) -> DStream[T]:
        """One row a window: ``reduce_func`` of all its rows; none for a window without rows.

        ``inv_reduce_func(sum, leaving)`` takes away what ``reduce_func`` added; with it, a long
        window costs what changes at its edges. None where nothing can undo it.
        Errors: as of ``window``.

        >>> add, subtract = operator.add, operator.sub
        >>> show(queue([1], [2], [3]).reduce_by_window(add, subtract, 2, 1))
        [1]
        [3]
        [5]
        """
        for_tasks(reduce_func, "reduce_by_window")
        fold = folding(reduce_func)
        keyed = self._folded("reduce_by_window", lambda rows: [(1, row) for row in fold(rows)])
        return keyed.reduce_by_key_and_window(
            reduce_func, inv_reduce_func, window_duration, slide_duration, 1
        )._per_batch("reduce_by_window", lambda rdd: rdd.values())

    def count_by_window(self, window_duration: float, slide_duration: float) -> DStream[int]:
        """One row a window: how many rows it has; none for a window that never had any.

        Errors: as of ``window``.

        >>> show(queue(["a"], ["b", "c"], []).count_by_window(2, 1))
        [1]
        [3]
        [2]
        """

        def counted(rows: Iterator[T]) -> list[int]:
            count = count_rows(rows)
            return [count] if count else []

        return self._folded("count_by_window", counted).reduce_by_window(
            operator.add, operator.sub, window_duration, slide_duration
        )

    def count_by_value_and_window(
        self,
        window_duration: float,
        slide_duration: float,
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[T, int]]:
        """Each different row of a window with how often it is there. Rows have to be hashable.

        Errors: as of ``window``.

        >>> show(queue(["a"], ["b", "a"]).count_by_value_and_window(2, 1))
        [('a', 1)]
        [('a', 2), ('b', 1)]
        """
        counted = self._folded("count_by_value_and_window", count_values)
        return counted.reduce_by_key_and_window(
            operator.add, operator.sub, window_duration, slide_duration, num_partitions
        ).filter(lambda row: row[1] > 0)

    def group_by_key_and_window(
        self: DStream[tuple[K, V]],
        window_duration: float,
        slide_duration: float,
        num_partitions: Optional[int] = None,
    ) -> DStream[tuple[K, ResultIterable[V]]]:
        """(key, all its values) for each key of a window.

        Errors: as of ``window``.

        >>> stream = queue([("a", 1)], [("a", 2)]).group_by_key_and_window(2, 1)
        >>> show(stream.map_values(list))
        [('a', [1])]
        [('a', [1, 2])]
        """
        from thalweg.result_iterable import ResultIterable

        lists = self.group_by_key(num_partitions).map_values(list)
        return lists.reduce_by_key_and_window(
            operator.add,
            lambda all_values, leaving: all_values[len(leaving) :],
            window_duration,
            slide_duration,
            num_partitions,
        ).map_values(ResultIterable)

    def reduce_by_key_and_window(
        self: DStream[tuple[K, V]],
        func: Callable[[V, V], V],
        inv_func: Optional[Callable[[V, V], V]],
        window_duration: float,
        slide_duration: Optional[float] = None,
        num_partitions: Optional[int] = None,
        filter_func: Optional[Callable[[tuple[K, V]], Any]] = None,
    ) -> DStream[tuple[K, V]]:
        """For each key of a window, ``func`` of all its values.

        The window holds the last ``window_duration`` seconds and is given every ``slide_duration``
        seconds; both are multiples of this stream's ``slide_duration``, which is the slide where
        none is given.

        Without ``inv_func`` each window is reduced from its batches. ``inv_func(sum, leaving)``
        takes away again what ``func`` added, so that a long window costs what changes at its
        edges: windows of more than five slides are reduced so. A key whose values have all left
        such a window stays, with what ``inv_func`` left of it, unless ``filter_func((key, value))``
        is false: rows for which it is false are dropped from window and result.

        ``func`` has to be associative and commutative, and ``inv_func`` its exact inverse; sums of
        floats may drift.
        Errors: ValueError for a duration that is no positive multiple of ``slide_duration``;
        TypeError for what is no function.

        >>> words = queue([("a", 1)], [("a", 1), ("b", 1)], [("b", 1)])
        >>> show(words.reduce_by_key_and_window(lambda x, y: x + y, lambda x, y: x - y, 2, 1))
        [('a', 1)]
        [('a', 2), ('b', 1)]
        [('a', 1), ('b', 2)]
        """
        windows.require_window(self._engine, window_duration, slide_duration)
        for_tasks(func, "reduce_by_key_and_window")
        if inv_func is not None:
            for_tasks(inv_func, "reduce_by_key_and_window")
        size = windows.WindowSize(
            window_duration,
            self.slide_duration if slide_duration is None else slide_duration,
            self._partitions(num_partitions),
        )
        return windows.reduced(self, func, inv_func, size, filter_func)

    # State.

    def update_state_by_key(
        self: DStream[tuple[K, V]],
        update_func: Callable[[list[V], Optional[S]], Optional[S]],
        num_partitions: Optional[int] = None,
        initial_rdd: Optional[Union[RDD[tuple[K, S]], Iterable[tuple[K, S]]]] = None,
    ) -> DStream[tuple[K, S]]:
        """(key, state) for every key with a state: ``update_func(values, state)``, in every batch.

        ``values`` are those of the key in the batch, perhaps none; ``state`` is what the function
        returned for the key the last time, or None. Returning None forgets the key. The state is
        the function's own: it may change and return it.

        ``initial_rdd``, an RDD or an iterable of (key, state), says what is there before the first
        batch. With ``StreamingContext.checkpoint()`` states survive the end of the program.

        >>> words = queue([("a", 1)], [("a", 1), ("b", 1)])
        >>> show(words.update_state_by_key(lambda values, state: sum(values) + (state or 0)))
        [('a', 1)]
        [('a', 2), ('b', 1)]
        """
        for_tasks(update_func, "update_state_by_key")
        partitions = self._partitions(num_partitions)
        context = self._context.spark_context
        if initial_rdd is not None and not isinstance(initial_rdd, RDD):
            initial_rdd = context.parallelize(initial_rdd)

        with self._context._refusing("update_state_by_key"):
            return self._make(
                self._engine.update_state_by_key(
                    update_func,
                    _engine.Partitioner(partitions),
                    None if initial_rdd is None else initial_rdd._engine,
                )
            )

    # Output.

    def print(self, num: int = 10) -> None:
        """Prints the first ``num`` rows of each batch to standard output, under its time.

        ::

            -------------------------------------------
            Time: 2026-05-17 12:00:01
            -------------------------------------------
            ('be', 2)
            ('to', 2)

        Three dots stand for more rows. An empty line ends it.

        >>> queue([1]).print()
        """

        def take_and_print(time: datetime, rdd: RDD[T]) -> None:
            taken = rdd.take(num + 1)
            lines = [_RULE, f"Time: {time}", _RULE, *map(str, taken[:num])]
            if len(taken) > num:
                lines.append("...")
            print("\n".join(lines), end="\n\n", flush=True)

        self._add_output("print", take_and_print)

    def for_each_rdd(
        self, func: Union[Callable[[RDD[T]], Any], Callable[[datetime, RDD[T]], Any]]
    ) -> None:
        """Calls ``func(rdd)`` or ``func(time, rdd)`` with the RDD of each batch, in order.

        It may run actions. ``time`` is a datetime in local time.
        Errors: ArgumentCountError for a function of another number of arguments.

        >>> queue([1, 2]).for_each_rdd(lambda rdd: print(rdd.sum()))
        """
        self._context._note_function(func)
        self._add_output("for_each_rdd", func)

    def save_as_text_files(self, prefix: str, suffix: Optional[str] = None) -> None:
        """Writes each batch into a directory of its own, ``prefix-MILLISECONDS[.suffix]``.

        A partition is a file, a row is a line, ``str(row)``. A directory that is complete already
        stays as it is: its batch ran before a crash.

        >>> queue([1, 2]).save_as_text_files("/tmp/numbers", "txt")
        """
        place = self._context.spark_context._address(prefix)
        ending = "" if suffix is None else "." + suffix

        def save(time_ms: int, rdds: Sequence[RDD[T]]) -> None:
            save_once(rdds[0], f"{place}-{time_ms}{ending}")

        self._add_engine_output("save_as_text_files", save)

    # The stream itself.

    def slice(self, begin: Union[datetime, float], end: Union[datetime, float]) -> list[RDD[T]]:
        """The RDDs of the batches from ``begin`` to ``end``, both included.

        Times are datetimes, local where they say no zone, or seconds since 1970; they are rounded
        down to whole batches. How far back it goes is what ``StreamingContext.remember()`` says.
        Errors: WrongValueError before the context has started.

        >>> queue([1]).slice(0, 1)
        Traceback (most recent call last):
        thalweg.errors.WrongValueError: slice: ... has not been initialized: ...
        """
        with self._context._refusing("slice"):
            batches = self._engine.slice(_milliseconds(begin), _milliseconds(end))
        return [self._context.spark_context._make(batch) for batch in batches]

    def cache(self) -> DStream[T]:
        """Keeps the RDD of each batch in memory once it is computed.

        >>> queue([1]).cache().is_cached
        True
        """
        return self.persist(StorageLevel.MEMORY_ONLY)

    def persist(self, storage_level: StorageLevel) -> DStream[T]:
        """Keeps the RDD of each batch, once it is computed, as ``storage_level`` says.

        >>> queue([1]).persist(thalweg.StorageLevel.MEMORY_AND_DISK).is_cached
        True
        """
        self.is_cached = True
        with self._context._refusing("persist"):
            self._engine.keep(storage_level._engine_level)
        return self

    def checkpoint(self, interval: float) -> DStream[T]:
        """Says that the state of this stream has to survive; see ``StreamingContext.checkpoint()``.

        The engine writes all states together, in steps that it chooses itself: ``interval``, in
        seconds, is taken for PySpark's sake.
        Errors: WrongValueError for an interval that is no positive multiple of ``slide_duration``.

        >>> queue([1]).checkpoint(10).is_checkpointed
        True
        """
        windows.require_multiple("checkpoint interval", self._engine, interval)
        self.is_checkpointed = True
        return self

    def _make(self, engine: _engine.Stream) -> DStream[Any]:
        return self._context._make(engine)

    def _partitions(self, count: Optional[int]) -> int:
        return self._context.spark_context.default_parallelism if count is None else count

    @staticmethod
    def _spelled(method: str) -> str:
        """What messages call a method: its name, as the user of the class knows it."""
        return method

    def _per_batch(self, kind: str, function: Callable[[RDD[Any]], RDD[Any]]) -> DStream[Any]:
        return self._context._transformed(
            self._spelled(kind), [self], lambda time_ms, rdds: function(rdds[0])
        )

    def _folded(
        self, kind: str, function: Callable[[Iterator[Any]], Iterable[Any]]
    ) -> DStream[Any]:
        return self._per_batch(kind, lambda rdd: rdd.map_partitions(function))

    def _joined(
        self, kind: str, other: DStream[Any], function: Callable[[RDD[Any], RDD[Any]], RDD[Any]]
    ) -> DStream[Any]:
        self._require_stream(kind, other)
        return self._context._transformed(
            self._spelled(kind), [self, other], lambda time_ms, rdds: function(rdds[0], rdds[1])
        )

    def _require_stream(self, method: str, other: Any) -> None:
        if not isinstance(other, DStream):
            raise WrongTypeError(
                f"{self._spelled(method)} needs another stream, but got {type(other).__name__}: "
                f"{other!r}, at {call_site()}"
            )

    def _add_output(self, kind: str, function: Callable[..., Any]) -> None:
        self._add_engine_output(kind, with_time(self._spelled(kind), function, 1))

    def _add_engine_output(
        self, kind: str, function: Callable[[int, Sequence[RDD[Any]]], Any]
    ) -> None:
        context = self._context.spark_context

        def call(time_ms: int, rdd: _engine.Rdd) -> None:
            function(time_ms, [context._make(rdd)])

        kind = f"{self._spelled(kind)} at {call_site()}"
        with self._context._refusing(kind):
            self._engine.for_each_rdd(call, kind)
        self._context._output_count += 1


def _milliseconds(time: Union[datetime, float]) -> int:
    seconds = time.timestamp() if isinstance(time, datetime) else time
    return round(seconds * 1000)
