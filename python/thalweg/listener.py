# SPDX-License-Identifier: Apache-2.0
"""What a streaming context reports while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

__all__ = [
    "BatchInfo",
    "OutputOperationInfo",
    "ReceiverInfo",
    "StreamInputInfo",
    "StreamingListener",
]


@dataclass(frozen=True)
class PartitionLag:
    """How far a batch of a direct stream is behind what one partition of its source had then."""

    #: In the connector's words: "topic=orders;partition=3;start=0".
    partition: str
    num_records: int
    #: How long ago the first of these was seen; 0 where none waits.
    seconds: float


@dataclass(frozen=True)
class StreamInputInfo:
    """What one input gave to a batch."""

    input_stream_id: int
    num_records: int
    lags: tuple[PartitionLag, ...] = ()


@dataclass(frozen=True)
class OutputOperationInfo:
    """One output operation of one batch. Times are milliseconds since 1970; None: not yet."""

    batch_time: int
    #: Its place in the order in which the program made them, from 0.
    id: int
    name: str
    start_time: Optional[int]
    end_time: Optional[int]
    failure_reason: Optional[str]

    @property
    def duration(self) -> Optional[int]:
        """Milliseconds from start to end."""
        return _difference(self.end_time, self.start_time)


@dataclass(frozen=True)
class BatchInfo:
    """What is known of a batch; later events know more.

    Times are milliseconds since 1970, delays milliseconds; None: not yet.
    """

    batch_time: int
    #: By the stream's id, for inputs that count what they receive.
    stream_id_to_input_info: dict[int, StreamInputInfo]
    submission_time: int
    processing_start_time: Optional[int]
    processing_end_time: Optional[int]
    #: By the operation's id.
    output_operation_infos: dict[int, OutputOperationInfo]

    @property
    def scheduling_delay(self) -> Optional[int]:
        """How long the batch waited for those before it."""
        return _difference(self.processing_start_time, self.submission_time)

    @property
    def processing_delay(self) -> Optional[int]:
        """How long its output operations took."""
        return _difference(self.processing_end_time, self.processing_start_time)

    @property
    def total_delay(self) -> Optional[int]:
        """From submission to end."""
        return _difference(self.processing_end_time, self.submission_time)

    @property
    def num_records(self) -> int:
        """Of all inputs that count."""
        return sum(info.num_records for info in self.stream_id_to_input_info.values())


@dataclass(frozen=True)
class ReceiverInfo:
    """One input that receives, as a socket does."""

    stream_id: int
    name: str
    active: bool
    last_error_message: str


class StreamingListener:
    """Is told what a streaming context does. Subclass it and define the methods you need.

    They are called on the engine's threads, one at a time; a slow one holds the batches up. What
    one raises is logged and forgotten. A listener can't stop the context.

    >>> from thalweg import StreamingContext
    >>> class Counts(StreamingListener):
    ...     def on_batch_completed(self, batch):
    ...         print(batch.num_records, "records in", batch.processing_delay, "ms")
    >>> StreamingContext(context, 1).add_streaming_listener(Counts())
    """

    def on_streaming_started(self, time: int) -> None:
        """The context has started, at ``time``, milliseconds since 1970."""

    def on_receiver_started(self, receiver: ReceiverInfo) -> None:
        """An input has begun to receive."""

    def on_receiver_error(self, receiver: ReceiverInfo) -> None:
        """An input has failed; it goes on if it can."""

    def on_receiver_stopped(self, receiver: ReceiverInfo) -> None:
        """An input has ended."""

    def on_batch_submitted(self, batch: BatchInfo) -> None:
        """A batch was made and waits to run."""

    def on_batch_started(self, batch: BatchInfo) -> None:
        """The first output operation of a batch begins."""

    def on_batch_completed(self, batch: BatchInfo) -> None:
        """The last output operation of a batch has ended, well or not."""

    def on_output_operation_started(self, operation: OutputOperationInfo) -> None:
        """An output operation of a batch begins."""

    def on_output_operation_completed(self, operation: OutputOperationInfo) -> None:
        """An output operation of a batch has ended, well or not."""


def telling(listener: StreamingListener) -> Callable[[str, dict[str, Any]], None]:
    """What the engine calls with each event, for ``listener``."""

    def tell(event: str, fields: dict[str, Any]) -> None:
        getattr(listener, "on_" + event)(_read(event, fields))

    return tell


def _read(event: str, fields: dict[str, Any]) -> Any:
    if event == "streaming_started":
        return fields["time"]
    if event.startswith("receiver_"):
        return ReceiverInfo(
            fields["stream_id"], fields["name"], fields["active"], fields["last_error"]
        )
    return _batch(fields) if event.startswith("batch_") else _output(fields)


def _batch(fields: dict[str, Any]) -> BatchInfo:
    return BatchInfo(
        batch_time=fields["batch_time"],
        stream_id_to_input_info={
            stream: StreamInputInfo(stream, records, _lags(stream, fields["lags"]))
            for stream, records in fields["input_records"].items()
        },
        submission_time=fields["submission_time"],
        processing_start_time=fields["start_time"],
        processing_end_time=fields["end_time"],
        output_operation_infos={
            operation["id"]: _output(operation) for operation in fields["outputs"]
        },
    )


def _lags(stream: int, lags: list[dict[str, Any]]) -> tuple[PartitionLag, ...]:
    return tuple(
        PartitionLag(lag["partition"], lag["records"], lag["seconds"])
        for lag in lags
        if lag["stream"] == stream
    )


def _output(fields: dict[str, Any]) -> OutputOperationInfo:
    return OutputOperationInfo(
        fields["batch_time"],
        fields["id"],
        fields["name"],
        fields["start_time"],
        fields["end_time"],
        fields["failure"],
    )


def _difference(end: Optional[int], begin: Optional[int]) -> Optional[int]:
    return None if end is None or begin is None else end - begin
