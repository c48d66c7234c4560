# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.kafka``, as it was until Spark 2."""

from typing import Any, NoReturn

from thalweg.errors import UnsupportedError

__all__ = ["KafkaUtils"]


class KafkaUtils:
    """Streams of Kafka's topics. They come with the Kafka connector, which is not there yet."""

    @staticmethod
    def createDirectStream(*arguments: Any, **named: Any) -> NoReturn:
        """Refused until the connector is there.

        >>> KafkaUtils.createDirectStream(None, ["topic"], {})
        Traceback (most recent call last):
        ...
        thalweg.errors.UnsupportedError: ...
        """
        raise UnsupportedError(
            "KafkaUtils.createDirectStream needs the Kafka connector, which this version does not "
            "have; until it does, let a consumer of yours write to a socket (socketTextStream) or "
            "to files (textFileStream)"
        )

    @staticmethod
    def createStream(*arguments: Any, **named: Any) -> NoReturn:
        """Refused: it read through ZooKeeper, as Kafka no longer allows.

        >>> KafkaUtils.createStream(None, "localhost:2181", "group", {})
        Traceback (most recent call last):
        ...
        thalweg.errors.UnsupportedError: ...
        """
        raise UnsupportedError(
            "KafkaUtils.createStream read through ZooKeeper, which Kafka no longer offers; "
            "createDirectStream is what takes its place"
        )
