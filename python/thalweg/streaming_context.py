# SPDX-License-Identifier: Apache-2.0
"""Programs on streams: makes the streams, starts and stops them."""

from __future__ import annotations

import atexit
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Optional, TypeVar, Union

from thalweg import _engine
from thalweg.batch_functions import context_in, described, with_time
from thalweg.call_site import call_site
from thalweg.closures import DriverOnly
from thalweg.dstream import DStream
from thalweg.errors import DriverOnlyError, WrongStateError, WrongTypeError, WrongValueError
from thalweg.kafka import KafkaRecord
from thalweg.listener import StreamingListener, telling
from thalweg.rdd import RDD
from thalweg.storage_level import StorageLevel
from thalweg.streaming_options import StreamingOptions

if TYPE_CHECKING:
    from thalweg.context import Context

__all__ = ["StreamingContext"]

T = TypeVar("T")
C = TypeVar("C", bound="StreamingContext")

_log = logging.getLogger("thalweg")


class _Refusing:
    """Turns what the engine refuses while the program is built into errors that say where."""

    def __init__(self, context: StreamingContext, what: str) -> None:
        self._context = context
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if not isinstance(error, _engine.InvalidArgument):
            return
        refused = WrongValueError if self._context.state == "initialized" else WrongStateError
        text, site = str(error), call_site()
        subject = "" if self._what in text else f"{self._what}: "
        place = "" if site in text else f", at {site}"
        raise refused(f"{subject}{text}{place}") from None


