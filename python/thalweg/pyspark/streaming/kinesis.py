# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.kinesis``."""

from typing import Any, NoReturn

from thalweg.errors import UnsupportedError

__all__ = ["InitialPositionInStream", "KinesisUtils", "MetricsLevel", "utf8_decoder"]


def utf8_decoder(s: Any) -> Any:
    """bytes as text; None stays None.

    >>> utf8_decoder(b"abc"), utf8_decoder(None)
    ('abc', None)
    """
    return None if s is None else s.decode("utf-8")


class InitialPositionInStream:
    """Where to begin in a stream that was not read before."""

    LATEST, TRIM_HORIZON = 0, 1


class MetricsLevel:
    """How much the reader reports about itself."""

    DETAILED, SUMMARY, NONE = 0, 1, 2


class KinesisUtils:
    """Streams of Kinesis. They come with the Kinesis connector, which is not there yet."""

    @staticmethod
    def createStream(*arguments: Any, **named: Any) -> NoReturn:
        """Refused until the connector is there.

        >>> KinesisUtils.createStream(None, "app", "stream")
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: ...
        """
        raise UnsupportedError(
            "KinesisUtils.createStream needs the Kinesis connector, which this version does not "
            "have; until it does, let a consumer of yours write to a socket (socketTextStream) or "
            "to files (textFileStream)"
        )
