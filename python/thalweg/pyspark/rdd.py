# SPDX-License-Identifier: Apache-2.0
"""PySpark's RDD."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

import thalweg
from thalweg._engine import portable_hash
from thalweg.pyspark.naming import pyspark_names
from thalweg.pyspark.resultiterable import ResultIterable
from thalweg.pyspark.statcounter import StatCounter
from thalweg.rdd import BoundedFloat

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import RDDNames
else:
    RDDNames = thalweg.RDD

__all__ = [
    "RDD",
    "BoundedFloat",
    "Partitioner",
    "RDDBarrier",
    "ResultIterable",
    "StatCounter",
    "portable_hash",
]

T = TypeVar("T")


class Partitioner:
    """``partitionFunc(key) % numPartitions``, as PySpark has it."""

    def __init__(self, numPartitions: int, partitionFunc: Callable[[Any], int]) -> None:
        self.numPartitions = numPartitions
        self.partitionFunc = partitionFunc

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Partitioner)
            and self.numPartitions == other.numPartitions
            and self.partitionFunc == other.partitionFunc
        )

    def __hash__(self) -> int:
        return hash((self.numPartitions, self.partitionFunc))

    def __call__(self, k: Any) -> int:
        return self.partitionFunc(k) % self.numPartitions


@pyspark_names
class RDD(RDDNames[T]):
    """thalweg.RDD under PySpark's names.

    >>> sc.parallelize([1, 2, 3]).flatMap(lambda x: [x] * x).countByValue()[3]
    3
    """

    @property
    def partitioner(self) -> Optional[Partitioner]:
        """What divides the keys among the partitions; None where rows lie as they came."""
        known = self._engine.partitioner
        return None if known is None else Partitioner(known.count, known.function or portable_hash)

    def getCheckpointFile(self) -> Optional[str]:
        """The address of the directory that holds the RDD, None before it is written."""
        directory = self.get_checkpoint_file()
        return None if directory is None else "file:" + directory

    def toDebugString(self) -> bytes:
        """The lineage, as bytes: this RDD and what it is made of, one a line, indented."""
        text: str = self.to_debug_string()
        return text.encode("utf-8")


class RDDBarrier(Generic[T]):
    """Refused: see RDD.barrier()."""

    def __init__(self, rdd: RDD[T]) -> None:
        rdd.barrier()

    def mapPartitions(self, f: Any, preservesPartitioning: bool = False) -> Any:
        """Refused: see RDD.barrier()."""

    def mapPartitionsWithIndex(self, f: Any, preservesPartitioning: bool = False) -> Any:
        """Refused: see RDD.barrier()."""
