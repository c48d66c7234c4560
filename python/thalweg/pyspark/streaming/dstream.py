# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.dstream``."""

from typing import TypeVar

from thalweg import dstream
from thalweg.pyspark.naming import hint, pyspark_names

__all__ = ["DStream"]

T = TypeVar("T")


@pyspark_names
class DStream(dstream.DStream[T]):
    """thalweg.DStream under PySpark's names, with PySpark's arguments.

    >>> ssc.queueStream([["a", "b", "a"]]).countByValue().pprint()
    """

    def print(self, num: int = 10) -> None:
        """The same as pprint(), which is its usual name.

        >>> ssc.queueStream([[1]]).print()
        """
        hint("DStream.print()", "pprint()")
        dstream.DStream.print(self, num)

    @property
    def _slideDuration(self) -> float:
        return self.slide_duration
