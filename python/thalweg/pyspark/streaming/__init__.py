# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming``."""

from thalweg.pyspark.streaming.context import StreamingContext
from thalweg.pyspark.streaming.dstream import DStream
from thalweg.pyspark.streaming.listener import StreamingListener

__all__ = ["DStream", "StreamingContext", "StreamingListener"]
