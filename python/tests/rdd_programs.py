# SPDX-License-Identifier: Apache-2.0
"""Small RDD programs, each a function of a SparkContext and a folder that returns what to compare.

Run as a program, with the Python of either: ``rdd_programs.py pyspark FILE`` or ``rdd_programs.py
thalweg.pyspark FILE`` writes a line ``[name, result]`` for each. A result is the text of the value,
or what failed. ``glom()`` shows the partitions and the order in them.
"""

import importlib
import json
import operator
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, Callable[[Any, str], Any]] = {}

#: The built-in exceptions that programs catch.
KINDS = (
    AssertionError,
    pickle.PicklingError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    Exception,
)


def program(function: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    PROGRAMS[function.__name__] = function
    return function


def glom(rdd: Any) -> Any:
    return rdd.glom().collect()


def pairs(sc: Any, slices: int = 3) -> Any:
    return sc.parallelize([(i % 5, i) for i in range(20)], slices)


def words(sc: Any, slices: int = 3) -> Any:
    text = "the record runs downhill and the record enters at a source and leaves at the mouth"
    return sc.parallelize([(word, i) for i, word in enumerate(text.split())], slices)


# Sources.


@program
def parallelize_cuts_batches(sc: Any, folder: str) -> Any:
    return [
        [list(map(len, glom(sc.parallelize(list(range(size)), slices)))) for slices in (1, 2, 3, 7)]
        for size in (0, 1, 2, 5, 10, 100, 5000)
    ]


@program
def parallelize_cuts_ranges_evenly(sc: Any, folder: str) -> Any:
    return [glom(sc.parallelize(range(3, 30, 4), slices)) for slices in (1, 2, 3, 10)]


@program
def parallelize_takes_any_iterable(sc: Any, folder: str) -> Any:
    given = [{3: 1, 4: 2}, "abc", (x for x in (1, 2)), {7}, (5, 6)]
    return [glom(sc.parallelize(rows, 2)) for rows in given]


@program
def parallelize_makes_default_parallelism_partitions(sc: Any, folder: str) -> Any:
    return sc.parallelize([1, 2, 3]).getNumPartitions(), sc.defaultParallelism


@program
def range_counts(sc: Any, folder: str) -> Any:
    return [
        glom(sc.range(7, numSlices=3)),
        glom(sc.range(2, 9, 2, 2)),
        glom(sc.range(5, 0, -2, 2)),
        sc.range(3, 3).collect(),
    ]


@program
def an_empty_rdd_has_no_partitions(sc: Any, folder: str) -> Any:
    rdd = sc.emptyRDD()
    return rdd.getNumPartitions(), rdd.collect(), rdd.isEmpty(), rdd.count(), rdd.sum()


@program
def a_text_file_is_read_in_lines(sc: Any, folder: str) -> Any:
    path = os.path.join(folder, "lines.txt")
    with open(path, "wb") as file:
        file.write("first\nsecond\n\ngrüße\nlast without end".encode())
    return sc.textFile(path).collect(), sc.textFile(path, use_unicode=False).count()


@program
def a_pattern_names_several_files(sc: Any, folder: str) -> Any:
    for name in ("a1.txt", "a2.txt", "b1.txt"):
        with open(os.path.join(folder, name), "w") as file:
            file.write(name + "\n")
    return sorted(sc.textFile(folder + "/a*.txt").collect())


@program
def whole_files_come_with_their_paths(sc: Any, folder: str) -> Any:
    for name in ("1.txt", "2.txt"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("text of\n" + name)
    texts = sorted(sc.wholeTextFiles(folder).collect())
    data = sorted(sc.binaryFiles(folder).collect())
    shown = [(path[:5], os.path.basename(path), text) for path, text in texts]
    return shown, [(os.path.basename(path), bytes(content)) for path, content in data]


@program
def records_of_a_binary_file(sc: Any, folder: str) -> Any:
    with open(os.path.join(folder, "records"), "wb") as file:
        file.write(bytes(range(12)))
    return [bytes(record) for record in sc.binaryRecords(folder + "/records", 4).collect()]


@program
def text_is_saved_as_it_prints(sc: Any, folder: str) -> Any:
    rows = [1, "two", (3, "x"), None, b"four", 5.5, "grüße"]
    sc.parallelize(rows, 2).saveAsTextFile(folder + "/out")
    names = sorted(name for name in os.listdir(folder + "/out") if name[0] not in "._")
    return names, sc.textFile(folder + "/out").collect()


@program
def text_is_saved_compressed(sc: Any, folder: str) -> Any:
    import gzip

    codec = "org.apache.hadoop.io.compress.GzipCodec"
    sc.parallelize(["a", "b"], 1).saveAsTextFile(folder + "/out", codec)
    with gzip.open(folder + "/out/part-00000.gz") as file:
        return file.read()


@program
def an_existing_directory_is_not_overwritten(sc: Any, folder: str) -> Any:
    os.mkdir(folder + "/out")
    try:
        sc.parallelize([1]).saveAsTextFile(folder + "/out")
    except Exception:
        return "refused"


@program
def pickled_rows_come_back(sc: Any, folder: str) -> Any:
    sc.parallelize([1, "two", [3], {"four": 4.0}, None], 2).saveAsPickleFile(folder + "/out")
    return sorted(map(str, sc.pickleFile(folder + "/out").collect()))


# Row by row.


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


# Several RDDs.


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


# Pairs.


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


# Order.


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


# Partitions.


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


# Actions.


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
    total = rdd.sumApprox(1000)
    return [
        rdd.countApprox(1000),
        float(total),
        (total.low, total.high, total.confidence),
        float(rdd.meanApprox(1000)),
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


# Keeping.


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


# Settings.


@program
def settings_are_text(sc: Any, folder: str) -> Any:
    conf = importlib.import_module(sys.argv[1]).SparkConf(False)
    conf.setMaster("local[3]").setAppName("x").set("k", 1).setIfMissing("k", 2)
    conf.setExecutorEnv("A", "b").setExecutorEnv(pairs=[("C", "d")]).setAll([("y", "z")])
    known = [conf.get(key) for key in ("spark.master", "spark.app.name", "k", "y", "none")]
    return known, conf.get("none", "default"), conf.contains("k"), sorted(conf.getAll())


@program
def properties_of_jobs(sc: Any, folder: str) -> Any:
    sc.setJobGroup("group", "what it does")
    sc.setLocalProperty("mine", "1")
    sc.addJobTag("t1")
    sc.addJobTag("t2")
    sc.removeJobTag("t1")
    tags = sorted(sc.getJobTags())
    sc.clearJobTags()
    return [
        sc.getLocalProperty("spark.jobGroup.id"),
        sc.getLocalProperty("spark.job.description"),
        sc.getLocalProperty("mine"),
        sc.getLocalProperty("none"),
        tags,
        sorted(sc.getJobTags()),
    ]


@program
def the_task_knows_its_partition(sc: Any, folder: str) -> Any:
    context = importlib.import_module(sys.argv[1]).TaskContext
    rdd = sc.parallelize(range(6), 3)
    return [
        rdd.map(lambda x: (x, context.get().partitionId())).collect(),
        rdd.mapPartitions(lambda rows: [context.get().partitionId()]).collect(),
        rdd.map(lambda x: context.get().attemptNumber()).collect(),
        context.get(),
    ]


@program
def added_files_are_found(sc: Any, folder: str) -> Any:
    files = importlib.import_module(sys.argv[1]).SparkFiles
    with open(os.path.join(folder, "number.txt"), "w") as file:
        file.write("100")
    sc.addFile(os.path.join(folder, "number.txt"))

    def times(rows: Any) -> Any:
        with open(files.get("number.txt")) as file:
            number = int(file.readline())
        return [x * number for x in rows]

    return sc.parallelize([1, 2, 3, 4], 2).mapPartitions(times).collect()


# What is refused.


@program
def arguments_that_make_no_sense(sc: Any, folder: str) -> Any:
    rdd, empty = sc.parallelize([3, 1, 2], 2), sc.parallelize([], 2)
    return [
        refused(call)
        for call in (
            lambda: rdd.sample(False, -0.5),
            lambda: rdd.randomSplit([1, -1]),
            lambda: rdd.randomSplit([0, 0]),
            lambda: rdd.takeSample(False, -1),
            lambda: rdd.takeOrdered(-1),
            lambda: rdd.coalesce(0),
            lambda: rdd.coalesce(-1),
            lambda: rdd.zip(sc.parallelize([1, 2, 3], 3)),
            lambda: rdd + 5,
            lambda: empty.reduce(operator.add),
            lambda: empty.treeReduce(operator.add),
            lambda: rdd.treeReduce(operator.add, 0),
            lambda: rdd.treeAggregate(0, operator.add, operator.add, 0),
            lambda: empty.first(),
            lambda: empty.max(),
            lambda: rdd.histogram(0),
            lambda: rdd.histogram([1]),
            lambda: rdd.histogram([2, 1]),
            lambda: rdd.histogram([1, 1, 2]),
            lambda: rdd.histogram([1, None]),
            lambda: rdd.histogram("ab"),
            lambda: empty.histogram(2),
            lambda: sc.parallelize(["a", "b"]).histogram(2),
            lambda: rdd.countApproxDistinct(0.0000001),
            lambda: rdd.map(lambda x: (x, 1)).sampleByKey(False, {1: -0.1}),
            lambda: rdd.persist("memory"),
            lambda: sc.accumulator("text"),
            lambda: type(sc)("local", "another"),
            lambda: sc.parallelize(5),
        )
    ] + [refused(lambda: sc.parallelize([1], 0)) != "", refused(lambda: sc.union([])) != ""]


@program
def failing_functions_say_why(sc: Any, folder: str) -> Any:
    def fail(x: int) -> int:
        raise KeyError("a special word")

    rdd = sc.parallelize([1, 2], 2)
    calls = [
        lambda: rdd.map(fail).collect(),
        lambda: rdd.map(lambda x: (x, x)).reduceByKey(operator.add).mapValues(fail).collect(),
        lambda: rdd.mapPartitions(lambda rows: map(fail, rows)).count(),
        lambda: rdd.foreach(fail),
        lambda: rdd.sortBy(fail).collect(),
    ]
    return ["a special word" in said(call) for call in calls]


@program
def keys_that_cannot_be_hashed(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([([1], 2)], 1)
    return ["unhashable" in said(lambda: rdd.groupByKey().collect())]


@program
def a_context_is_for_the_program_only(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([1, 2], 2)
    return [
        "CONTEXT_ONLY_VALID_ON_DRIVER" in said(lambda: rdd.map(lambda x: sc).collect()),
        "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"
        in said(lambda: rdd.map(lambda x: rdd.count() + x).collect()),
        "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER" in said(lambda: sc.broadcast(rdd)),
        refused(lambda: rdd.map(lambda x: sc).collect()),
    ]


def refused(call: Callable[[], Any]) -> str:
    """The first of the well-known kinds of exception that ``call`` raises; empty for none."""
    try:
        call()
    except Exception as error:
        return next(kind.__name__ for kind in KINDS if isinstance(error, kind))
    return ""


def said(call: Callable[[], Any]) -> str:
    """All that the exception of ``call`` says, and what caused it."""
    import traceback

    try:
        call()
    except Exception:
        return traceback.format_exc()
    return "no exception"


def main() -> None:
    pyspark = importlib.import_module(sys.argv[1])
    conf = pyspark.SparkConf().set("spark.ui.enabled", "false")
    sc = pyspark.SparkContext("local[2]", "rdd programs", conf=conf)
    sc.setLogLevel("OFF")
    with open(sys.argv[2], "w", encoding="utf-8") as results:
        for name, run in PROGRAMS.items():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    result = repr(run(sc, folder))
                except Exception as error:
                    result = f"failed: {type(error).__name__}: {error}"
            results.write(json.dumps([name, result]) + "\n")
            results.flush()
    sc.stop()


if __name__ == "__main__":
    main()
