# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.kafka``, as it was until Spark 2, on the Kafka of today."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, NoReturn, Optional

from thalweg.call_site import call_site
from thalweg.errors import UnsupportedError, WrongTypeError, WrongValueError
from thalweg.streaming_context import StreamingContext

__all__ = [
    "Broker",
    "KafkaMessageAndMetadata",
    "KafkaUtils",
    "OffsetRange",
    "TopicAndPartition",
    "utf8_decoder",
]

Decoder = Callable[[Optional[bytes]], Any]

#: What Kafka's clients called things before, and what they do.
_OFFSET_RESETS = {"smallest": "earliest", "largest": "latest"}
#: Settings that only Java's client has: rows are decoded by the decoders here.
_OF_JAVA = frozenset({"key.deserializer", "value.deserializer", "zookeeper.connect"})


def utf8_decoder(s: Optional[bytes]) -> Optional[str]:
    """bytes as text; None stays None.

    >>> utf8_decoder(b"abc"), utf8_decoder(None)
    ('abc', None)
    """
    return None if s is None else s.decode("utf-8")


class TopicAndPartition(NamedTuple):
    """A partition of a topic.

    >>> TopicAndPartition("orders", 0)._topic
    'orders'
    """

    topic: str
    partition: int

    @property
    def _topic(self) -> str:
        return self.topic

    @property
    def _partition(self) -> int:
        return self.partition


class OffsetRange(NamedTuple):
    """Records of a partition, up to but without ``untilOffset``.

    >>> OffsetRange("orders", 0, 10, 20).untilOffset
    20
    """

    topic: str
    partition: int
    fromOffset: int
    untilOffset: int


class Broker(NamedTuple):
    """Where a broker is.

    >>> Broker("localhost", 9092).port
    9092
    """

    host: str
    port: int


class KafkaMessageAndMetadata:
    """A record as a message handler gets it; ``key`` and ``message`` are decoded when asked for.

    >>> KafkaMessageAndMetadata("orders", 0, 17, None, b"3 apples").message
    '3 apples'
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: Optional[bytes],
        message: Optional[bytes],
        keyDecoder: Decoder = utf8_decoder,
        valueDecoder: Decoder = utf8_decoder,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self._raw_key = key
        self._raw_message = message
        self._key_decoder = keyDecoder
        self._value_decoder = valueDecoder

    @property
    def key(self) -> Any:
        """The key, decoded; None where the record has none."""
        return self._key_decoder(self._raw_key)

    @property
    def message(self) -> Any:
        """The value, decoded; None where the record has none."""
        return self._value_decoder(self._raw_message)


class KafkaUtils:
    """Streams of Kafka's topics."""

    @staticmethod
    def createDirectStream(
        ssc: StreamingContext,
        topics: Iterable[str],
        kafkaParams: Mapping[str, Any],
        fromOffsets: Optional[Mapping[TopicAndPartition, int]] = None,
        keyDecoder: Decoder = utf8_decoder,
        valueDecoder: Decoder = utf8_decoder,
        messageHandler: Optional[Callable[[KafkaMessageAndMetadata], Any]] = None,
    ) -> Any:
        """The records of topics as pairs (key, value), or what ``messageHandler`` makes of each.

        Each batch has a range of offsets that is fixed when the batch is made, and a partition for
        each of the topics'. ``kafkaParams`` has ``bootstrap.servers`` (``metadata.broker.list``)
        and perhaps ``auto.offset.reset`` (``earliest`` or ``latest``, which it is without) and
        ``group.id``, to which offsets are committed for others to see; the rest are settings of
        librdkafka. ``fromOffsets`` says where to begin instead.
        Errors: WrongValueError without topics or servers, or for settings that are refused.

        >>> params = {"bootstrap.servers": "localhost:9092", "auto.offset.reset": "earliest"}
        >>> orders = KafkaUtils.createDirectStream(ssc, ["orders"], params)  # doctest: +SKIP
        >>> KafkaUtils.createDirectStream(ssc, [], params)
        Traceback (most recent call last):
        thalweg.errors.WrongValueError: createDirectStream needs a topic, ...
        """
        names = [topics] if isinstance(topics, str) else list(topics)
        options = _options(names, dict(kafkaParams), dict(fromOffsets or {}))
        if not isinstance(ssc, StreamingContext):
            raise WrongTypeError(
                f"createDirectStream needs a StreamingContext, but got {type(ssc).__name__}: "
                f"{ssc!r}, at {call_site()}"
            )
        records = ssc.kafka_stream(options)
        if messageHandler is None:
            return records.map(lambda row: (keyDecoder(row[4]), valueDecoder(row[5])))
        handle = messageHandler
        return records.map(
            lambda row: handle(
                KafkaMessageAndMetadata(
                    row[0], row[1], row[2], row[4], row[5], keyDecoder, valueDecoder
                )
            )
        )

    @staticmethod
    def createStream(*arguments: Any, **named: Any) -> NoReturn:
        """Refused: it read through ZooKeeper, as Kafka no longer allows.

        >>> KafkaUtils.createStream(None, "localhost:2181", "group", {})
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: ...
        """
        raise UnsupportedError(
            "KafkaUtils.createStream read through ZooKeeper, which Kafka no longer offers; use "
            "KafkaUtils.createDirectStream(ssc, topics, {'bootstrap.servers': 'HOST:PORT'})"
        )

    @staticmethod
    def createRDD(*arguments: Any, **named: Any) -> NoReturn:
        """Refused: ranges of offsets are read as streams.

        >>> KafkaUtils.createRDD(None, {}, [])
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: ...
        """
        raise UnsupportedError(
            "KafkaUtils.createRDD is not there: read a range as a stream, by "
            "KafkaUtils.createDirectStream with fromOffsets"
        )


def _options(
    topics: list[str],
    params: dict[str, Any],
    from_offsets: dict[TopicAndPartition, int],
) -> dict[str, str]:
    """The connector's options for what PySpark calls topics, kafkaParams and fromOffsets."""
    servers = params.pop("bootstrap.servers", None) or params.pop("metadata.broker.list", None)
    params.pop("metadata.broker.list", None)
    if not topics or not servers:
        missing = "a topic" if servers else "bootstrap.servers in kafkaParams"
        raise WrongValueError(f"createDirectStream needs {missing}, at {call_site()}")
    options = {
        "kafka.bootstrap.servers": servers if isinstance(servers, str) else ",".join(servers),
        "subscribe": ",".join(topics),
    }
    reset = params.pop("auto.offset.reset", "latest")
    options["startingOffsets"] = _OFFSET_RESETS.get(reset, reset)
    if from_offsets:
        starts: dict[str, dict[str, int]] = {}
        for place, offset in from_offsets.items():
            starts.setdefault(place[0], {})[str(place[1])] = offset
        options["startingOffsets"] = json.dumps(starts)
    for name, value in params.items():
        if name not in _OF_JAVA:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            options[name if name.startswith("kafka.") else f"kafka.{name}"] = text
    return options
