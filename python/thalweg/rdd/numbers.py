# SPDX-License-Identifier: Apache-2.0
"""Actions on numbers: sums, means, histograms, and their approximate kind."""

from __future__ import annotations

import bisect
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from thalweg._engine import portable_hash
from thalweg.errors import WrongTypeError, WrongValueError
from thalweg.rdd.actions import EmptyRddError, reduced
from thalweg.rdd.distinct_counting import DistinctCounter
from thalweg.rdd.ordering import OrderOperators
from thalweg.stat_counter import StatCounter

if TYPE_CHECKING:
    from thalweg.rdd import RDD

T = TypeVar("T")

_RELATIVE_SD_MIN = 0.000017


class BoundedFloat(float):
    """An estimate, and the bounds ``low`` and ``high`` that hold with ``confidence``.

    >>> BoundedFloat(5.0, 0.95, 4.0, 6.0).high
    6.0
    """

    confidence: float
    low: float
    high: float

    def __new__(cls, mean: float, confidence: float, low: float, high: float) -> BoundedFloat:
        number = super().__new__(cls, mean)
        number.confidence, number.low, number.high = confidence, low, high
        return number


class NumberActions(OrderOperators[T]):
    """For RDDs of numbers."""

    def sum(self) -> Any:
        """The sum of all rows, 0 for none.

        >>> context.parallelize([1.0, 2.0, 3.0]).sum()
        6.0
        """
        return reduced(operator.add, [0, *self._collect_each(_sum, "sum")])

    def stats(self) -> StatCounter:
        """Count, mean, variance and extremes in one pass.

        Errors: WrongValueError for an RDD without partitions.

        >>> context.parallelize([1, 2, 3]).stats().mean()
        2.0
        """
        parts = self._collect_each(lambda rows: [StatCounter(rows)], "stats")
        if not parts:
            raise EmptyRddError("stats() of an RDD without partitions")
        return reduced(StatCounter.merge_stats, parts)

    def mean(self) -> Any:
        """The mean of all rows.

        >>> context.parallelize([1, 2, 3]).mean()
        2.0
        """
        return self.stats().mean()

    def variance(self) -> Any:
        """The variance of the rows.

        >>> context.parallelize([1, 2, 3]).variance()
        0.6666666666666666
        """
        return self.stats().variance()

    def stdev(self) -> Any:
        """The standard deviation of the rows.

        >>> context.parallelize([1, 2, 3]).stdev()
        0.816496580927726
        """
        return self.stats().stdev()

    def sample_variance(self) -> Any:
        """The variance of what the rows are a sample of: divided by n - 1.

        >>> context.parallelize([1, 2, 3]).sample_variance()
        1.0
        """
        return self.stats().sample_variance()

    def sample_stdev(self) -> Any:
        """The root of sample_variance().

        >>> context.parallelize([1, 2, 3]).sample_stdev()
        1.0
        """
        return self.stats().sample_stdev()

    def histogram(
        self, buckets: Union[int, list[Any], tuple[Any, ...]]
    ) -> tuple[Sequence[Any], list[int]]:
        """(bounds, how many rows are within each two of them).

        ``buckets``: the bounds in order, or how many buckets of the same width to make between the
        least and the greatest row. A bucket holds its lower bound and not its upper one, the last
        both. None, NaN and rows outside of the bounds are not counted.
        Errors: WrongValueError and WrongTypeError for bounds that make no sense, and for rows that
        no bounds can be made of.

        >>> numbers = context.parallelize(range(51))
        >>> numbers.histogram(2)
        ([0, 25, 50], [25, 26])
        >>> numbers.histogram([0, 5, 25, 50])
        ([0, 5, 25, 50], [5, 20, 26])
        >>> context.parallelize(["ab", "ac", "b", "bd", "ef"]).histogram(("a", "b", "c"))
        (('a', 'b', 'c'), [2, 2])
        """
        width: Any = None
        if isinstance(buckets, int):
            bounds: Any = self._even_bounds(buckets)
            if len(bounds) == 2:
                return bounds, [self.filter(_is_comparable).count()]
            width = _width(bounds[0], bounds[-1], buckets)
        elif isinstance(buckets, (list, tuple)):
            bounds = buckets
            width = _even_width(_checked_bounds(buckets))
        else:
            raise WrongTypeError(
                "buckets must be a number of buckets, or a list or tuple of their bounds: "
                f"got {type(buckets).__name__}"
            )
        parts = self._collect_each(lambda rows: [_count_within(rows, bounds, width)], "histogram")
        return bounds, [sum(counts) for counts in zip(*parts)]

    def _even_bounds(self, buckets: int) -> list[Any]:
        """The bounds of so many buckets; only two where one bucket holds all."""
        if buckets < 1:
            raise WrongValueError(f"the number of buckets must be at least 1: got {buckets}")
        try:
            rows: RDD[Any] = self.filter(_is_comparable)
            ranges = rows.map(lambda row: (row, row))
            low, high = ranges.reduce(lambda a, b: (min(a[0], b[0]), max(a[1], b[1])))
        except EmptyRddError as empty:
            raise WrongValueError("histogram() can't make buckets for an empty RDD") from empty
        if low == high or buckets == 1:
            return [low, high]
        width = _width(low, high, buckets)
        return [low + i * width for i in range(buckets)] + [high]

    # Approximate.

    def count_approx(self, timeout: int, confidence: float = 0.95) -> int:
        """count(). Exact: it does not end early, whatever ``timeout`` (milliseconds) is.

        >>> context.parallelize(range(1000), 10).count_approx(1000)
        1000
        """
        return self.count()

    def sum_approx(self, timeout: int, confidence: float = 0.95) -> BoundedFloat:
        """sum() as a float with bounds. Exact: does not end early, whatever ``timeout`` is.

        >>> context.parallelize(range(1000), 10).sum_approx(1000)
        499500.0
        """
        total = math.fsum(map(float, self._collect_each(_sum, "sum_approx")))
        return BoundedFloat(total, 1.0, total, total)

    def mean_approx(self, timeout: int, confidence: float = 0.95) -> BoundedFloat:
        """mean() as a float with bounds. Exact: does not end early, whatever ``timeout`` is.

        >>> context.parallelize(range(1000), 10).mean_approx(1000)
        499.5
        """
        mean = float(self.map(float).stats().mean())  # type: ignore[arg-type]
        return BoundedFloat(mean, 1.0, mean, mean)

    def count_approx_distinct(self, relative_sd: float = 0.05) -> int:
        """About how many different rows there are.

        ``relative_sd``: the standard deviation of the result relative to the true number; memory
        grows with its inverse square, to 1 MiB for each partition at 0.001.
        Errors: WrongValueError for less than 0.000017.

        >>> 950 < context.parallelize(range(1000)).count_approx_distinct() < 1050
        True
        """
        if relative_sd < _RELATIVE_SD_MIN:
            raise WrongValueError(
                f"relative_sd must be at least {_RELATIVE_SD_MIN:f}: got {relative_sd}"
            )

        def counted(rows: Iterator[T]) -> list[DistinctCounter]:
            counter = DistinctCounter(relative_sd)
            for digest in map(portable_hash, rows):
                counter.add(digest)
            return [counter]

        total = DistinctCounter(relative_sd)
        for part in self._collect_each(counted, "count_approx_distinct"):
            total.merge(part)
        return total.count()


