# SPDX-License-Identifier: Apache-2.0
"""Rows drawn by chance: the rows that PySpark draws with the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import chain, compress, repeat
from typing import Any, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_WARM_UP_DRAWS = 10


def source_of(seed: int, partition: int) -> random.Random:
    """The random numbers of one partition."""
    source = random.Random(seed ^ partition)
    for _ in range(_WARM_UP_DRAWS):
        source.randint(0, 1)
    return source


def draw(
    rows: Iterator[T], partition: int, seed: int, with_replacement: bool, fraction: float
) -> Iterator[T]:
    """Each row with probability ``fraction``, or ``fraction`` times on average."""
    source = source_of(seed, partition)
    if with_replacement:
        return chain.from_iterable(map(lambda row: repeat(row, times(source, fraction)), rows))
    return compress(rows, map(fraction.__gt__, _numbers(source)))


def draw_between(
    rows: Iterator[T], partition: int, seed: int, low: float, high: float
) -> Iterator[T]:
    """The rows whose random number is at least ``low`` and below ``high``."""
    numbers = _numbers(source_of(seed, partition))
    return compress(rows, map(lambda number: low <= number < high, numbers))


def draw_by_key(
    rows: Iterator[tuple[K, Any]],
    partition: int,
    seed: int,
    with_replacement: bool,
    fractions: Mapping[K, float],
) -> Iterator[tuple[K, Any]]:
    """As draw(), with a fraction for each key."""
    source = source_of(seed, partition)
    if with_replacement:
        return chain.from_iterable(
            map(lambda row: repeat(row, times(source, fractions[row[0]])), rows)
        )
    return filter(lambda row: source.random() < fractions[row[0]], rows)


def times(source: random.Random, mean: float) -> int:
    """A number of times, Poisson distributed about ``mean``."""
    count = 0
    if mean < 20.0:
        limit = math.exp(-mean)
        product = source.random()
        while product > limit:
            count += 1
            product *= source.random()
    else:
        total = source.expovariate(mean)
        while total < 1.0:
            count += 1
            total += source.expovariate(mean)
    return count


def fraction_for(count: int, total: int, with_replacement: bool) -> float:
    """The fraction to sample so that at least ``count`` of ``total`` rows come, nearly surely.

    With replacement that many standard deviations of the Poisson distribution are added, without
    it the bound of Chernoff for a failure rate of 0.00005.
    """
    fraction = count / total
    if with_replacement:
        deviations = 9 if count < 12 else 5
        return fraction + deviations * math.sqrt(fraction / total)
    gamma = -math.log(0.00005) / total
    return min(1.0, fraction + gamma + math.sqrt(gamma * gamma + 2 * gamma * fraction))


def _numbers(source: random.Random) -> Iterator[float]:
    """Random numbers without end."""
    call: Callable[[], Any] = source.random
    return iter(call, None)
