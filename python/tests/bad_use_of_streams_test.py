# SPDX-License-Identifier: Apache-2.0
"""Likely mistakes are refused with what is wrong, where in the program, and what to do instead."""

import inspect
import operator
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import thalweg
from programs import SECONDS_MAX
from thalweg.errors import DriverOnlyError, UnsupportedError
from thalweg.pyspark import SparkContext
from thalweg.pyspark.sql import SparkSession
from thalweg.pyspark.streaming import StreamingContext
from thalweg.pyspark.streaming.kafka import KafkaUtils


@pytest.fixture
def ssc(sc: SparkContext) -> Iterator[StreamingContext]:
    made = StreamingContext(sc, 0.1)
    yield made
    made.stop(False)


def refused(call: Callable[[], Any], kind: type[BaseException], *said: str) -> None:
    """``call``, a lambda of one line, raises ``kind`` with a text that says all of ``said``, and
    where the call is."""
    with pytest.raises(kind) as raised:
        call()
    text = str(raised.value)
    line = inspect.getsourcelines(call)[1]
    for words in (*said, f"bad_use_of_streams_test.py:{line}"):
        assert words in text, text


def test_forgetting_an_output_operation(ssc):
    ssc.queueStream([[1]]).map(str)
    refused(lambda: ssc.start(), ValueError, "no output operation", "pprint()", "foreachRDD(f)")


def test_starting_twice_is_said_and_changes_nothing(ssc, caplog):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    ssc.start()
    assert "running already" in caplog.text
    assert "bad_use_of_streams_test.py" in caplog.text
    assert ssc.state == "active"


