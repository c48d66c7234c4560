# SPDX-License-Identifier: Apache-2.0
"""Programs that look at rows."""

import operator
import os
from typing import Any

from rdd_programs import glom, pairs, program, words


@program
def map_filter_and_flat_map(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(10), 3)
    return glom(
        rdd.map(lambda x: x * 2).filter(lambda x: x % 3 != 1).flatMap(lambda x: [x] * (x % 4))
    )


@program
def functions_may_return_any_iterable(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(["ab", "c"], 2)
    return [
        rdd.flatMap(lambda text: text).collect(),
        rdd.flatMap(lambda text: (c for c in text)).collect(),
        rdd.flatMap(dict.fromkeys).collect(),
        rdd.mapPartitions(lambda rows: "xy").collect(),
    ]


@program
def partitions_are_mapped_with_their_index(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(7), 3)
    return [
        rdd.mapPartitionsWithIndex(lambda i, rows: [(i, list(rows))]).collect(),
        rdd.mapPartitions(lambda rows: [sum(rows)]).collect(),
        rdd.mapPartitionsWithSplit(lambda i, rows: [i]).collect(),
    ]


@program
def key_by_and_group_by(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(10), 3)
    grouped = rdd.groupBy(lambda x: x % 3)
    return glom(rdd.keyBy(lambda x: x * x)), glom(grouped.mapValues(list))


@program
def distinct_keeps_the_first_of_each(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([3, 1, 3, 2, 1, 9, 4], 3)
    return glom(rdd.distinct()), glom(rdd.distinct(2)), glom(words(sc).keys().distinct(4))


@program
def numbers_that_are_equal_are_one_key(sc: Any, folder: str) -> Any:
    return sc.parallelize([1, 1.0, True, 2, 2.0], 1).distinct().collect()


@program
def sample_without_replacement(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(200), 4)
    return [glom(rdd.sample(False, fraction, 81)) for fraction in (0.0, 0.1, 0.5, 1.0)]


@program
def sample_with_replacement(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(50), 3)
    return [glom(rdd.sample(True, fraction, 7)) for fraction in (0.2, 2.5, 30.0)]


@program
def random_split_divides(sc: Any, folder: str) -> Any:
    return [glom(part) for part in sc.parallelize(range(60), 3).randomSplit([2, 3, 1], 17)]


@program
def sample_by_key_draws_by_key(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(["a", "b"]).cartesian(sc.parallelize(range(0, 100)))
    fractions = {"a": 0.2, "b": 0.1}
    return [glom(rdd.sampleByKey(replaced, fractions, 0)) for replaced in (False, True)]


@program
def take_sample_draws_the_same(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize(range(100), 4)
    return [
        rdd.takeSample(False, 5, 2),
        rdd.takeSample(True, 20, 1),
        rdd.takeSample(False, 200, 3),
        rdd.takeSample(False, 0, 3),
    ]


@program
def zip_puts_side_by_side(sc: Any, folder: str) -> Any:
    left = sc.parallelize(range(7), 3)
    return glom(left.zip(left.map(str))), glom(left.zip(sc.parallelize(range(7, 14), 3)))


@program
def rows_are_numbered(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize("abcdefg", 3)
    return glom(rdd.zipWithIndex()), glom(rdd.zipWithUniqueId())


@program
def cartesian_pairs_all(sc: Any, folder: str) -> Any:
    return glom(sc.parallelize([1, 2, 3], 2).cartesian(sc.parallelize("ab", 2)))


@program
def pipe_runs_a_command(sc: Any, folder: str) -> Any:
    env = {"PATH": os.environ["PATH"], "WORD": "x"}
    rdd = sc.parallelize(["b", "a", 3], 2)
    return [
        rdd.pipe("sort", env).collect(),
        rdd.pipe("sh -c 'cat; echo $WORD'", env).collect(),
        sc.parallelize([], 2).pipe("cat", env).collect(),
    ]


@program
def pipe_may_check_the_exit_code(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([1], 1)
    try:
        rdd.pipe("sh -c 'exit 3'", {"PATH": os.environ["PATH"]}, checkCode=True).collect()
    except Exception:
        return "failed", rdd.pipe("sh -c 'exit 3'", {"PATH": os.environ["PATH"]}).collect()


@program
def union_puts_partitions_side_by_side(sc: Any, folder: str) -> Any:
    left, right = sc.parallelize([1, 2], 2), sc.parallelize("abc", 2)
    return glom(left.union(right)), glom(left + right), glom(sc.union([left, right, left]))


@program
def union_of_equally_partitioned_keeps_the_partitions(sc: Any, folder: str) -> Any:
    left = pairs(sc).reduceByKey(operator.add, 3)
    right = pairs(sc).mapValues(str).partitionBy(3)
    other = right.partitionBy(2)
    return [
        glom(left.union(right)),
        glom(left.union(other)),
        left.union(right).partitioner is None,
        left.union(other).partitioner is None,
    ]


@program
def intersection_and_subtract(sc: Any, folder: str) -> Any:
    left, right = sc.parallelize([1, 1, 2, 3, 5, 8], 2), sc.parallelize([2, 3, 3, 4, 8], 3)
    return [
        glom(left.intersection(right)),
        glom(left.subtract(right)),
        glom(left.subtract(right, 2)),
    ]


@program
def cogroup_has_the_values_of_both(sc: Any, folder: str) -> Any:
    left, right = pairs(sc, 2), sc.parallelize([(4, "x"), (9, "y"), (0, "z")], 2)
    both = left.cogroup(right).mapValues(lambda sides: [list(side) for side in sides])
    two = left.cogroup(right, 2).mapValues(lambda sides: [list(side) for side in sides])
    return glom(both), glom(two)


@program
def group_with_takes_several(sc: Any, folder: str) -> Any:
    rdds = [sc.parallelize([(i, i * 10), (0, i)], 1) for i in range(1, 4)]
    grouped = rdds[0].groupWith(rdds[1], rdds[2])
    return glom(grouped.mapValues(lambda sides: [list(side) for side in sides]))


@program
def joins_of_all_kinds(sc: Any, folder: str) -> Any:
    left = sc.parallelize([("a", 1), ("b", 2), ("a", 3), ("c", None)], 2)
    right = sc.parallelize([("a", "x"), ("d", "y"), ("a", "z"), ("c", None)], 2)
    return [
        glom(getattr(left, kind)(right, *count))
        for kind in ("join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin")
        for count in ((), (3,))
    ]


@program
def joins_of_equally_partitioned(sc: Any, folder: str) -> Any:
    left = pairs(sc).partitionBy(2)
    right = pairs(sc).reduceByKey(operator.add, 2)
    return glom(left.join(right)), left.join(right).getNumPartitions()


@program
def a_join_with_itself(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([(1, "a"), (2, "b"), (1, "c")], 2)
    return glom(rdd.join(rdd))


@program
def subtract_by_key_leaves_the_others(sc: Any, folder: str) -> Any:
    return glom(pairs(sc).subtractByKey(sc.parallelize([(0, None), (3, 1)])))
