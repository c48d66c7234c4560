# SPDX-License-Identifier: Apache-2.0
"""Programs whose rows are objects of many kinds."""

import datetime
import decimal
import enum
import fractions
import importlib
import operator
import sys
from typing import Any, NamedTuple

from rdd_programs import glom, program


class Point(NamedTuple):
    x: int
    y: float


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Word:
    """Equal without regard to case."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())

    def __repr__(self) -> str:
        return f"Word({self.text})"


def objects() -> list[Any]:
    return [
        Point(1, 2.5),
        {"a": [1, (2, {3})], "b": None},
        datetime.datetime(2026, 11, 21, 19, 30, 0, 5),
        datetime.timedelta(days=1, milliseconds=3),
        decimal.Decimal("1.10"),
        fractions.Fraction(2, 6),
        2**100,
        -(2**63),
        float("inf"),
        -0.0,
        complex(1, -2),
        bytearray(b"ab"),
        range(3),
        slice(1, 2),
        frozenset([3]),
        "surrogate \ud800",
        "nul \0 and 𝄞",
        b"\xff\x00",
        ...,
        int,
        len,
    ]


@program
def rows_of_many_kinds_come_back(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(objects(), 3)
    return (
        rdd.collect(),
        rdd.map(lambda row: row).collect(),
        rdd.map(lambda row: type(row).__name__).collect(),
    )


@program
def rows_of_many_kinds_are_shuffled(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(list(enumerate(objects())), 3)
    return [
        glom(rdd.partitionBy(4)),
        glom(rdd.groupByKey(2).mapValues(list)),
        glom(sc.parallelize(objects(), 3).repartition(2)),
        rdd.reduceByKey(lambda a, b: a).sortByKey().values().collect(),
    ]


@program
def rows_of_many_kinds_are_kept_and_checkpointed(sc: Any, folder: str) -> Any:
    levels = importlib.import_module(sys.argv[1]).StorageLevel
    sc.setCheckpointDir(folder)
    kept = sc.parallelize(objects(), 2).persist(levels.DISK_ONLY)
    checkpointed = sc.parallelize(objects(), 2).map(lambda row: row)
    checkpointed.checkpoint()
    shown = kept.collect(), kept.collect(), checkpointed.collect(), checkpointed.collect()
    kept.unpersist()
    return shown


@program
def objects_of_the_program_are_keys(sc: Any, folder: str) -> Any:
    words = [Word("a"), Word("B"), Word("A"), Word("b"), Word("c")]
    points = [(Point(i % 2, 0.5), i) for i in range(5)]
    return [
        sc.parallelize([(word, 1) for word in words], 1).reduceByKey(operator.add).collect(),
        sc.parallelize(points, 2).reduceByKey(operator.add).glom().map(len).sum(),
        sc.parallelize([(colour, 1) for colour in Colour], 1).countByKey()[Colour.RED],
        sorted(sc.parallelize(words, 2).map(str).distinct().collect()),
    ]


@program
def keys_that_are_nearly_equal(sc: Any, folder: str) -> Any:
    keys = [0, 0.0, -0.0, False, "0", b"0", None, (), (0,), (0.0,), 1, True, 1.0, 2**53, 2.0**53]
    return [
        glom(sc.parallelize([(key, 1) for key in keys], 1).reduceByKey(operator.add, 1)),
        glom(sc.parallelize([(key, 1) for key in keys], 2).groupByKey(3).mapValues(len)),
    ]


@program
def functions_may_change_what_they_are_given(sc: Any, folder: str) -> Any:
    def push(row: Any) -> Any:
        row.append(0)
        return row

    kept = sc.parallelize([[1], [2]], 2).map(lambda row: row + [5]).cache()
    pushed = kept.map(push)
    grouped = sc.parallelize([(1, [2]), (1, [3])], 2).reduceByKey(lambda a, b: a.extend(b) or a)
    return [
        pushed.collect(),
        pushed.collect(),
        kept.collect(),
        grouped.collect(),
        grouped.collect(),
        grouped.mapValues(push).collect(),
        grouped.collect(),
    ]


@program
def what_is_collected_is_ones_own(sc: Any, folder: str) -> Any:
    kept = sc.parallelize([[1], [2]], 2).cache()
    kept.collect()[0].append(9)
    first = kept.first()
    first.append(8)
    return kept.collect()
