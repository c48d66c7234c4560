# SPDX-License-Identifier: Apache-2.0
"""Programs of pairs, sorted rows and partitions."""

import importlib
import operator
import sys
from typing import Any

from rdd_programs import glom, pairs, program, words


@program
def reduce_by_key_adds_up(sc: Any, folder: str) -> Any:
    rdd = pairs(sc)
    return [
        glom(rdd.reduceByKey(operator.add)),
        glom(rdd.reduceByKey(lambda a, b: a + b, 2)),
        glom(rdd.reduceByKey(operator.add, numPartitions=4, partitionFunc=lambda key: key // 2)),
    ]


@program
def words_are_partitioned_alike(sc: Any, folder: str) -> Any:
    return glom(words(sc).map(lambda row: (row[0], 1)).reduceByKey(operator.add, 4))


@program
def keys_of_many_types_are_partitioned_alike(sc: Any, folder: str) -> Any:
    keys: list[Any] = [
        None,
        0,
        -1,
        7,
        2**40,
        2**70,
        1.5,
        -2.25,
        True,
        "",
        "grüße",
        "日本",
        b"bytes",
    ]
    keys += [(), (1, "a"), (None, (2, 3.5)), ("x",), frozenset([1]), 1e300, -7]
    return glom(sc.parallelize([(key, 0) for key in keys], 2).partitionBy(7))


@program
def portable_hashes(sc: Any, folder: str) -> Any:
    portable_hash = importlib.import_module(sys.argv[1] + ".rdd").portable_hash
    return [portable_hash(x) for x in (None, 5, -1, "word", b"w", 1.5, (1, "a", (None,)), ())]


@program
def fold_by_key_starts_from_zero_in_each_partition(sc: Any, folder: str) -> Any:
    return glom(pairs(sc).foldByKey(1, operator.add)), glom(pairs(sc).foldByKey(0, max, 2))


@program
def fold_by_key_copies_its_zero(sc: Any, folder: str) -> Any:
    rdd = pairs(sc).mapValues(lambda value: [value])

    def extend(left: list[int], right: list[int]) -> list[int]:
        left.extend(right)
        return left

    return glom(rdd.foldByKey([], extend)), glom(rdd.foldByKey([], extend))


@program
def aggregate_by_key_and_combine_by_key(sc: Any, folder: str) -> Any:
    def add(values: list[int], value: int) -> list[int]:
        values.append(value)
        return values

    return [
        glom(pairs(sc).aggregateByKey([], add, lambda a, b: a + b)),
        glom(pairs(sc).combineByKey(lambda value: [value], add, lambda a, b: a + b, 2)),
    ]


@program
def group_by_key_gathers(sc: Any, folder: str) -> Any:
    grouped = pairs(sc).groupByKey()
    row = grouped.first()
    return glom(grouped.mapValues(list)), type(row[1]).__name__, len(row[1])


@program
def partition_by_places_by_key(sc: Any, folder: str) -> Any:
    rdd = pairs(sc)
    return [
        glom(rdd.partitionBy(3)),
        glom(rdd.partitionBy(2, lambda key: key + 1)),
        glom(rdd.partitionBy(None)),
    ]


@program
def values_are_mapped_in_place(sc: Any, folder: str) -> Any:
    rdd = pairs(sc).partitionBy(3)
    mapped = rdd.mapValues(str)
    flat = rdd.flatMapValues(lambda value: range(value % 3))
    return [
        glom(mapped),
        glom(flat),
        mapped.partitioner == rdd.partitioner,
        rdd.map(lambda row: row).partitioner is None,
        rdd.filter(bool).partitioner == rdd.partitioner,
        rdd.map(lambda row: row, preservesPartitioning=True).partitioner == rdd.partitioner,
    ]


@program
def keys_and_values(sc: Any, folder: str) -> Any:
    return glom(pairs(sc).keys()), glom(pairs(sc).values())


@program
def a_shuffle_keeps_an_equal_partitioning(sc: Any, folder: str) -> Any:
    rdd = pairs(sc).reduceByKey(operator.add, 3)
    again = rdd.mapValues(lambda value: value + 1).reduceByKey(operator.add, 3)
    return glom(again), again.partitioner == rdd.partitioner


@program
def lookup_finds_values(sc: Any, folder: str) -> Any:
    rdd = pairs(sc)
    return rdd.lookup(2), rdd.partitionBy(4).lookup(2), rdd.lookup(77), rdd.sortByKey().lookup(3)


@program
def sort_by_key_makes_ranges(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([((i * 37) % 101, i) for i in range(101)], 4)
    return [
        glom(rdd.sortByKey()),
        glom(rdd.sortByKey(False, 3)),
        glom(rdd.sortByKey(True, 1)),
        glom(rdd.sortByKey(numPartitions=2)),
    ]


@program
def sort_by_sorts_rows(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize("the record runs downhill into the sea and rises".split(), 3)
    return [
        glom(rdd.sortBy(len)),
        glom(rdd.sortBy(lambda word: word, False)),
        glom(rdd.sortBy(lambda word: word[::-1], numPartitions=2)),
        sc.parallelize([], 2).sortBy(len).collect(),
    ]


@program
def sort_by_key_takes_a_key_function(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([("b", 1), ("A", 2), ("C", 3), ("a", 4)], 2)
    return rdd.sortByKey(True, 1, keyfunc=str.lower).collect()


@program
def equal_keys_stay_in_their_order(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([(i % 3, i) for i in range(12)], 3)
    return glom(rdd.sortByKey(True, 2)), glom(rdd.sortByKey(False, 2))


@program
def repartition_and_sort_within_partitions(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([(0, 5), (3, 8), (2, 6), (0, 8), (3, 8), (1, 3)], 2)
    return [
        glom(rdd.repartitionAndSortWithinPartitions(2, lambda key: key % 2)),
        glom(rdd.repartitionAndSortWithinPartitions(2, ascending=False)),
        glom(rdd.repartitionAndSortWithinPartitions(keyfunc=lambda key: -key)),
    ]


@program
def coalesce_puts_neighbours_together(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(17), 6)
    return [glom(rdd.coalesce(count)) for count in (1, 2, 4, 6, 9)]


@program
def repartition_deals_packs(sc: Any, folder: str) -> Any:
    return [
        glom(sc.parallelize(range(size), slices).repartition(count))
        for size, slices, count in ((100, 3, 4), (7, 2, 3), (1000, 2, 8), (50, 5, 1), (0, 2, 2))
    ]


@program
def repartition_deals_packs_of_lists(sc: Any, folder: str) -> Any:
    return [
        glom(sc.parallelize(list(range(size)), slices).repartition(count))
        for size, slices, count in ((100, 3, 4), (7, 2, 3), (64, 4, 6))
    ]


@program
def coalesce_with_shuffle_spreads(sc: Any, folder: str) -> Any:
    return glom(sc.parallelize(range(95), 2).map(lambda x: -x).coalesce(5, shuffle=True))
