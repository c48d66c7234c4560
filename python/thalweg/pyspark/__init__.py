# SPDX-License-Identifier: Apache-2.0
"""PySpark's modules, classes and names on Thalweg's engine.

``import thalweg.pyspark as pyspark``, or run a program unchanged by ``thalweg run job.py``.
"""

from typing import Any

from thalweg.pyspark.accumulators import Accumulator, AccumulatorParam
from thalweg.pyspark.broadcast import Broadcast
from thalweg.pyspark.conf import SparkConf
from thalweg.pyspark.context import SparkContext
from thalweg.pyspark.files import SparkFiles
from thalweg.pyspark.naming import hint
from thalweg.pyspark.profiler import BasicProfiler, Profiler
from thalweg.pyspark.rdd import RDD, RDDBarrier
from thalweg.pyspark.serializers import CPickleSerializer, MarshalSerializer
from thalweg.pyspark.status import (
    SparkExecutorInfo,
    SparkJobInfo,
    SparkStageInfo,
    StatusTracker,
)
from thalweg.pyspark.storagelevel import StorageLevel
from thalweg.pyspark.taskcontext import BarrierTaskContext, BarrierTaskInfo, TaskContext
from thalweg.pyspark.util import InheritableThread, inheritable_thread_target
from thalweg.pyspark.version import __version__

__all__ = [
    "Accumulator",
    "AccumulatorParam",
    "BarrierTaskContext",
    "BarrierTaskInfo",
    "BasicProfiler",
    "Broadcast",
    "CPickleSerializer",
    "InheritableThread",
    "MarshalSerializer",
    "Profiler",
    "RDD",
    "RDDBarrier",
    "SparkConf",
    "SparkContext",
    "SparkExecutorInfo",
    "SparkFiles",
    "SparkJobInfo",
    "SparkStageInfo",
    "StatusTracker",
    "StorageLevel",
    "TaskContext",
    "__version__",
    "inheritable_thread_target",
]


def __getattr__(name: str) -> Any:
    if name == "StreamingContext":  # Some programs import it from here.
        hint("from pyspark import StreamingContext", "from pyspark.streaming import it")
        from thalweg.pyspark.streaming import StreamingContext

        return StreamingContext
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
