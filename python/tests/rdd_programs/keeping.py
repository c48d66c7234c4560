# SPDX-License-Identifier: Apache-2.0
"""Programs that keep rows, and longer ones."""

import importlib
import operator
import sys
from typing import Any

from rdd_programs import glom, pairs, program, refused


@program
def kept_rdds_are_the_same(sc: Any, folder: str) -> Any:
    levels = importlib.import_module(sys.argv[1]).StorageLevel
    rdd = sc.parallelize(range(10), 3).map(lambda x: x + 1).persist(levels.MEMORY_AND_DISK)
    first, second = rdd.collect(), rdd.collect()
    shown = str(rdd.getStorageLevel()), repr(rdd.getStorageLevel()), rdd.is_cached
    rdd.unpersist()
    return first == second, shown, repr(rdd.getStorageLevel()), rdd.is_cached, rdd.count()


@program
def storage_levels_print_alike(sc: Any, folder: str) -> Any:
    levels = importlib.import_module(sys.argv[1]).StorageLevel
    names = sorted(name for name in dir(levels) if name.isupper())
    one = levels.MEMORY_AND_DISK_2
    fields = (one.useDisk, one.useMemory, one.useOffHeap, one.deserialized, one.replication)
    return [
        (name, repr(getattr(levels, name)), str(getattr(levels, name))) for name in names
    ], fields


@program
def checkpoints_are_read_again(sc: Any, folder: str) -> Any:
    sc.setCheckpointDir(folder)
    rdd = sc.parallelize([(1, "a"), (2, [3])], 2).map(lambda row: row)
    before = rdd.isCheckpointed(), rdd.getCheckpointFile()
    rdd.checkpoint()
    rows = rdd.collect()
    return before, rows, rdd.isCheckpointed(), rdd.getCheckpointFile() is None, rdd.collect()


@program
def local_checkpoints(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(5), 2).map(lambda x: x * 2)
    rdd.localCheckpoint()
    return rdd.collect(), rdd.isLocallyCheckpointed(), rdd.collect()


@program
def rows_do_not_change_behind_ones_back(sc: Any, folder: str) -> Any:
    def add(row: list[int]) -> list[int]:
        row.append(9)
        return row

    rows = [[1], [2]]
    rdd = sc.parallelize(rows, 2)
    rows[0].append(5)
    added = rdd.map(add)
    return added.collect(), added.collect(), rdd.collect(), rows


