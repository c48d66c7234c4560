# SPDX-License-Identifier: Apache-2.0
"""What docstrings call ``queue`` and ``show``: streams that run on a clock moved by hand."""

import time
from collections.abc import Iterable
from typing import Any

from thalweg import Context, DStream, StreamingContext
from thalweg._engine import VirtualClock

BATCH_SECONDS_MAX = 60


class Queue:
    """``queue(*batches)``: a stream of a context of its own, with batches of one second."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, *batches: Iterable[Any]) -> DStream[Any]:
        return self._streams(StreamingContext(self._context, 1), batches)

    def together(self, *streams: Iterable[Any]) -> list[DStream[Any]]:
        """Streams of one context, each of one batch."""
        streaming = StreamingContext(self._context, 1)
        return [self._streams(streaming, [rows]) for rows in streams]

    def _streams(
        self, streaming: StreamingContext, batches: Iterable[Iterable[Any]]
    ) -> DStream[Any]:
        rdds = [self._context.parallelize(rows, 1) for rows in batches]
        vars(streaming)["batch_count"] = len(rdds)
        return streaming.queue_stream(rdds)


def show_on(clock: VirtualClock) -> Any:
    """``show(stream)``: prints the rows of each batch as a list."""

    def show(stream: DStream[Any]) -> None:
        for rows in batches_of(stream, clock, vars(stream.context())["batch_count"]):
            print(rows)

    return show


def batches_of(stream: DStream[Any], clock: VirtualClock, count: int) -> list[list[Any]]:
    """Runs the context of ``stream`` for ``count`` batches of the stream and stops it."""
    batches: list[list[Any]] = []
    stream.for_each_rdd(lambda rdd: batches.append(rdd.collect()))
    streaming = stream.context()
    streaming.start()
    try:
        for number in range(1, count + 1):
            clock.advance_to(round(clock.now_ms() + 1000 * stream.slide_duration))
            wait_for(streaming, number)
    finally:
        streaming.stop(stop_spark_context=False)
    return batches


def wait_for(streaming: StreamingContext, batch_count: int) -> None:
    """Returns when so many batches have run. Errors: what failed in one; TimeoutError."""
    until = time.monotonic() + BATCH_SECONDS_MAX
    while streaming._engine.completed_batch_count() < batch_count:
        if time.monotonic() > until:
            streaming._engine.await_termination(0)
            raise TimeoutError(f"batch {batch_count} has not run for {BATCH_SECONDS_MAX} s")
        time.sleep(0.001)
    streaming._engine.await_termination(0)
