# SPDX-License-Identifier: Apache-2.0
"""Small DStream programs, run by compare_streaming_test.py on PySpark and on Thalweg alike.

    streaming_programs.py PORT BATCHES LINES

Each function of QUEUES makes a stream out of queues; what it gives in the first BATCHES batches is
printed as one line of JSON, its name and the text of the rows of each batch. Those of SOCKETS read
the LINES lines that a server at PORT sends, and print all their rows together.
"""

import json
import operator
import sys
import tempfile
import threading

from pyspark import SparkContext, StorageLevel
from pyspark.streaming import StreamingContext

BATCH_SECONDS = 0.5
SECONDS_MAX = 1400

NUMBERS = [range(1, 9), [5, 3, 3, 1], [], [7], [2, 2, 9, 4, 4, 4]]
WORDS = [["to be", "or not to be"], ["that is"], [], ["the question", "be"], ["to"]]
PAIRS = [
    [("a", 1), ("b", 2), ("a", 3)],
    [("b", 4), ("c", 5)],
    [],
    [("a", 6), ("", 7), ("b", 8), ("c", 9)],
    [("d", 1)],
]
OTHER_PAIRS = [[("a", "x"), ("c", "y")], [("b", "z"), ("b", "w")], [("q", "p")], [], [("d", "u")]]
MIXED = [[1, "a", 2.5, None, (1, "b")], ["a", (1, "b"), True], [1.0, 0, False]]

QUEUES = {}
SOCKETS = {}


def queue_program(function):
    QUEUES[function.__name__] = function
    return function


def socket_program(function):
    SOCKETS[function.__name__] = function
    return function


class Inputs:
    """Fresh queues of the same rows for each program."""

    def __init__(self, streaming):
        self.streaming = streaming
        self.context = streaming.sparkContext

    def queue(self, batches, partitions=2, **options):
        rdds = [self.context.parallelize(batch, partitions) for batch in batches]
        return self.streaming.queueStream(rdds, **options)

    def numbers(self, partitions=2):
        return self.queue(NUMBERS, partitions)

    def words(self):
        return self.queue(WORDS)

    def pairs(self, partitions=2):
        return self.queue(PAIRS, partitions)

    def other_pairs(self):
        return self.queue(OTHER_PAIRS)


def plain(groups):
    return [list(group) for group in groups]


# Row by row.


@queue_program
def map_rows(inputs):
    return inputs.numbers().map(lambda x: x * 10)


@queue_program
def map_to_text(inputs):
    return inputs.queue(MIXED).map(str)


@queue_program
def filter_rows(inputs):
    return inputs.numbers().filter(lambda x: x % 2)


@queue_program
def flat_map_rows(inputs):
    return inputs.words().flatMap(lambda line: line.split(" "))


@queue_program
def flat_map_strings(inputs):
    return inputs.words().flatMap(lambda line: line)


@queue_program
def map_partitions(inputs):
    return inputs.numbers(3).mapPartitions(lambda rows: [sum(rows)])


@queue_program
def map_partitions_with_index(inputs):
    return inputs.numbers(3).mapPartitionsWithIndex(lambda i, rows: [(i, x) for x in rows])


@queue_program
def glom_rows(inputs):
    return inputs.numbers(3).glom()


@queue_program
def glom_of_mixed_rows(inputs):
    return inputs.queue(MIXED, 4).glom()


@queue_program
def repartition_to_one(inputs):
    return inputs.numbers(3).repartition(1).map(lambda x: x + 1).glom().map(sorted)


# Whole batches.


@queue_program
def count_rows(inputs):
    return inputs.numbers().count()


@queue_program
def count_of_lists(inputs):
    return inputs.streaming.queueStream([[1, 2], [], [3]]).count()


@queue_program
def reduce_rows(inputs):
    return inputs.numbers().reduce(operator.add)


@queue_program
def reduce_in_order(inputs):
    return inputs.words().reduce(lambda a, b: a + "|" + b)


@queue_program
def count_by_value(inputs):
    return inputs.numbers().countByValue()


@queue_program
def count_by_value_of_mixed_rows(inputs):
    return inputs.queue(MIXED).countByValue()


@queue_program
def transform_with_rdd(inputs):
    known = inputs.context.parallelize([("a", "A"), ("b", "B")], 2)
    return inputs.pairs().transform(lambda rdd: rdd.join(known))


@queue_program
def transform_with_time(inputs):
    return inputs.numbers().transform(lambda time, rdd: rdd.map(lambda x: (x, time.year > 2000)))


@queue_program
def transform_sorted(inputs):
    return inputs.numbers().transform(lambda rdd: rdd.sortBy(lambda x: -x))


@queue_program
def transform_distinct(inputs):
    return inputs.numbers().transform(lambda rdd: rdd.distinct())


