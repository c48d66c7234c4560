# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.listener``: what happens is told in objects whose fields are read
by calling them, as ``batchCompleted.batchInfo().batchTime().milliseconds()``."""

from collections.abc import Callable
from typing import Any, Optional

from thalweg import listener

__all__ = ["StreamingListener"]


class StreamingListener:
    """Is told what a streaming context does. Subclass it and define the methods you need.

    They are called on the engine's threads, one at a time; a slow one holds the batches up. What
    one raises is logged and forgotten.

    >>> class Delays(StreamingListener):
    ...     def onBatchCompleted(self, batchCompleted):
    ...         print(batchCompleted.batchInfo().totalDelay(), "ms")
    >>> ssc.addStreamingListener(Delays())
    """

    def __init__(self) -> None:
        pass

    def onStreamingStarted(self, streamingStarted: Any) -> None:
        """The context has started, at ``streamingStarted.time()``, milliseconds since 1970."""

    def onReceiverStarted(self, receiverStarted: Any) -> None:
        """An input has begun to receive: ``receiverStarted.receiverInfo()``."""

    def onReceiverError(self, receiverError: Any) -> None:
        """An input has failed; it goes on if it can: ``receiverError.receiverInfo()``."""

    def onReceiverStopped(self, receiverStopped: Any) -> None:
        """An input has ended: ``receiverStopped.receiverInfo()``."""

    def onBatchSubmitted(self, batchSubmitted: Any) -> None:
        """A batch was made and waits to run: ``batchSubmitted.batchInfo()``."""

    def onBatchStarted(self, batchSubmitted: Any) -> None:
        """The first output operation of a batch begins: ``batchStarted.batchInfo()``."""

    def onBatchCompleted(self, batchCompleted: Any) -> None:
        """The last output operation of a batch has ended: ``batchCompleted.batchInfo()``."""

    def onOutputOperationStarted(self, outputOperationStarted: Any) -> None:
        """An output operation begins: ``outputOperationStarted.outputOperationInfo()``."""

    def onOutputOperationCompleted(self, outputOperationCompleted: Any) -> None:
        """An output operation has ended: ``outputOperationCompleted.outputOperationInfo()``."""


class Time:
    """A point in time.

    >>> print(Time(1000), Time(1000).milliseconds())
    1000 ms 1000
    """

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def milliseconds(self) -> int:
        """Since 1970."""
        return self._milliseconds

    def __str__(self) -> str:
        return f"{self._milliseconds} ms"

    def __repr__(self) -> str:
        return f"Time({self._milliseconds})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self._milliseconds == other._milliseconds

    def __lt__(self, other: "Time") -> bool:
        return self._milliseconds < other._milliseconds

    def __hash__(self) -> int:
        return hash(self._milliseconds)


class JavaShaped:
    """A record whose fields are read by calling them.

    >>> info = JavaShaped("Info", numRecords=3)
    >>> info.numRecords(), info
    (3, Info(numRecords=3))
    """

    def __init__(self, kind: str, **fields: Any) -> None:
        self._kind = kind
        self._fields = fields

    def __getattr__(self, name: str) -> Callable[[], Any]:
        try:
            value = self.__dict__["_fields"][name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda: value

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._fields.items())
        return f"{self._kind}({fields})"


class JavaShapedListener(listener.StreamingListener):
    """Tells one of PySpark's listeners, or any object with its methods."""

    def __init__(self, told: Any) -> None:
        self._told = told

    def on_streaming_started(self, time: int) -> None:
        self._tell("StreamingStarted", time=time)

    def on_receiver_started(self, receiver: listener.ReceiverInfo) -> None:
        self._tell("ReceiverStarted", receiverInfo=_receiver(receiver))

    def on_receiver_error(self, receiver: listener.ReceiverInfo) -> None:
        self._tell("ReceiverError", receiverInfo=_receiver(receiver))

    def on_receiver_stopped(self, receiver: listener.ReceiverInfo) -> None:
        self._tell("ReceiverStopped", receiverInfo=_receiver(receiver))

    def on_batch_submitted(self, batch: listener.BatchInfo) -> None:
        self._tell("BatchSubmitted", batchInfo=_batch(batch))

    def on_batch_started(self, batch: listener.BatchInfo) -> None:
        self._tell("BatchStarted", batchInfo=_batch(batch))

    def on_batch_completed(self, batch: listener.BatchInfo) -> None:
        self._tell("BatchCompleted", batchInfo=_batch(batch))

    def on_output_operation_started(self, operation: listener.OutputOperationInfo) -> None:
        self._tell("OutputOperationStarted", outputOperationInfo=_operation(operation))

    def on_output_operation_completed(self, operation: listener.OutputOperationInfo) -> None:
        self._tell("OutputOperationCompleted", outputOperationInfo=_operation(operation))

    def _tell(self, event: str, **fields: Any) -> None:
        method = getattr(self._told, "on" + event, None)
        if method is not None:
            method(JavaShaped("StreamingListener" + event, **fields))


def _number(value: Optional[int]) -> int:
    """As the JVM has it: -1 for what is not known yet."""
    return -1 if value is None else value


def _receiver(receiver: listener.ReceiverInfo) -> JavaShaped:
    return JavaShaped(
        "ReceiverInfo",
        streamId=receiver.stream_id,
        name=receiver.name,
        active=receiver.active,
        location="localhost",
        executorId="driver",
        lastErrorMessage=receiver.last_error_message,
        lastError=receiver.last_error_message,
        lastErrorTime=-1,
    )


def _batch(batch: listener.BatchInfo) -> JavaShaped:
    return JavaShaped(
        "BatchInfo",
        batchTime=Time(batch.batch_time),
        streamIdToInputInfo={
            stream: JavaShaped(
                "StreamInputInfo",
                inputStreamId=info.input_stream_id,
                numRecords=info.num_records,
                metadata={},
                metadataDescription="",
            )
            for stream, info in batch.stream_id_to_input_info.items()
        },
        submissionTime=batch.submission_time,
        processingStartTime=_number(batch.processing_start_time),
        processingEndTime=_number(batch.processing_end_time),
        schedulingDelay=_number(batch.scheduling_delay),
        processingDelay=_number(batch.processing_delay),
        totalDelay=_number(batch.total_delay),
        numRecords=batch.num_records,
        outputOperationInfos={
            number: _operation(operation)
            for number, operation in batch.output_operation_infos.items()
        },
    )


def _operation(operation: listener.OutputOperationInfo) -> JavaShaped:
    return JavaShaped(
        "OutputOperationInfo",
        batchTime=Time(operation.batch_time),
        id=operation.id,
        name=operation.name,
        description=operation.name,
        startTime=_number(operation.start_time),
        endTime=_number(operation.end_time),
        failureReason=operation.failure_reason,
    )
