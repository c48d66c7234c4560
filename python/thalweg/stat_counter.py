# SPDX-License-Identifier: Apache-2.0
"""Count, mean, variance and extremes in one pass."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Iterable
from typing import Any, Optional

from thalweg.errors import WrongTypeError


class StatCounter:
    """Count, mean, variance, least and greatest of numbers, in one pass and in little memory.

    Numerically stable: variances are added up from differences to the running mean (Welford), and
    two counters are merged by the formula of Chan and others. NumPy arrays are counted element by
    element where NumPy is loaded.

    >>> StatCounter([1, 2, 3])
    (count: 3, mean: 2.0, stdev: 0.816496580927726, max: 3, min: 1)
    """

    def __init__(self, values: Optional[Iterable[Any]] = None) -> None:
        self.n = 0
        self.mu: Any = 0.0
        self.m2: Any = 0.0
        self.max_value: Any = -math.inf
        self.min_value: Any = math.inf
        for value in values if values is not None else ():
            self.merge(value)

    def merge(self, value: Any) -> StatCounter:
        """Adds one number; returns the counter.

        >>> StatCounter([1]).merge(3).mean()
        2.0
        """
        distance = value - self.mu
        self.n += 1
        self.mu += distance / self.n
        self.m2 += distance * (value - self.mu)
        self._widen(value, value)
        return self

    def merge_stats(self, other: StatCounter) -> StatCounter:
        """Adds what another counter saw; returns the counter.

        Errors: WrongTypeError when ``other`` is no StatCounter.

        >>> StatCounter([1, 2]).merge_stats(StatCounter([3])).count()
        3
        """
        if not isinstance(other, StatCounter):
            raise WrongTypeError(f"a StatCounter merges only its kind: got {type(other).__name__}")
        if other.n == 0:
            return self
        if self.n == 0:
            self.mu, self.m2 = copy.copy(other.mu), copy.copy(other.m2)
        else:
            total = self.n + other.n
            distance = other.mu - self.mu
            self.m2 += other.m2 + distance * distance * self.n * other.n / total
            self.mu = _merged_mean(self, other, distance, total)
        self._widen(other.min_value, other.max_value)
        self.n += other.n
        return self

    def copy(self) -> StatCounter:
        """A counter of its own with the same numbers.

        >>> StatCounter([1, 2]).copy().sum()
        3.0
        """
        return copy.deepcopy(self)

    def count(self) -> int:
        """How many numbers there were.

        >>> StatCounter([5, 6]).count()
        2
        """
        return int(self.n)

    def mean(self) -> Any:
        """Their mean; 0.0 for none.

        >>> StatCounter([1, 2]).mean()
        1.5
        """
        return self.mu

    def sum(self) -> Any:
        """Their sum, as count times mean.

        >>> StatCounter([1, 2]).sum()
        3.0
        """
        return self.n * self.mu

    def min(self) -> Any:
        """The least; infinity for none.

        >>> StatCounter([2, 1]).min()
        1
        """
        return self.min_value

    def max(self) -> Any:
        """The greatest; minus infinity for none.

        >>> StatCounter([2, 1]).max()
        2
        """
        return self.max_value

    def variance(self) -> Any:
        """Variance of the numbers themselves; NaN for none.

        >>> StatCounter([1, 3]).variance()
        1.0
        """
        return self.m2 / self.n if self.n else math.nan

    def sample_variance(self) -> Any:
        """Variance of what the numbers are a sample of (n - 1); NaN for fewer than two.

        >>> StatCounter([1, 3]).sample_variance()
        2.0
        """
        return self.m2 / (self.n - 1) if self.n > 1 else math.nan

    def stdev(self) -> Any:
        """Standard deviation: the root of variance().

        >>> StatCounter([1, 3]).stdev()
        1.0
        """
        return _root(self.variance())

    def sample_stdev(self) -> Any:
        """The root of sample_variance().

        >>> StatCounter([1, 3]).sample_stdev()
        1.4142135623730951
        """
        return _root(self.sample_variance())

    def as_dict(self, sample: bool = False) -> dict[str, Any]:
        """All figures by name: count, mean, sum, min, max, stdev, variance.

        As in PySpark, stdev and variance are those of the population when ``sample`` is true, and
        those of a sample when it is not.

        >>> StatCounter([1, 3]).as_dict()["variance"]
        2.0
        """
        return {
            "count": self.count(),
            "mean": self.mean(),
            "sum": self.sum(),
            "min": self.min(),
            "max": self.max(),
            "stdev": self.stdev() if sample else self.sample_stdev(),
            "variance": self.variance() if sample else self.sample_variance(),
        }

    def __repr__(self) -> str:
        return (
            f"(count: {self.count()}, mean: {self.mean()}, stdev: {self.stdev()}, "
            f"max: {self.max()}, min: {self.min()})"
        )

    def _widen(self, low: Any, high: Any) -> None:
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            self.min_value = numpy.minimum(self.min_value, low)
            self.max_value = numpy.maximum(self.max_value, high)
        else:
            self.min_value = min(self.min_value, low)
            self.max_value = max(self.max_value, high)


def _merged_mean(left: StatCounter, right: StatCounter, distance: Any, total: int) -> Any:
    """The mean of both, by the form that loses least when one side is much larger."""
    if right.n * 10 < left.n:
        return left.mu + distance * right.n / total
    if left.n * 10 < right.n:
        return right.mu - distance * left.n / total
    return (left.mu * left.n + right.mu * right.n) / total


def _root(value: Any) -> Any:
    numpy = sys.modules.get("numpy")
    return numpy.sqrt(value) if numpy is not None else math.sqrt(value)