@queue_program
def transform_of_a_transform(inputs):
    stream = inputs.numbers().transform(lambda rdd: rdd.map(lambda x: x + 1))
    return stream.transform(lambda rdd: rdd.filter(lambda x: x > 3)).count()


@queue_program
def transform_with_other(inputs):
    return inputs.numbers().transformWith(lambda a, b: b.union(a), inputs.words())


@queue_program
def context_transform(inputs):
    streams = [inputs.numbers(), inputs.words(), inputs.pairs()]
    return inputs.streaming.transform(streams, lambda rdds: rdds[2].union(rdds[0]).union(rdds[1]))


@queue_program
def union_of_two(inputs):
    return inputs.numbers().union(inputs.words())


@queue_program
def context_union(inputs):
    return inputs.streaming.union(inputs.numbers(), inputs.numbers(), inputs.numbers())


@queue_program
def union_with_its_own_map(inputs):
    numbers = inputs.numbers()
    return numbers.union(numbers.map(lambda x: -x))


# Pairs.


@queue_program
def map_values(inputs):
    return inputs.pairs().mapValues(lambda x: x + 10)


@queue_program
def flat_map_values(inputs):
    return inputs.pairs().flatMapValues(lambda x: range(x % 3))


@queue_program
def reduce_by_key(inputs):
    return inputs.pairs().reduceByKey(operator.add)


@queue_program
def reduce_by_key_into_three(inputs):
    return inputs.pairs().reduceByKey(operator.add, 3).glom()


@queue_program
def word_count(inputs):
    words = inputs.words().flatMap(str.split).map(lambda word: (word, 1))
    return words.reduceByKey(lambda a, b: a + b)


@queue_program
def combine_by_key(inputs):
    return inputs.pairs().combineByKey(str, lambda a, b: a + str(b), lambda a, b: a + "," + b)


@queue_program
def group_by_key(inputs):
    return inputs.pairs().groupByKey().mapValues(list)


@queue_program
def partition_by_hash(inputs):
    return inputs.pairs().partitionBy(3).glom()


@queue_program
def partition_by_function(inputs):
    return inputs.pairs().partitionBy(2, lambda key: len(key)).glom()


@queue_program
def cogroup_pairs(inputs):
    return inputs.pairs().cogroup(inputs.other_pairs()).mapValues(plain)


@queue_program
def join_pairs(inputs):
    return inputs.pairs().join(inputs.other_pairs())


@queue_program
def join_into_one(inputs):
    return inputs.pairs().join(inputs.other_pairs(), 1)


@queue_program
def left_outer_join(inputs):
    return inputs.pairs().leftOuterJoin(inputs.other_pairs())


@queue_program
def right_outer_join(inputs):
    return inputs.pairs().rightOuterJoin(inputs.other_pairs())


@queue_program
def full_outer_join(inputs):
    return inputs.pairs().fullOuterJoin(inputs.other_pairs())


# Queues.


@queue_program
def queue_of_lists(inputs):
    return inputs.streaming.queueStream([[1, 2, 3], ["a"], []])


@queue_program
def queue_of_ranges_in_partitions(inputs):
    return inputs.streaming.queueStream([range(10), range(3)]).glom()


@queue_program
def queue_with_default(inputs):
    return inputs.queue(NUMBERS[:2], default=inputs.context.parallelize([0], 1))


@queue_program
def empty_queue_with_default(inputs):
    return inputs.streaming.queueStream([], default=[4, 5])


@queue_program
def queue_at_once(inputs):
    return inputs.queue(NUMBERS, oneAtATime=False)


# Windows.


@queue_program
def window_rows(inputs):
    return inputs.numbers().window(3 * BATCH_SECONDS)


@queue_program
def window_that_slides_by_two(inputs):
    return inputs.numbers().window(4 * BATCH_SECONDS, 2 * BATCH_SECONDS)


@queue_program
def count_of_window(inputs):
    return inputs.numbers().window(2 * BATCH_SECONDS, BATCH_SECONDS).count()


@queue_program
def count_by_window(inputs):
    return inputs.numbers().countByWindow(3 * BATCH_SECONDS, BATCH_SECONDS)


@queue_program
def count_by_long_window(inputs):
    return inputs.numbers().countByWindow(6 * BATCH_SECONDS, BATCH_SECONDS)


@queue_program
def count_by_value_and_window(inputs):
    return inputs.numbers().countByValueAndWindow(2 * BATCH_SECONDS, BATCH_SECONDS)


@queue_program
def count_by_value_and_long_window(inputs):
    return inputs.numbers().countByValueAndWindow(6 * BATCH_SECONDS, BATCH_SECONDS, 3)


@queue_program
def reduce_by_window(inputs):
    return inputs.numbers().reduceByWindow(max, None, 3 * BATCH_SECONDS, BATCH_SECONDS)