def _sum(rows: Iterable[Any]) -> list[Any]:
    return [sum(rows)]


def _is_comparable(row: Any) -> bool:
    return row is not None and not (type(row) is float and math.isnan(row))


def _width(low: Any, high: Any, buckets: int) -> Any:
    """The width of so many buckets, an int where that is exact."""
    try:
        width = (high - low) / buckets
    except TypeError as wrong:
        raise WrongTypeError(
            f"histogram() needs numbers to make buckets of: got {type(low).__name__}; "
            "give the bounds as a list"
        ) from wrong
    if math.isinf(width):
        raise WrongValueError("histogram() can't make buckets of rows that are infinite")
    whole = int(width)
    return whole if whole * buckets == high - low else width


def _checked_bounds(bounds: Sequence[Any]) -> Sequence[Any]:
    if len(bounds) < 2:
        raise WrongValueError(f"buckets need at least two bounds: got {list(bounds)}")
    if not all(map(_is_comparable, bounds)):
        raise WrongValueError(f"the bounds of buckets can't be None or NaN: got {list(bounds)}")
    if sorted(bounds) != list(bounds):
        raise WrongValueError(f"the bounds of buckets must be in order: got {list(bounds)}")
    if len(set(bounds)) != len(bounds):
        raise WrongValueError(f"the bounds of buckets must differ: got {list(bounds)}")
    return bounds


def _even_width(bounds: Sequence[Any]) -> Any:
    """The width of the buckets where all are as wide, else None."""
    try:
        steps = [high - low for low, high in zip(bounds, bounds[1:])]
    except TypeError:
        return None
    if max(steps) - min(steps) < 1e-10:
        return (bounds[-1] - bounds[0]) / (len(bounds) - 1)
    return None


def _count_within(rows: Iterator[Any], bounds: Sequence[Any], width: Optional[Any]) -> list[int]:
    low, high = bounds[0], bounds[-1]
    place: Callable[[Any], int] = (
        (lambda row: bisect.bisect_right(bounds, row) - 1)
        if width is None
        else (lambda row: int((row - low) / width))
    )
    counts = [0] * len(bounds)
    for row in filter(_is_comparable, rows):
        if low <= row <= high:
            counts[place(row)] += 1
    at_the_end = counts.pop()  # The last bucket holds its upper bound too.
    counts[-1] += at_the_end
    return counts