def test_starting_again_after_stop(ssc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    ssc.stop(False)
    refused(lambda: ssc.start(), RuntimeError, "stopped", "make a new one")


def test_starting_a_second_context(ssc, sc):
    ssc.queueStream([[1]]).foreachRDD(lambda rdd: None)
    ssc.start()
    second = StreamingContext(sc, 1)
    second.queueStream([[1]]).pprint()
    refused(lambda: second.start(), RuntimeError, "only one", "stop() it first")


@pytest.mark.parametrize("when", ["active", "stopped"])
def test_adding_operators_after_start(ssc, when):
    stream = ssc.queueStream([[("a", 1)]])
    stream.foreachRDD(lambda rdd: None)
    ssc.start()
    if when == "stopped":
        ssc.stop(False)
    build = "build the whole graph before start()"
    refused(lambda: stream.map(str), RuntimeError, f"once the streaming context is {when}", build)
    refused(lambda: stream.pprint(), RuntimeError, "pprint", build)
    refused(lambda: stream.window(0.1), RuntimeError, "window", build)
    refused(lambda: stream.updateStateByKey(max), RuntimeError, "update_state_by_key", build)
    refused(lambda: ssc.queueStream([[1]]), RuntimeError, "queue_stream", build)
    refused(lambda: ssc.textFileStream("/tmp"), RuntimeError, "text_file_stream", build)
    refused(lambda: ssc.union(stream, stream), RuntimeError, "union", build)


@pytest.mark.parametrize("seconds", [0, -1, 1e-9])
def test_a_batch_duration_that_is_none(sc, seconds):
    refused(lambda: StreamingContext(sc, seconds), ValueError, "at least 0.001 s", str(seconds))


def test_arguments_of_wrong_types(sc, ssc):
    stream = ssc.queueStream([[1]])
    refused(lambda: StreamingContext(sc), TypeError, "number of seconds", "None")
    refused(lambda: StreamingContext(None, 1), TypeError, "SparkContext", "NoneType")
    refused(lambda: stream.map(3), TypeError, "map needs a function", "int: 3")
    refused(lambda: stream.reduceByKey("add"), TypeError, "reduce_by_key needs a function")
    refused(lambda: stream.foreachRDD(None), TypeError, "foreachRDD needs a function")
    refused(lambda: stream.union([1]), TypeError, "union needs another stream", "[1]")
    refused(lambda: ssc.socketTextStream("localhost", "9999"), TypeError, "port", "'9999'")
    refused(lambda: ssc.socketTextStream("localhost", 99999), ValueError, "65535", "99999")
    refused(lambda: StreamingContext.getOrCreate("/tmp", 3), TypeError, "setup_func", "3")


def test_functions_of_a_wrong_number_of_arguments(ssc):
    stream = ssc.queueStream([[1]])
    both = (TypeError, AssertionError)  # PySpark raises the latter.
    for kind in both:
        refused(lambda: stream.transform(lambda: None), kind, "transform", "1 or 2 arguments")
        refused(lambda: stream.foreachRDD(lambda a, b, c: None), kind, "foreachRDD", "<lambda>")
        refused(lambda: stream.transformWith(len, stream), kind, "transformWith", "len")


def test_windows_that_do_not_fit(ssc):
    stream = ssc.queueStream([[1]])
    refused(lambda: stream.window(0.25), ValueError, "window duration", "0.1 s", "0.25 s")
    refused(lambda: stream.window(0.2, 0.15), ValueError, "slide duration", "0.15 s")
    refused(lambda: stream.countByWindow(-1, 1), ValueError, "positive multiple")
    refused(lambda: stream.window(0.4, 0.2).union(stream), ValueError, "0.2 s and 0.1 s")


def test_streams_of_two_contexts(ssc, sc):
    stream, other = ssc.queueStream([[1]]), StreamingContext(sc, 0.1).queueStream([[1]])
    refused(lambda: stream.union(other), ValueError, "two streaming contexts")


def test_a_union_of_nothing(ssc):
    refused(lambda: ssc.union(), ValueError, "at least one stream")
    refused(lambda: ssc.transform([], len), ValueError, "at least one stream")


def test_contexts_rdds_and_streams_in_functions_on_rows(ssc, sc):
    stream, rdd = ssc.queueStream([[1]]), sc.parallelize([1])
    for function, what in [
        (lambda x: sc.parallelize([x]), "'sc'"),
        (lambda x: rdd.count() + x, "'rdd'"),
        (lambda x: stream.count(), "'stream'"),
        (lambda x: ssc.stop(), "'ssc'"),
    ]:
        with pytest.raises(DriverOnlyError, match=what):
            stream.map(function)


def failure_of(ssc: StreamingContext) -> str:
    """What awaitTermination() raises, as Python shows it."""
    ssc.start()
    try:
        ssc.awaitTermination(SECONDS_MAX)
    except RuntimeError:
        return traceback.format_exc()
    raise AssertionError("nothing failed")


def test_an_exception_in_foreach_rdd(ssc):
    def refuse(rdd):
        raise ValueError("not this one")

    ssc.queueStream([[1]]).foreachRDD(refuse)
    failure = failure_of(ssc)
    assert "foreachRDD at " in failure
    assert "in refuse\n" in failure
    assert "ValueError: not this one" in failure


def test_a_wrong_type_in_reduce_by_key(ssc):
    ssc.queueStream([[("a", 1), ("a", "x")]]).reduceByKey(operator.add).pprint()
    failure = failure_of(ssc)
    assert "TypeError: unsupported operand" in failure
    assert "pprint at " in failure
    assert "bad_use_of_streams_test.py" in failure


def test_rows_that_are_no_pairs(ssc):
    ssc.queueStream([[1, 2]]).reduceByKey(operator.add).pprint()
    failure = failure_of(ssc)
    assert "TypeError" in failure
    assert 'record "1"' in failure or 'record "2"' in failure


def test_keys_that_are_not_hashable(ssc):
    ssc.queueStream([[([1], 1)]]).reduceByKey(operator.add).pprint()
    assert "unhashable type: 'list'" in failure_of(ssc)


def test_a_transform_that_returns_no_rdd(ssc):
    ssc.queueStream([[1]]).transform(lambda rdd: rdd.collect()).pprint()
    failure = failure_of(ssc)
    assert "transform at " in failure
    assert "has to return an RDD" in failure
    assert "list: [1]" in failure


def test_what_is_of_sql_is_refused_with_what_to_use(sc):
    from thalweg.pyspark import sql
    from thalweg.pyspark.sql import functions, types

    spark = SparkSession.builder.getOrCreate()
    assert spark.sparkContext is sc
    for call in (
        lambda: spark.readStream,
        lambda: spark.sql("SELECT 1"),
        lambda: functions.col("x"),
        lambda: functions.sum("x"),
        lambda: sql.Row(a=1),
        lambda: types.StringType(),
    ):
        with pytest.raises(UnsupportedError, match="StreamingContext"):
            call()


def test_sql_functions_leave_pythons_own_alone():
    names: dict[str, Any] = {}
    exec("from thalweg.pyspark.sql.functions import *", names)
    assert "sum" not in names and "max" not in names
    assert "col" in names


def test_kafka_says_what_to_use(ssc):
    servers = {"bootstrap.servers": "localhost:9092"}
    refused(lambda: KafkaUtils.createDirectStream(ssc, ["t"], {}), ValueError, "bootstrap.servers")
    refused(lambda: KafkaUtils.createDirectStream(ssc, [], servers), ValueError, "a topic")
    refused(lambda: KafkaUtils.createDirectStream(3, ["t"], servers), TypeError, "int: 3")
    with pytest.raises(UnsupportedError, match="createDirectStream"):
        KafkaUtils.createStream(ssc, "localhost:2181", "group", {"t": 1})


def test_help_teaches():
    text = inspect.getdoc(thalweg.DStream.reduce_by_key_and_window)
    assert text is not None
    for word in ("seconds", "inv_func", "filter_func", "Errors", ">>> "):
        assert word in text
    from thalweg.pyspark.streaming import DStream

    text = inspect.getdoc(DStream.reduceByKeyAndWindow)
    assert text is not None and "invFunc" in text and "filterFunc" in text
