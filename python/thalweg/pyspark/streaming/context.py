# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.context``."""

import os
import uuid
from typing import TYPE_CHECKING, Any, Optional

from thalweg import streaming_context
from thalweg.errors import UnsupportedError
from thalweg.pyspark.context import SparkContext
from thalweg.pyspark.naming import hint, pyspark_names
from thalweg.pyspark.streaming.dstream import DStream
from thalweg.pyspark.streaming.listener import JavaShapedListener, StreamingListener

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import StreamingContextNames
else:
    StreamingContextNames = streaming_context.StreamingContext

__all__ = ["StreamingContext"]


@pyspark_names
class StreamingContext(StreamingContextNames):
    """thalweg.StreamingContext under PySpark's names, with PySpark's arguments.

    ``batchDuration`` is in seconds. ``jssc``, the JVM's context, is refused.

    >>> StreamingContext(sc, batchDuration=1).queueStream([[1, 2]]).pprint()
    """

    _stream_class = DStream

    def __init__(
        self,
        sparkContext: SparkContext,
        batchDuration: Optional[float] = None,
        jssc: Any = None,
    ) -> None:
        if jssc is not None:
            raise UnsupportedError(
                "there is no JVM whose streaming context could be used; leave jssc out"
            )
        super().__init__(sparkContext, batchDuration)

    def addStreamingListener(self, streamingListener: StreamingListener) -> None:
        """``streamingListener``, a StreamingListener, is told what the context does.

        >>> ssc.addStreamingListener(StreamingListener())
        """
        self.add_streaming_listener(JavaShapedListener(streamingListener))

    def checkpoint(self, directory: str) -> None:
        """States survive failures of batches in ``directory``, where each run begins anew.

        As in PySpark, getOrCreate() is what goes on from what an earlier run left: it makes a
        program that survives its own end.

        >>> ssc.checkpoint("/tmp/checkpoint")
        """
        self._go_on_from(os.path.join(directory, f"run-{uuid.uuid4()}"))

    def textStream(self, directory: str) -> DStream[str]:
        """The same as textFileStream(), which is its usual name.

        >>> ssc.textStream("/tmp/in").pprint()
        """
        hint("StreamingContext.textStream()", "textFileStream()")
        return self.textFileStream(directory)

    @property
    def _jssc(self) -> "_Stoppable":
        return _Stoppable(self)


class _Stoppable:
    """What programs find that reach for the JVM's context: enough to stop it."""

    def __init__(self, context: StreamingContext) -> None:
        self._context = context

    def stop(self, stop_spark_context: bool = True, stop_gracefully: bool = False) -> None:
        self._context.stop(stop_spark_context, stop_gracefully)