class StreamingContext(DriverOnly):
    """A program on streams. One may be active in a process.

    ``batch_duration`` is in seconds, at least a millisecond. A batch is made at every multiple of
    it, whether anything came or not. Batches that can't keep up wait, and run in order with their
    own times.

    The context takes these settings of ``spark_context``: ``spark.streaming.blockInterval``,
    ``spark.streaming.backpressure.enabled``, ``spark.streaming.backpressure.initialRate``,
    ``spark.streaming.receiver.maxRate`` and ``spark.streaming.stopGracefullyOnShutdown``.
    Errors: WrongValueError for a duration that is not positive, WrongStateError for a context that
    was stopped.

    >>> streaming = StreamingContext(context, 1)
    >>> streaming.queue_stream([[1, 2]]).print()
    >>> streaming.start()
    >>> streaming.stop(stop_spark_context=False)
    >>> streaming.state
    'stopped'
    """

    _driver_only = (
        "STREAMING_CONTEXT_ONLY_VALID_ON_DRIVER",
        "a streaming context",
        "stop it from the program, after await_termination_or_timeout()",
    )

    _active: ClassVar[Optional[StreamingContext]] = None
    _stream_class: ClassVar[type[DStream[Any]]] = DStream
    #: Set by ``thalweg run --for``: a context stops so many seconds after its start.
    run_seconds_max: ClassVar[Optional[float]] = None

    def __init__(self, spark_context: Context, batch_duration: Optional[float] = None) -> None:
        from thalweg.context import Context

        if not isinstance(spark_context, Context):
            raise WrongTypeError(
                "a streaming context needs a Context (SparkContext), but got "
                f"{type(spark_context).__name__}: {spark_context!r}, at {call_site()}"
            )
        if isinstance(batch_duration, bool) or not isinstance(batch_duration, (int, float)):
            raise WrongTypeError(
                "the batch duration has to be a number of seconds, such as "
                f"StreamingContext(context, 1), but is {batch_duration!r}, at {call_site()}"
            )
        if int(batch_duration * 1000) <= 0:
            raise WrongValueError(
                f"the batch duration has to be at least 0.001 s, but is {batch_duration} s, "
                f"at {call_site()}"
            )
        self._context = spark_context
        self._options = StreamingOptions.of(spark_context._conf)
        self._functions: list[Callable[..., Any]] = []
        self._checkpoint_directory: Optional[str] = None
        self._stops_spark_context = False
        self._started_at = ""
        self._output_count = 0
        self._engine = _engine.StreamingContext(
            spark_context._session,
            int(batch_duration * 1000) / 1000,
            **self._options.of_engine(),
        )

    # One for the process.

    @classmethod
    def get_active(cls) -> Optional[StreamingContext]:
        """The context that was started and not stopped, or None.

        >>> StreamingContext.get_active() is None
        True
        """
        active = StreamingContext._active
        if active is not None and active.state != "active":
            StreamingContext._active = active = None
        return active

    @classmethod
    def get_or_create(cls, checkpoint_path: str, setup_func: Callable[[], C]) -> C:
        """The context that ``setup_func()`` makes, with checkpoints in ``checkpoint_path``.

        ``start()`` goes on from what an earlier run left there. Unlike in Spark the function runs
        also where there is a checkpoint: only data is ever stored, never functions, so that a
        checkpoint can be read after the program has changed, and reading one runs no code from it.

        >>> def setup():
        ...     streaming = StreamingContext(context, 1)
        ...     streaming.queue_stream([]).print()
        ...     return streaming
        >>> StreamingContext.get_or_create("/tmp/checkpoint", setup).state
        'initialized'
        """
        if not callable(setup_func):
            raise WrongTypeError(
                f"setup_func has to be a function that makes a StreamingContext, but is "
                f"{setup_func!r}, at {call_site()}"
            )
        context = setup_func()
        if not isinstance(context, StreamingContext):
            raise WrongTypeError(
                f"{described(setup_func)} has to return a StreamingContext, but returned "
                f"{type(context).__name__}, at {call_site()}"
            )
        if context.state == "initialized":
            context._go_on_from(checkpoint_path)
        return context

    @classmethod
    def get_active_or_create(
        cls, checkpoint_path: Optional[str], setup_func: Callable[[], StreamingContext]
    ) -> StreamingContext:
        """The active context, or what ``get_or_create`` makes; without checkpoints where the path
        is None.

        >>> StreamingContext.get_active_or_create(None, lambda: StreamingContext(context, 1)).state
        'initialized'
        """
        if not callable(setup_func):
            raise WrongTypeError(
                f"setup_func has to be a function that makes a StreamingContext, but is "
                f"{setup_func!r}, at {call_site()}"
            )
        active = cls.get_active()
        if active is not None:
            return active
        return (
            setup_func()
            if checkpoint_path is None
            else cls.get_or_create(checkpoint_path, setup_func)
        )

    @property
    def spark_context(self) -> Context:
        """The context for RDDs, broadcasts and accumulators.

        >>> StreamingContext(context, 1).spark_context is context
        True
        """
        return self._context

    @property
    def stops_gracefully(self) -> bool:
        """Whether ``spark.streaming.stopGracefullyOnShutdown`` is set: what was received is then
        processed when the program ends.

        >>> StreamingContext(context, 1).stops_gracefully
        False
        """
        return self._options.stops_gracefully

    @property
    def state(self) -> str:
        """``initialized``, ``active`` or ``stopped``.

        >>> StreamingContext(context, 1).state
        'initialized'
        """
        return self._engine.state

    # Inputs.

    def socket_text_stream(
        self,
        hostname: str,
        port: int,
        storage_level: StorageLevel = StorageLevel.MEMORY_AND_DISK_2,
    ) -> DStream[str]:
        """The lines that a TCP server sends, in UTF-8.

        It connects again after 2 s when it can't, or is cut off. ``storage_level`` is taken for
        PySpark's sake: what was received is kept in memory, within the session's limit.
        Errors: WrongTypeError or WrongValueError for what is no port.

        >>> StreamingContext(context, 1).socket_text_stream("localhost", 9999).print()
        """
        if isinstance(port, bool) or not isinstance(port, int):
            raise WrongTypeError(f"the port has to be an int, but is {port!r}, at {call_site()}")
        with self._refusing("socket_text_stream"):
            return self._make(self._engine.socket_text_stream(hostname, port))

    def text_file_stream(self, directory: str) -> DStream[str]:
        """The lines of files that appear in a directory, or in those that a glob matches.

        Files have to appear complete, by a move from the same file system. Those that begin with a
        dot are left alone. A file belongs to the batch that follows its time of change.

        >>> StreamingContext(context, 1).text_file_stream("/tmp/in").print()
        """
        with self._refusing("text_file_stream"):
            return self._make(self._engine.text_file_stream(self._context._address(directory)))

    def binary_records_stream(self, directory: str, record_length: int) -> DStream[bytes]:
        """Records of ``record_length`` bytes each, of files that appear in a directory.

        >>> StreamingContext(context, 1).binary_records_stream("/tmp/in", 8).print()
        """
        with self._refusing("binary_records_stream"):
            return self._make(
                self._engine.binary_records_stream(self._context._address(directory), record_length)
            )

    def queue_stream(
        self,
        rdds: Iterable[Union[RDD[T], Iterable[T]]],
        one_at_a_time: bool = True,
        default: Optional[Union[RDD[T], Iterable[T]]] = None,
    ) -> DStream[T]:
        """A stream of RDDs or lists: one a batch, or all in the first.

        When they are used up, each batch is ``default``, or empty. Changes to the queue after this
        call are not seen.

        >>> StreamingContext(context, 1).queue_stream([[1, 2], [3]], default=[0]).print()
        """
        queue = list(rdds)
        if not queue and default is not None:
            queue = [[]]  # As PySpark: the first batch is empty, then come the defaults.
        otherwise = self._context.parallelize([], 1) if default is None else self._as_rdd(default)
        with self._refusing("queue_stream"):
            return self._make(
                self._engine.queue_stream(
                    [self._as_rdd(batch)._engine for batch in queue],
                    one_at_a_time,
                    otherwise._engine,
                )
            )

    def direct_stream(self, connector: str, options: Mapping[str, str]) -> DStream[Any]:
        """The rows of a connector's source that can be read twice: "files", "kafka" or "rate".

        What each batch has is fixed when it is made, so that it is the same after a crash. Lines
        are str; rows with columns are dicts, where a time is microseconds since 1970. ``options``
        are those of docs/connectors/; of files in JSON or CSV ``schema`` names the columns.
        Errors: WrongValueError for an unknown connector, for options that are refused, and for a
        source that can't be read twice.

        >>> ssc = StreamingContext(context, 1)
        >>> options = {"path": "orders", "format": "json", "schema": "id bigint, price double"}
        >>> prices = ssc.direct_stream("files", options).map(lambda row: row["price"])
        >>> prices.print()
        """
        with self._refusing("direct_stream"):
            return self._make(self._engine.direct_stream(connector, dict(options)))

    def kafka_stream(self, options: Mapping[str, str]) -> DStream[KafkaRecord]:
        """The records of topics of Kafka, as KafkaRecord.

        Each batch has a range of offsets that is fixed when the batch is made, so that it is the
        same after a crash, and a partition for each of the topics'. ``options`` are those of
        docs/connectors/kafka.md: at least ``kafka.bootstrap.servers`` and ``subscribe``.
        Errors: WrongValueError for options that are refused, EngineError where this installation
        has no library for Kafka.

        >>> servers = {"kafka.bootstrap.servers": "localhost:9092", "subscribe": "orders"}
        >>> orders = StreamingContext(context, 1).kafka_stream(servers)  # doctest: +SKIP
        """
        with self._refusing("kafka_stream"):
            rows = self._make(self._engine.kafka_stream(dict(options)))
        return rows.map(KafkaRecord._make)

    def transform(
        self, dstreams: Sequence[DStream[Any]], transform_func: Callable[..., RDD[T]]
    ) -> DStream[T]:
        """What ``transform_func(rdds)`` makes of the list of the RDDs of each batch of the streams.

        Errors: WrongValueError without a stream.

        >>> streaming = StreamingContext(context, 1)
        >>> streams = [streaming.queue_stream([[1]]), streaming.queue_stream([[2]])]
        >>> streaming.transform(streams, lambda rdds: rdds[1].union(rdds[0])).print()
        """
        if not dstreams:
            raise WrongValueError(f"transform needs at least one stream, at {call_site()}")
        with_time("transform", transform_func, 1)
        self._note_function(transform_func)
        return self._transformed(
            "transform", dstreams, lambda time_ms, rdds: transform_func(list(rdds))
        )

    def union(self, *dstreams: DStream[Any]) -> DStream[Any]:
        """The rows of several streams.

        Errors: WrongValueError without a stream, or for streams of different slide durations.

        >>> streaming = StreamingContext(context, 1)
        >>> streaming.union(streaming.queue_stream([[1]]), streaming.queue_stream([[2]])).print()
        """
        if not dstreams:
            raise WrongValueError(f"union needs at least one stream, at {call_site()}")
        if len(dstreams) == 1:
            return dstreams[0]
        slides = {stream.slide_duration for stream in dstreams}
        if len(slides) > 1:
            raise WrongValueError(
                "union joins streams of the same slide duration, but got "
                f"{', '.join(f'{slide} s' for slide in sorted(slides))}, at {call_site()}"
            )
        with self._refusing("union"):
            return self._make(self._engine.union([stream._engine for stream in dstreams]))

    # Settings.

    def remember(self, duration: float) -> None:
        """Every stream keeps its RDDs for at least ``duration`` seconds, for ``DStream.slice()``.

        >>> StreamingContext(context, 1).remember(60)
        """
        with self._refusing("remember"):
            self._engine.remember(duration)

    def checkpoint(self, directory: str) -> None:
        """Makes the program survive: what every batch holds, and from time to time all states, are
        written to ``directory``, and ``start()`` goes on from what an earlier run left there.

        Only data is written, never functions.

        >>> StreamingContext(context, 1).checkpoint("/tmp/checkpoint")
        """
        self._go_on_from(directory)

    def add_streaming_listener(self, streaming_listener: StreamingListener) -> None:
        """``streaming_listener`` is told what the context does; see StreamingListener.

        >>> StreamingContext(context, 1).add_streaming_listener(thalweg.StreamingListener())
        """
        with self._refusing("add_streaming_listener"):
            self._engine.add_listener(telling(streaming_listener))

    # Life.

    def start(self) -> None:
        """Starts the inputs and the batches. A second call changes nothing.

        Errors: WrongValueError without an output operation; WrongStateError when another context is
        active, or this one was stopped; DriverOnlyError for a function that refers to the context
        while there are checkpoints.

        >>> streaming = StreamingContext(context, 1)
        >>> streaming.queue_stream([[1]]).for_each_rdd(lambda rdd: None)
        >>> streaming.start()
        >>> streaming.stop(stop_spark_context=False)
        """
        if self.state == "active":
            _log.warning(
                "the streaming context is running already: start() changes nothing, at %s",
                call_site(),
            )
            return
        if self._checkpoint_directory is not None:
            self._require_free_functions()
        active = StreamingContext.get_active()
        if active is not None:
            raise WrongStateError(
                "only one streaming context may be active in a process, and one was started at "
                f"{active._started_at}; stop() it first, at {call_site()}"
            )
        if self.state == "initialized" and self._output_count == 0:
            output, function = map(self._stream_class._spelled, ["print", "for_each_rdd"])
            raise WrongValueError(
                "no output operation is registered, so there is nothing to do; add one, such as "
                f"stream.{output}() or stream.{function}(f), before start(), at {call_site()}"
            )
        with self._refusing("start"):
            self._engine.start()
        self._started_at = call_site()
        StreamingContext._active = self
        self._watch_for_the_end()

    def await_termination(self, timeout: Optional[float] = None) -> None:
        """Waits until the context has stopped, at most ``timeout`` seconds.

        Errors: what failed first in any batch, FunctionError where a function raised; the context
        goes on. KeyboardInterrupt for Ctrl-C.

        >>> streaming = StreamingContext(context, 1)
        >>> streaming.queue_stream([[1]]).for_each_rdd(lambda rdd: None)
        >>> streaming.start()
        >>> streaming.await_termination(0.01)
        >>> streaming.stop(stop_spark_context=False)
        """
        self.await_termination_or_timeout(timeout)

    def await_termination_or_timeout(self, timeout: Optional[float]) -> bool:
        """As ``await_termination``: True when the context has stopped, False when it took longer.

        >>> streaming = StreamingContext(context, 1)
        >>> streaming.queue_stream([[1]]).for_each_rdd(lambda rdd: None)
        >>> streaming.start()
        >>> streaming.await_termination_or_timeout(0.01)
        False
        >>> streaming.stop(stop_spark_context=False)
        """
        stopped = self._engine.await_termination(timeout)
        if stopped:
            self._forget()
            if self._stops_spark_context:
                self._context.stop()
        return stopped

    def stop(self, stop_spark_context: bool = True, stop_gracefully: bool = False) -> None:
        """Stops receiving and making batches, and the Context as well unless told otherwise.

        Gracefully: all that was received so far is processed first. A second call does nothing more
        to the streams. In a function that runs within a batch it returns at once, and the context
        stops afterwards.
        Errors: WrongStateError when a listener calls it.

        >>> streaming = StreamingContext(context, 1)
        >>> streaming.stop(stop_spark_context=False)
        >>> streaming.state
        'stopped'
        """
        with self._refusing("stop"):
            self._engine.stop(stop_gracefully)
        if self.state == "active":  # Called within a batch: it stops after it.
            self._stops_spark_context = stop_spark_context
            return
        self._forget()
        if stop_spark_context:
            self._context.stop()

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop(stop_spark_context=False)

    # For the streams.

    def _make(self, engine: _engine.Stream) -> DStream[Any]:
        return self._stream_class(engine, self)

    def _as_rdd(self, rows: Any) -> RDD[Any]:
        return rows if isinstance(rows, RDD) else self._context.parallelize(rows)

    def _refusing(self, what: str) -> _Refusing:
        return _Refusing(self, what)

    def _note_function(self, function: Callable[..., Any]) -> None:
        self._functions.append(function)

    def _transformed(
        self,
        kind: str,
        streams: Sequence[DStream[Any]],
        function: Callable[[int, list[RDD[Any]]], Optional[RDD[Any]]],
    ) -> DStream[Any]:
        context = self._context  # Not self: what the engine holds must not hold the streams.

        def rdd_of(batch: Optional[_engine.Rdd]) -> RDD[Any]:
            return context.empty_rdd() if batch is None else context._make(batch)

        def make(time_ms: int, batches: list[Optional[_engine.Rdd]]) -> Optional[_engine.Rdd]:
            made = function(time_ms, list(map(rdd_of, batches)))
            if isinstance(made, RDD):
                return made._engine
            if made is None:
                return None
            raise WrongTypeError(
                f"the function of {kind} has to return an RDD, such as rdd.map(f), but returned "
                f"{type(made).__name__}: {made!r}"
            )

        label = f"{kind} at {call_site()}"
        with self._refusing(label):
            return self._make(
                self._engine.transform([stream._engine for stream in streams], make, label)
            )

    def _go_on_from(self, directory: str) -> None:
        with self._refusing("checkpoint"):
            self._engine.checkpoint(self._context._address(directory))
        self._checkpoint_directory = directory

    def _require_free_functions(self) -> None:
        """As PySpark: with checkpoints, functions on batches take the context from their RDD."""
        for function in self._functions:
            name = context_in(function)
            if name is not None:
                raise DriverOnlyError(
                    "It appears that you are attempting to reference SparkContext, as "
                    f"{name!r}, in {described(function)}: with checkpoint() functions on batches "
                    "may not hold a context, which another run would not have; take rdd.context "
                    f"instead, at {call_site()}",
                    "CONTEXT_ONLY_VALID_ON_DRIVER",
                )

    # The end of the program.

    def _watch_for_the_end(self) -> None:
        atexit.register(self._stop_at_exit)
        self._context._before_stop.append(self._stop_at_exit)
        if self._options.stops_gracefully and threading.current_thread() is threading.main_thread():
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                # Ends the program as usual, so that what is registered above stops gracefully.
                signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        if self.run_seconds_max is not None:
            timer = threading.Timer(self.run_seconds_max, self.stop, [True, True])
            timer.daemon = True
            timer.start()
            atexit.register(_end, timer)

    def _forget(self) -> None:
        """Lets go of a context that has stopped, where the process held it."""
        if StreamingContext._active is self:
            StreamingContext._active = None
        atexit.unregister(self._stop_at_exit)
        if self._stop_at_exit in self._context._before_stop:
            self._context._before_stop.remove(self._stop_at_exit)

    def _stop_at_exit(self) -> None:
        if self.state == "active":
            self._engine.stop(self._options.stops_gracefully)


def _end(timer: threading.Timer) -> None:
    """Keeps a timer from running while the process ends."""
    timer.cancel()
    timer.join()
