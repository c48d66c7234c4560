# SPDX-License-Identifier: Apache-2.0
"""What a streaming context does from its making to its end, through PySpark's names."""

import datetime
import gc
import pathlib
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from programs import SECONDS_MAX, appear
from thalweg.errors import DriverOnlyError
from thalweg.pyspark import SparkConf, SparkContext
from thalweg.pyspark.streaming import StreamingContext

BATCH_SECONDS = 0.1


@pytest.fixture
def ssc(sc: SparkContext) -> Iterator[StreamingContext]:
    made = StreamingContext(sc, BATCH_SECONDS)
    yield made
    made.stop(False)


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def gathered(stream: Any) -> list[Any]:
    """Where the rows of all batches come, as lists; empty ones do not."""
    batches: list[Any] = []

    def gather(rdd: Any) -> None:
        rows = rdd.collect()
        if rows:
            batches.append(rows)

    stream.foreachRDD(gather)
    return batches


def test_stop_leaves_the_spark_context_when_told_so(ssc, sc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    ssc.stop(stopSparkContext=False)
    assert sc.parallelize(range(5), 5).glom().collect() == [[i] for i in range(5)]


def test_a_batch_that_stop_cuts_off_did_not_fail(ssc, sc, capfd):
    began = threading.Event()

    def slow(row):
        began.set()
        time.sleep(0.0001)  # So that there is something left to cut off.
        return row

    rows = sc.parallelize(range(100_000), 1)
    ssc.queueStream([rows]).map(slow).foreachRDD(lambda rdd: rdd.count())
    ssc.start()
    assert began.wait(SECONDS_MAX)
    ssc.stop(stopSparkContext=False, stopGraceFully=False)
    ssc.awaitTermination()
    assert "ERROR" not in capfd.readouterr().err


def test_stop_stops_the_spark_context(ssc, sc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    ssc.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        sc.parallelize([1]).collect()


def test_stop_may_be_called_again_and_before_start(ssc):
    ssc.stop(False)
    ssc.stop(False, True)
    assert ssc.state == "stopped"


def test_stop_gracefully_runs_what_was_received(ssc):
    rows = gathered(ssc.queueStream([[1]]))
    ssc.start()
    wait_until(lambda: rows)
    ssc.stop(stopSparkContext=False, stopGraceFully=True)
    assert rows == [[1]]


def test_stop_within_a_batch_stops_afterwards(ssc, sc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: ssc.stop(True))
    ssc.start()
    assert ssc.awaitTerminationOrTimeout(SECONDS_MAX)
    assert sc._stopped


def test_stopping_the_spark_context_stops_the_streams(ssc, sc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    sc.stop()
    assert ssc.state == "stopped"


def test_a_batch_that_is_waited_for_may_ask_for_the_context(ssc, sc):
    asked, begun = [], threading.Event()

    def ask(rdd):
        begun.set()
        time.sleep(0.05)  # So that stop() waits.
        asked.append(SparkContext.getOrCreate())

    ssc.queueStream([[1]]).foreachRDD(ask)
    ssc.start()
    assert begun.wait(SECONDS_MAX)
    sc.stop()
    assert asked == [sc]


def test_a_stopped_context_is_let_go_of(sc):
    made = StreamingContext(sc, BATCH_SECONDS)
    made.queueStream([[1]]).foreachRDD(lambda rdd: None)
    made.start()
    made.stop(False)
    known = weakref.ref(made)
    del made
    gc.collect()
    assert known() is None


def test_await_termination_tells_whether_it_has_stopped(ssc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    assert ssc.awaitTerminationOrTimeout(0.001) is False
    assert ssc.awaitTermination(0.001) is None
    ssc.stop(False)
    assert ssc.awaitTerminationOrTimeout(0.001) is True


def test_another_thread_may_stop_what_one_waits_for(ssc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    threading.Timer(0.2, ssc.stop, [False]).start()
    assert ssc.awaitTerminationOrTimeout(SECONDS_MAX)


def test_the_active_context_is_the_one_that_runs(ssc, sc):
    assert StreamingContext.getActive() is None
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: rdd.count())
    ssc.start()
    assert StreamingContext.getActive() is ssc
    assert StreamingContext.getActiveOrCreate(None, pytest.fail) is ssc
    ssc._jssc.stop(False)
    assert StreamingContext.getActive() is None


def test_get_active_or_create_makes_one_where_none_runs(sc):
    made = StreamingContext(sc, 1)
    assert StreamingContext.getActiveOrCreate(None, lambda: made) is made


def test_a_queue_gives_one_batch_each(ssc):
    batches = gathered(ssc.queueStream([[1], range(3), ssc.sparkContext.parallelize([5])]))
    ssc.start()
    wait_until(lambda: len(batches) == 3)
    assert batches == [[1], [0, 1, 2], [5]]


def test_changes_to_a_queue_after_its_stream_was_made_are_not_seen(ssc):
    queue = [[1]]
    batches = gathered(ssc.queueStream(queue, default=[0]))
    queue.append([2])
    ssc.start()
    wait_until(lambda: len(batches) >= 3)
    assert batches[:3] == [[1], [0], [0]]


def test_text_files_are_read_as_they_appear(ssc, tmp_path: pathlib.Path):
    batches = gathered(ssc.textFileStream(str(tmp_path)).map(int))
    ssc.start()
    for name in ("a", "b"):
        appear(tmp_path, name, "1\n2\n")
        wait_until(lambda count=len(batches): len(batches) > count)
    assert batches == [[1, 2], [1, 2]]


def test_binary_records_are_read_as_files_appear(ssc, tmp_path: pathlib.Path):
    batches = gathered(ssc.binaryRecordsStream(str(tmp_path), 4))
    ssc.start()
    appear(tmp_path, "a", "abcdefgh")
    wait_until(lambda: batches)
    assert batches == [[b"abcd", b"efgh"]]
    assert struct.unpack("4b", batches[0][0]) == (97, 98, 99, 100)


def test_addresses_may_be_mapped_to_directories(tmp_path: pathlib.Path):
    conf = SparkConf().setMaster("local[2]").setAppName("x")
    conf.set("thalweg.files.map", f"hdfs://name:9000/data={tmp_path}")
    with SparkContext(conf=conf) as sc:
        ssc = StreamingContext(sc, BATCH_SECONDS)
        stream = ssc.textFileStream("hdfs://name:9000/data/in")
        stream.map(str.upper).saveAsTextFiles("hdfs://name:9000/data/out", "txt")
        (tmp_path / "in").mkdir()
        ssc.start()
        appear(tmp_path / "in", "a", "word\n")

        def saved():
            return [
                part.read_text()
                for part in tmp_path.glob("out-*.txt/part-*")
                if part.read_text() and (part.parent / "_SUCCESS").exists()
            ]

        wait_until(saved)
        assert saved() == ["WORD\n"]


def test_slice_gives_the_batches_between_two_times(ssc):
    ssc.remember(60)
    stream = ssc.queueStream([[1], [2], [3], [4]])
    times: list[datetime.datetime] = []
    stream.foreachRDD(lambda time, rdd: times.append(time))
    ssc.start()
    wait_until(lambda: len(times) >= 4)

    def rows(begin, end):
        return [row for rdd in stream.slice(begin, end) for row in rdd.collect()]

    assert rows(times[0], times[0]) == [1]
    assert rows(times[1], times[2]) == [2, 3]
    assert rows(times[0].timestamp(), times[3].timestamp()) == [1, 2, 3, 4]


def test_a_failed_batch_is_raised_and_the_next_ones_run(ssc):
    def refuse_1(x):
        if x == 1:
            raise ValueError("this one is not wanted")
        return x

    batches = gathered(ssc.queueStream([[0], [1], [2]]).map(refuse_1))
    ssc.start()
    wait_until(lambda: len(batches) == 2)
    assert batches == [[0], [2]]
    with pytest.raises(RuntimeError, match="this one is not wanted") as raised:
        ssc.awaitTermination(SECONDS_MAX)
    cause: Any = raised.value
    while cause.__cause__ is not None:
        cause = cause.__cause__
    assert isinstance(cause, ValueError)
    assert cause.__traceback__.tb_frame.f_code is refuse_1.__code__


@pytest.mark.parametrize("output", ["transform", "foreachRDD", "transformWith"])
def test_what_a_function_on_batches_raises_is_raised(ssc, output):
    def refuse(*rdds):
        raise KeyError("not this batch")

    stream = ssc.queueStream([[1]])
    if output == "foreachRDD":
        stream.foreachRDD(refuse)
    elif output == "transform":
        stream.transform(refuse).pprint()
    else:
        stream.transformWith(lambda a, b: refuse(), ssc.queueStream([[1]])).pprint()
    ssc.start()
    with pytest.raises(RuntimeError, match="not this batch"):
        ssc.awaitTermination(SECONDS_MAX)


def test_none_from_transform_is_no_batch(ssc):
    numbers = ssc.queueStream([[1], [2], [3]], default=[4])
    odd = numbers.transform(lambda rdd: rdd if rdd.first() % 2 else None)
    called, mapped = [], gathered(odd.map(str))
    odd.foreachRDD(lambda rdd: called.append(rdd.first()))
    both = gathered(numbers.union(odd))
    ssc.start()
    wait_until(lambda: len(both) >= 4)
    ssc.stop(False)
    assert called == [1, 3]
    assert mapped == [["1"], ["3"]]
    assert both[:4] == [[1, 1], [2], [3, 3], [4]]


def test_states_are_the_functions_own(ssc):
    def extend(values, state):
        state = [] if state is None else state
        state.extend(values)
        return state

    stream = ssc.queueStream([[("k", i)] for i in range(3)]).updateStateByKey(extend)
    batches = gathered(stream)
    ssc.start()
    wait_until(lambda: len(batches) >= 3)
    assert batches[:3] == [[("k", [0])], [("k", [0, 1])], [("k", [0, 1, 2])]]


def test_windows_leave_rows_alone_that_functions_change(ssc):
    def extend(total, more):
        total.extend(more)
        return total

    lists = [[("k", [i])] for i in range(4)]
    stream = ssc.queueStream(lists).reduceByKeyAndWindow(extend, None, 0.2, 0.1)
    batches = gathered(stream)
    ssc.start()
    wait_until(lambda: len(batches) >= 4)
    assert [rows[0][1] for rows in batches[:4]] == [[0], [0, 1], [1, 2], [2, 3]]
    assert lists == [[("k", [i])] for i in range(4)]


def test_get_or_create_goes_on_from_the_checkpoint(tmp_path: pathlib.Path):
    checkpoints, words, runs = tmp_path / "checkpoints", tmp_path / "words", []
    words.mkdir()
    totals: list[Any] = []

    def setup():
        runs.append(1)
        sc = SparkContext.getOrCreate(SparkConf().setMaster("local[2]").setAppName("x"))
        ssc = StreamingContext(sc, BATCH_SECONDS)
        stream = ssc.textFileStream(str(words)).map(lambda word: (word, 1))
        counts = stream.updateStateByKey(lambda values, state: sum(values) + (state or 0))
        counts.checkpoint(BATCH_SECONDS)
        counts.foreachRDD(lambda rdd: totals.append(rdd.collect()))
        return ssc

    for run in (1, 2):
        ssc = StreamingContext.getOrCreate(str(checkpoints), setup)
        ssc.start()
        appear(words, f"file{run}", "word\n")
        wait_until(lambda: totals and totals[-1] == [("word", run)])
        ssc.stop(True, True)
    assert len(runs) == 2  # The functions come from the program, each time.


def test_a_plain_checkpoint_begins_anew(sc, tmp_path: pathlib.Path):
    for _ in (1, 2):
        ssc = StreamingContext(sc, BATCH_SECONDS)
        ssc.checkpoint(str(tmp_path))
        stream = ssc.queueStream([[("k", 1)]])
        totals = gathered(stream.updateStateByKey(lambda values, state: sum(values) + (state or 0)))
        ssc.start()
        wait_until(lambda: totals)
        ssc.stop(False)
        assert totals[0] == [("k", 1)]


def test_a_function_of_a_checkpointed_program_must_not_hold_the_context(sc, ssc, tmp_path):
    ssc.checkpoint(str(tmp_path))
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: sc.parallelize([1]).count())
    with pytest.raises(DriverOnlyError, match="attempting to reference SparkContext") as raised:
        ssc.start()
    assert "streaming_context_test.py" in str(raised.value)


def test_settings_become_the_streams(sc):
    conf = SparkConf().setMaster("local[2]").setAppName("x")
    conf.set("spark.streaming.blockInterval", "50ms")
    conf.set("spark.streaming.backpressure.enabled", "true")
    conf.set("spark.streaming.stopGracefullyOnShutdown", "true")
    sc.stop()
    with SparkContext(conf=conf) as configured:
        ssc = StreamingContext(configured, 1)
        assert ssc._options.block_seconds == 0.05
        assert ssc._options.backpressure
        assert ssc.stops_gracefully


def test_settings_that_mean_nothing_here_are_logged_at_debug(sc, caplog):
    sc._conf.set("spark.streaming.ui.retainedBatches", "5")
    with caplog.at_level("DEBUG", logger="thalweg"):
        StreamingContext(sc, 1)
    assert "retainedBatches" in caplog.text


def test_pprint_prints_as_pyspark_does(ssc, capsys):
    ssc.queueStream([range(12)]).pprint(3)
    times: list[datetime.datetime] = []
    ssc.queueStream([]).foreachRDD(lambda time, rdd: times.append(time))
    ssc.start()
    wait_until(lambda: len(times) >= 2)
    ssc.stop(False)
    rule = "-" * 43
    begin = f"{rule}\nTime: {times[0]}\n{rule}\n0\n1\n2\n...\n\n"
    assert capsys.readouterr().out.startswith(begin + f"{rule}\nTime: {times[1]}\n{rule}\n\n")