@queue_program
def reduce_by_long_window(inputs):
    return inputs.numbers().reduceByWindow(
        operator.add, operator.sub, 6 * BATCH_SECONDS, BATCH_SECONDS
    )


@queue_program
def reduce_by_key_and_window(inputs):
    return inputs.pairs().reduceByKeyAndWindow(operator.add, None, 3 * BATCH_SECONDS)


@queue_program
def reduce_by_key_and_window_with_inverse(inputs):
    return inputs.pairs().reduceByKeyAndWindow(
        operator.add, operator.sub, 2 * BATCH_SECONDS, BATCH_SECONDS
    )


@queue_program
def reduce_by_key_and_long_window_with_inverse(inputs):
    return inputs.pairs().reduceByKeyAndWindow(
        operator.add, operator.sub, 6 * BATCH_SECONDS, BATCH_SECONDS
    )


@queue_program
def reduce_by_key_and_long_window_with_filter(inputs):
    return inputs.pairs().reduceByKeyAndWindow(
        operator.add, operator.sub, 6 * BATCH_SECONDS, BATCH_SECONDS, 2, lambda row: row[1] > 3
    )


@queue_program
def group_by_key_and_window(inputs):
    grouped = inputs.pairs().groupByKeyAndWindow(3 * BATCH_SECONDS, BATCH_SECONDS)
    return grouped.mapValues(list)


@queue_program
def group_by_key_and_long_window(inputs):
    grouped = inputs.pairs().groupByKeyAndWindow(6 * BATCH_SECONDS, BATCH_SECONDS)
    return grouped.mapValues(list)


# State.


@queue_program
def update_state_by_key(inputs):
    return inputs.pairs().updateStateByKey(lambda values, state: sum(values) + (state or 0))


@queue_program
def update_state_that_forgets(inputs):
    return inputs.pairs().updateStateByKey(lambda values, state: sum(values) or None)


@queue_program
def update_state_in_place(inputs):
    def update(values, state):
        state = [] if state is None else state
        state.extend(values)
        return state

    return inputs.pairs().updateStateByKey(update, 2)


@queue_program
def update_state_with_initial_rdd(inputs):
    initial = inputs.context.parallelize([("a", 100), ("z", 1)], 2)
    return inputs.pairs().updateStateByKey(
        lambda values, state: sum(values) + (state or 0), initialRDD=initial
    )


# The stream itself.


@queue_program
def cached_stream(inputs):
    return inputs.numbers().map(lambda x: (x, x)).cache().groupByKey().mapValues(len)


@queue_program
def persisted_stream(inputs):
    return inputs.words().persist(StorageLevel.MEMORY_AND_DISK).map(len)


@socket_program
def socket_lines(lines):
    return lines


@socket_program
def socket_words(lines):
    return lines.flatMap(lambda line: line.split(" ")).filter(lambda word: word != "or")


@socket_program
def socket_lengths(lines):
    return lines.map(lambda line: (len(line), line)).partitionBy(2)


def text_of(rows):
    return [repr(row) for row in rows]


def collect(stream, into, batches_max):
    def add(rdd):
        if len(into) < batches_max:
            into.append(text_of(rdd.collect()))

    stream.foreachRDD(add)


#: Programs that have a batch only every so many.
SLIDES = {"window_that_slides_by_two": 2}


def main():
    port, batches_max, lines_max = map(int, sys.argv[1:])
    context = SparkContext("local[2]", "compare")
    context.setLogLevel("OFF")
    streaming = StreamingContext(context, BATCH_SECONDS)
    context.setCheckpointDir(tempfile.mkdtemp())  # Streams of queues take no other in PySpark.
    inputs = Inputs(streaming)
    results = {name: [] for name in QUEUES}
    for name, program in QUEUES.items():
        collect(program(inputs), results[name], batches_max // SLIDES.get(name, 1))
    lines = streaming.socketTextStream("localhost", port)
    received = {name: [] for name in SOCKETS}
    for name, program in SOCKETS.items():
        gather(program(lines), received[name])
    count = []
    gather(lines, count)

    done = threading.Event()
    needed = {name: batches_max // SLIDES.get(name, 1) for name in QUEUES}

    def finish(rdd):
        complete = all(len(results[name]) >= needed[name] for name in QUEUES)
        if complete and len(count) >= lines_max:
            done.set()

    lines.foreachRDD(finish)
    streaming.start()
    done.wait(SECONDS_MAX)
    streaming.stop(True, False)
    for name, batches in {**results, **received}.items():
        print(json.dumps([name, batches]), flush=True)


def gather(stream, into):
    stream.foreachRDD(lambda rdd: into.extend(text_of(rdd.collect())))


main()
