# SPDX-License-Identifier: Apache-2.0
"""Programs that ask for values."""

import importlib
import operator
import sys
from typing import Any

from rdd_programs import glom, pairs, program


@program
def take_first_and_is_empty(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(100), 10)
    return [
        rdd.take(0),
        rdd.take(3),
        rdd.take(25),
        rdd.take(1000),
        rdd.filter(lambda x: x > 90).take(2),
        rdd.first(),
        rdd.isEmpty(),
        sc.parallelize([], 3).isEmpty(),
        sc.parallelize([], 3).take(2),
    ]


@program
def top_and_take_ordered(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([10, 4, 2, 12, 3, 12, 33], 3)
    return [
        rdd.top(3),
        rdd.top(3, key=str),
        rdd.takeOrdered(4),
        rdd.takeOrdered(4, key=lambda x: -x),
        rdd.takeOrdered(0),
        rdd.top(100),
    ]


@program
def reduce_fold_and_aggregate(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(1, 11), 3)
    return [
        rdd.reduce(operator.sub),
        rdd.fold(1, operator.add),
        rdd.aggregate((0, 0), lambda s, x: (s[0] + x, s[1] + 1), lambda s, t: (s[0] + t[0], 9)),
        rdd.aggregate([], lambda s, x: s + [x], lambda s, t: s + t),
        sc.parallelize([], 2).fold(5, operator.add),
    ]


@program
def tree_reduce_and_tree_aggregate(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(list(range(-5, 5)), 10)
    add = operator.add
    return [rdd.treeReduce(add, depth) for depth in (1, 2, 5, 10)] + [
        rdd.treeAggregate(0, add, add, depth) for depth in (1, 2, 5, 10)
    ]


@program
def counts_by_value_and_key(sc: Any, folder: str) -> Any:
    counted = sc.parallelize([1, 2, 1, 2, 2, "x", None], 2).countByValue()
    return list(counted.items()), list(pairs(sc).countByKey().items()), type(counted).__name__


@program
def reduce_by_key_locally_and_collect_as_map(sc: Any, folder: str) -> Any:
    rdd = pairs(sc)
    return list(rdd.reduceByKeyLocally(operator.add).items()), list(rdd.collectAsMap().items())


@program
def statistics(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([1.5, 2, 7, -3, 11.25, 4], 3)
    stats = rdd.stats()
    return [
        str(stats),
        stats.asDict(),
        stats.asDict(sample=True),
        rdd.mean(),
        rdd.variance(),
        rdd.stdev(),
        rdd.sampleVariance(),
        rdd.sampleStdev(),
        rdd.sum(),
        rdd.max(),
        rdd.min(),
        sc.parallelize([2, 10, 33]).max(key=str),
    ]


@program
def stat_counters_merge(sc: Any, folder: str) -> Any:
    counter = importlib.import_module(sys.argv[1] + ".statcounter").StatCounter
    few, many = counter([1.0, 2.0]), counter(float(i) for i in range(100))
    return str(few.mergeStats(many)), str(many.mergeStats(counter([5.0]))), str(counter())


@program
def histograms(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(51), 3)
    return [
        rdd.histogram(2),
        rdd.histogram(7),
        rdd.histogram(1),
        rdd.histogram([0, 5, 25, 50]),
        rdd.histogram([0, 15, 30, 45, 60]),
        rdd.histogram([10, 20]),
        sc.parallelize(["ab", "ac", "b", "bd", "ef"]).histogram(("a", "b", "c")),
        sc.parallelize([1, None, float("nan"), 3, 2]).histogram(2),
        sc.parallelize([5, 5]).histogram(4),
        sc.parallelize([1.0, 2.5, 4.0]).histogram(3),
    ]


@program
def approximate_actions(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(1000), 10)
    total = rdd.sumApprox(600_000)
    return [
        rdd.countApprox(600_000),
        float(total),
        (total.low, total.high, total.confidence),
        float(rdd.meanApprox(600_000)),
        900 < rdd.countApproxDistinct() < 1100,
        sc.parallelize([1, 1, 2]).countApproxDistinct(),
    ]


@program
def a_local_iterator_goes_through_all(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(10), 3)
    return list(rdd.toLocalIterator()), list(rdd.toLocalIterator(prefetchPartitions=True))


@program
def run_job_runs_some_partitions(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(6), 3)
    squares = sc.runJob(rdd, lambda rows: [x * x for x in rows])
    return squares, sc.runJob(rdd, lambda rows: [x * x for x in rows], [2, 0], True)


@program
def accumulators_add_up(sc: Any, folder: str) -> Any:
    total, mean = sc.accumulator(5), sc.accumulator(0.5)

    def add(x: int) -> None:
        nonlocal total
        total += x
        mean.add(x / 2)

    sc.parallelize(range(10), 3).foreach(add)
    return total.value, mean.value, str(total)


@program
def accumulators_of_other_types(sc: Any, folder: str) -> Any:
    kind = importlib.import_module(sys.argv[1]).AccumulatorParam

    class Vectors(kind):  # type: ignore[misc,valid-type]
        def zero(self, value: Any) -> Any:
            return [0] * len(value)

        def addInPlace(self, left: Any, right: Any) -> Any:
            return [a + b for a, b in zip(left, right)]

    total = sc.accumulator([1, 2, 3], Vectors())
    sc.parallelize([1, 2, 3], 2).foreach(lambda x: total.add([x] * 3))
    return total.value


@program
def for_each_partition_may_return_anything(sc: Any, folder: str) -> Any:
    seen = sc.accumulator(0)
    rdd = sc.parallelize([1, 2, 3, 4, 5], 2)
    rdd.foreachPartition(lambda rows: seen.add(sum(rows)))
    rdd.foreachPartition(lambda rows: [seen.add(len(list(rows)))])
    rdd.foreachPartition(lambda rows: 5)
    return seen.value


@program
def broadcasts_are_read(sc: Any, folder: str) -> Any:
    shared = sc.broadcast({"a": 1, "b": 2})
    mapped = sc.parallelize(["a", "b", "a"], 2).map(lambda key: shared.value[key])
    return glom(mapped), shared.value
