# SPDX-License-Identifier: Apache-2.0
"""Thalweg: streams in batches, and the collections they are made of, on a native engine.

>>> import thalweg
>>> with thalweg.Context("local[2]", "words") as context:
...     words = context.parallelize(["a b", "b"]).flat_map(str.split)
...     sorted(words.map(lambda word: (word, 1)).reduce_by_key(int.__add__).collect())
[('a', 1), ('b', 2)]

The names are PySpark's in snake_case. Programs written for PySpark run on ``thalweg.pyspark``,
which has PySpark's own names, or unchanged by ``thalweg run job.py``.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thalweg._engine import EngineError as EngineError
    from thalweg._engine import FunctionError as FunctionError
    from thalweg.accumulator import Accumulator as Accumulator
    from thalweg.accumulator import AccumulatorParam as AccumulatorParam
    from thalweg.broadcast import Broadcast as Broadcast
    from thalweg.conf import Conf as Conf
    from thalweg.context import Context as Context
    from thalweg.dstream import DStream as DStream
    from thalweg.errors import ThalwegError as ThalwegError
    from thalweg.errors import UnsupportedError as UnsupportedError
    from thalweg.kafka import KafkaRecord as KafkaRecord
    from thalweg.listener import StreamingListener as StreamingListener
    from thalweg.rdd import RDD as RDD
    from thalweg.result_iterable import ResultIterable as ResultIterable
    from thalweg.stat_counter import StatCounter as StatCounter
    from thalweg.storage_level import StorageLevel as StorageLevel
    from thalweg.streaming_context import StreamingContext as StreamingContext
    from thalweg.task_context import TaskContext as TaskContext

#: Where each public name is defined; the module is loaded when the name is first used.
_HOMES = {
    "Accumulator": "thalweg.accumulator",
    "AccumulatorParam": "thalweg.accumulator",
    "Broadcast": "thalweg.broadcast",
    "Conf": "thalweg.conf",
    "Context": "thalweg.context",
    "DStream": "thalweg.dstream",
    "EngineError": "thalweg._engine",
    "FunctionError": "thalweg._engine",
    "KafkaRecord": "thalweg.kafka",
    "RDD": "thalweg.rdd",
    "ResultIterable": "thalweg.result_iterable",
    "StatCounter": "thalweg.stat_counter",
    "StorageLevel": "thalweg.storage_level",
    "StreamingContext": "thalweg.streaming_context",
    "StreamingListener": "thalweg.listener",
    "TaskContext": "thalweg.task_context",
    "ThalwegError": "thalweg.errors",
    "UnsupportedError": "thalweg.errors",
}

__version__ = "0.1.0"
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'thalweg' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOMES))