@program
def names_are_given(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([1])
    return rdd.name(), rdd.setName("ones").name(), rdd.id() != sc.parallelize([1]).id()


@program
def word_count_and_its_top(sc: Any, folder: str) -> Any:
    text = ["to be or not to be", "that is the question", "whether tis nobler in the mind"] * 50
    counts = (
        sc.parallelize(text, 4)
        .flatMap(lambda line: line.split(" "))
        .map(lambda word: (word, 1))
        .reduceByKey(lambda a, b: a + b)
    )
    ranked = counts.map(lambda row: (row[1], row[0])).sortByKey(False)
    return glom(counts), ranked.take(5), counts.takeOrdered(3, key=lambda row: (-row[1], row[0]))


@program
def many_unions_and_maps(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([0], 1)
    for i in range(1, 20):
        rdd = rdd.map(lambda x, i=i: x + i).union(sc.parallelize([i], 1))
    return glom(rdd), glom(rdd.coalesce(3)), rdd.sum()


@program
def page_ranks(sc: Any, folder: str) -> Any:
    links = sc.parallelize([(1, 2), (1, 3), (2, 3), (3, 1)], 2).groupByKey(2).cache()
    ranks = links.mapValues(lambda _: 1.0)
    for _ in range(4):
        parts = links.join(ranks).flatMap(
            lambda row: [(to, row[1][1] / len(row[1][0])) for to in row[1][0]]
        )
        ranks = parts.reduceByKey(operator.add, 2).mapValues(lambda rank: 0.15 + 0.85 * rank)
    return glom(ranks)


@program
def accumulators_in_transformations_count_each_time(sc: Any, folder: str) -> Any:
    seen = sc.accumulator(0)

    def see(x: int) -> int:
        seen.add(1)
        return x

    rdd = sc.parallelize(range(10), 2).map(see)
    rdd.count()
    rdd.count()
    before = seen.value
    kept = rdd.cache()
    kept.count()
    kept.count()
    return before, seen.value


@program
def a_destroyed_broadcast_is_gone(sc: Any, folder: str) -> Any:
    shared = sc.broadcast([1, 2])
    shared.unpersist()
    summed = sc.parallelize([0, 1], 2).map(lambda i: shared.value[i]).sum()
    shared.destroy()
    return summed, refused(lambda: sc.parallelize([0]).map(lambda i: shared.value[i]).sum()) != ""


@program
def partitions_of_results(sc: Any, folder: str) -> Any:
    left, right = pairs(sc, 3), pairs(sc, 2)
    made = [
        left.reduceByKey(max),
        left.join(right),
        left.cogroup(right),
        left.join(right, 7),
        left.union(right),
        left.cartesian(right),
        left.distinct(),
        left.subtract(right),
        left.subtractByKey(right),
        left.intersection(right),
        left.groupWith(right, left),
        left.sortByKey(),
        left.sortBy(str),
        left.sortBy(str, numPartitions=5),
        left.coalesce(2),
        left.repartition(9),
        left.groupBy(str),
        left.partitionBy(4).join(right.partitionBy(4)),
        left.partitionBy(4).join(right),
        left.partitionBy(4).reduceByKey(max),
        left.partitionBy(4).map(lambda row: row).reduceByKey(max),
        left.partitionBy(4).union(right.partitionBy(4)),
        left.zipWithIndex(),
        left.glom(),
        left.pipe("cat"),
        left.aggregateByKey(0, max, max, numPartitions=6),
        left.foldByKey(0, max),
        left.combineByKey(int, max, max, 2, lambda key: 1),
    ]
    return [rdd.getNumPartitions() for rdd in made]


@program
def an_empty_partition_is_no_trouble(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([(1, 2)], 4)
    empty = sc.parallelize([], 3)
    return [
        glom(rdd.reduceByKey(max)),
        glom(rdd.sortByKey()),
        glom(empty.map(lambda row: (row, 1)).groupByKey()),
        glom(empty.sortBy(lambda row: row)),
        glom(rdd.join(empty)),
        glom(rdd.leftOuterJoin(empty)),
        glom(empty.repartition(2)),
        glom(empty.cartesian(rdd)),
        empty.sum(),
        empty.count(),
        empty.stats().count(),
        empty.top(3),
        empty.takeOrdered(3),
        empty.countByValue(),
        empty.zipWithIndex().collect(),
        empty.distinct().collect(),
        sc.emptyRDD().map(str).collect(),
        sc.emptyRDD().zipWithIndex().collect(),
        sc.emptyRDD().union(rdd).collect(),
        empty.treeAggregate(0, operator.add, operator.add),
    ]


@program
def stop_iteration_does_not_end_a_loop_unseen(sc: Any, folder: str) -> Any:
    def stop(*_: Any) -> Any:
        raise StopIteration

    rdd = sc.parallelize(range(4), 2)
    keyed = rdd.map(lambda x: (x % 2, x))
    calls = [
        lambda: rdd.map(stop).collect(),
        lambda: rdd.filter(stop).collect(),
        lambda: rdd.flatMap(stop).collect(),
        lambda: rdd.foreach(stop),
        lambda: rdd.reduce(stop),
        lambda: rdd.fold(0, stop),
        lambda: rdd.aggregate(0, stop, max),
        lambda: rdd.aggregate(0, max, stop),
        lambda: keyed.reduceByKey(stop).collect(),
        lambda: keyed.reduceByKeyLocally(stop),
        lambda: keyed.mapValues(stop).collect(),
    ]
    return [refused(call) != "" for call in calls]
