# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.dstream``."""

from typing import TYPE_CHECKING, Any, TypeVar

from thalweg import dstream
from thalweg.pyspark.naming import hint, method_name, pyspark_names

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import DStreamNames
else:
    DStreamNames = dstream.DStream

__all__ = ["DStream"]

T = TypeVar("T")


@pyspark_names
class DStream(DStreamNames[T]):
    """thalweg.DStream under PySpark's names, with PySpark's arguments.

    >>> ssc.queueStream([["a", "b", "a"]]).countByValue().pprint()
    """

    @staticmethod
    def _spelled(method: str) -> str:
        return method_name(method)

    @property
    def _slideDuration(self) -> float:
        return self.slide_duration


def _print(self: DStream[Any], num: int = 10) -> None:
    """The same as pprint(), which is its usual name."""
    hint("DStream.print()", "pprint()")
    dstream.DStream.print(self, num)


# The native print() is PySpark's pprint(), so that this one comes when the names are made.
setattr(DStream, "print", _print)
