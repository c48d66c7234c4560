# SPDX-License-Identifier: Apache-2.0
"""Streams of a real Kafka broker, through PySpark's KafkaUtils and through our own words."""

import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import thalweg
from programs import SECONDS_MAX
from thalweg.pyspark import SparkContext
from thalweg.pyspark.streaming import StreamingContext
from thalweg.pyspark.streaming.kafka import KafkaUtils, TopicAndPartition, _options

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "servers"))
import kafka_broker  # noqa: E402


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = kafka_broker.Broker(tmp_path_factory.mktemp("kafka") / "broker")
    try:
        made.start()
    except kafka_broker.Skipped as why:
        print(f"skipped: {why}")
        pytest.skip(str(why))
    made.create_topic("words", 1)
    made.write("words", ["to be", "or not"])
    yield made
    made.stop()


def first_rows(ssc: StreamingContext, stream: Any, count: int) -> list[Any]:
    """The first rows that come. Skips where this build has no library for Kafka."""
    rows: list[Any] = []
    stream.foreachRDD(lambda rdd: rows.extend(rdd.collect()))
    try:
        ssc.start()
        deadline = time.monotonic() + SECONDS_MAX
        while len(rows) < count:
            ssc.awaitTerminationOrTimeout(0.05)
            assert time.monotonic() < deadline
    except thalweg.EngineError as error:
        if "can't be loaded" in str(error):
            pytest.skip("this build has no library for Kafka")
        raise
    finally:
        ssc.stop(False)
    return rows


def test_a_direct_stream_gives_pairs(sc: SparkContext, broker: Any) -> None:
    ssc = StreamingContext(sc, 0.2)
    params = {"metadata.broker.list": broker.address, "auto.offset.reset": "smallest"}
    stream = KafkaUtils.createDirectStream(ssc, ["words"], params)
    assert first_rows(ssc, stream, 2) == [(None, "to be"), (None, "or not")]


def test_a_direct_stream_begins_where_told_and_may_show_where_records_are(
    sc: SparkContext, broker: Any
) -> None:
    ssc = StreamingContext(sc, 0.2)
    stream = KafkaUtils.createDirectStream(
        ssc,
        ["words"],
        {"bootstrap.servers": broker.address},
        fromOffsets={TopicAndPartition("words", 0): 1},
        messageHandler=lambda m: (m.topic, m.partition, m.offset, m.key, m.message),
    )
    assert first_rows(ssc, stream, 1) == [("words", 0, 1, None, "or not")]


def test_our_own_words_give_records(sc: SparkContext, broker: Any) -> None:
    ssc = StreamingContext(sc, 0.2)
    stream = ssc.kafka_stream(
        {
            "kafka.bootstrap.servers": broker.address,
            "subscribe": "words",
            "startingOffsets": "earliest",
        }
    )
    record = first_rows(ssc, stream, 1)[0]
    assert isinstance(record, thalweg.KafkaRecord)
    assert (record.topic, record.partition, record.offset) == ("words", 0, 0)
    assert (record.key, record.value) == (None, b"to be")
    assert abs(record.timestamp / 1e6 - time.time()) < 3600


def test_pysparks_parameters_become_options() -> None:
    params = {
        "bootstrap.servers": ["a:1", "b:2"],
        "group.id": "g",
        "enable.auto.commit": False,
        "key.deserializer": "x",
    }
    assert _options(["t", "u"], params, {TopicAndPartition("t", 1): 5}) == {
        "kafka.bootstrap.servers": "a:1,b:2",
        "subscribe": "t,u",
        "startingOffsets": '{"t": {"1": 5}}',
        "kafka.group.id": "g",
        "kafka.enable.auto.commit": "false",
    }
