# SPDX-License-Identifier: Apache-2.0
"""The C++ engine as Python's modules see it.

Nothing here is for users: ``thalweg`` and ``thalweg.pyspark`` are made of it. Names are the
engine's. Rows are any Python objects. Functions are called on the engine's threads, one at a time,
as the interpreter allows. Every call that may wait releases the interpreter meanwhile and answers
Ctrl-C with KeyboardInterrupt.

Errors: what a user's function raised arrives as FunctionError, whose ``__cause__`` is the original
exception with its traceback, and whose text names the operator and the record. Everything else
that the engine refuses is a subclass of EngineError, by the engine's error code.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Optional

class EngineError(RuntimeError):
    """Any failure of the engine. ``code`` is the engine's: "unavailable", "not_found", ..."""

    code: str

class FunctionError(EngineError):
    """A user's function raised; see ``__cause__``. code is "user_error"."""

class InvalidArgument(EngineError, ValueError):
    """A request that makes no sense. code is "invalid_argument"."""

class NotFound(EngineError, FileNotFoundError):
    """A named thing does not exist. code is "not_found"."""

class VirtualClock:
    """A clock that tests move by hand. Times are milliseconds since 1970."""

    def __init__(self, now_ms: int = 0) -> None: ...
    def now_ms(self) -> int: ...
    def advance_to(self, time_ms: int) -> None:
        """Moves to ``time_ms``, waking what waits for a time up to it, in order."""

def portable_hash(key: Any) -> int:
    """PySpark's: the same in every process for None, numbers, str, bytes and tuples of these.

    Errors: TypeError for what can't be hashed."""

def current_task() -> Optional[tuple[int, int, int]]:
    """(stage, partition, attempt) of the task that this thread runs; None outside tasks."""

def connectors() -> list[dict[str, Any]]:
    """Every connector: name, summary, reads, writes, options; an option: name, alias, type,
    default, required, help."""

def check_connection(
    name: str, options: dict[str, str], write: bool = False
) -> list[tuple[str, str, str]]:
    """The steps to a first record: (step, "passed", "failed" or "skipped", what was found)."""

class Partitioner:
    """Divides keys among ``count`` partitions by ``function(key) % count``.

    None stands for portable_hash, which needs no call into Python. Equal where both are."""

    def __init__(self, count: int, function: Optional[Callable[[Any], int]] = None) -> None: ...
    @property
    def count(self) -> int: ...
    @property
    def function(self) -> Optional[Callable[[Any], int]]: ...
    def __call__(self, key: Any) -> int: ...
    def __eq__(self, other: object) -> bool: ...

class Session:
    """Threads, memory and files. ``master``: local, local[N], local[*]."""

    def __init__(
        self,
        master: str,
        name: str,
        *,
        memory_bytes_max: int = 0,
        spill_directory: str = "/tmp",
        line_bytes_max: int = 1 << 20,
        key_group_count: int = 128,
        clock: Optional[VirtualClock] = None,
        states_on_disk: bool = False,
    ) -> None: ...
    @property
    def worker_count(self) -> int: ...
    @property
    def records_read(self) -> int: ...
    @property
    def spilled_bytes(self) -> int:
        """Written to disk so far, for want of memory."""
    def abandon_disk(self) -> None:
        """Removes what was written to disk for want of memory, and has nothing more written: for
        the end of a session whose tasks still run. Errors: EngineError."""
    def parallelize(self, parts: Sequence[Sequence[Any]]) -> Rdd:
        """One partition for each of ``parts``, none for none."""
    def text_file(self, path: str, partitions_min: int, unicode: bool = True) -> Rdd:
        """Lines as str (bytes that are no UTF-8 become U+FFFD), or as bytes."""
    def binary_records(self, path: str, record_bytes: int) -> Rdd: ...
    def object_file(self, directory: str) -> Rdd:
        """What Rdd.save_as_object_file() wrote. Reads our own format only; see there."""
    def union(self, rdds: Sequence[Rdd]) -> Rdd: ...
    def list_files(self, pattern: str) -> list[tuple[str, int]]:
        """(path, bytes) of the files a path, directory or glob names, as text_file() reads them."""
    def read_file(self, path: str) -> bytes: ...
    def dead_letter_count(self) -> int: ...

class Rdd:
    """A partitioned collection with its lineage. A handle; lazy but for the actions."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @name.setter
    def name(self, name: str) -> None: ...
    @property
    def partition_count(self) -> int: ...
    @property
    def partitioner(self) -> Optional[Partitioner]: ...
    @property
    def storage_level(self) -> str:
        """none, memory_only, memory_and_disk, disk_only."""
    def keep(self, level: str) -> None: ...
    def checkpoint(self, directory: str) -> None:
        """Written by the next job that reads it."""
    @property
    def checkpointed(self) -> bool: ...
    def to_debug_string(self) -> str: ...

    # Row by row. keeps_keys: the function leaves keys alone, so that the partitioner stays.
    def map(self, function: Callable[[Any], Any], keeps_keys: bool = False) -> Rdd: ...
    def filter(self, function: Callable[[Any], Any]) -> Rdd: ...
    def flat_map(self, function: Callable[[Any], Iterable[Any]], keeps_keys: bool = False) -> Rdd: ...
    def map_values(self, function: Callable[[Any], Any]) -> Rdd: ...
    def flat_map_values(self, function: Callable[[Any], Iterable[Any]]) -> Rdd: ...
    def map_partitions(
        self,
        function: Callable[[int, Iterator[Any]], Iterable[Any]],
        keeps_keys: bool = False,
        kind: str = "map_partitions",
    ) -> Rdd:
        """What ``function(partition, rows)`` yields; rows are pulled as it asks for them."""

    # Pairs: rows of two items. The results are tuples, in the order in which keys first came.
    def reduce_by_key(self, function: Callable[[Any, Any], Any], partitioner: Partitioner) -> Rdd: ...
    def combine_by_key(
        self,
        create: Callable[[Any], Any],
        add: Callable[[Any, Any], Any],
        merge: Callable[[Any, Any], Any],
        partitioner: Partitioner,
    ) -> Rdd: ...
    def group_by_key(self, partitioner: Partitioner) -> Rdd:
        """(key, [values])."""
    def partition_by(self, partitioner: Partitioner) -> Rdd:
        """Rows unchanged. They may be of more than two items: the first is the key."""
    def cogroup(self, others: Sequence[Rdd], partitioner: Partitioner) -> Rdd:
        """(key, ([values of self], [values of others[0]], ...))."""

    def cartesian(self, other: Rdd) -> Rdd: ...
    def zip(self, other: Rdd) -> Rdd: ...
    def coalesce(self, partitions: int) -> Rdd:
        """Fewer partitions without a shuffle."""
    def repartition(self, partitions: int) -> Rdd: ...

    # Actions.
    def collect(self) -> list[Any]: ...
    def collect_partitions(self, partitions: Optional[Sequence[int]] = None) -> list[list[Any]]:
        """One list for each of ``partitions``, in that order; of all where None."""
    def count(self) -> int: ...
    def take(self, count: int) -> list[Any]: ...
    def run(self) -> None:
        """Computes every partition and drops the rows."""
    def save_as_text_file(self, directory: str) -> None:
        """One file a partition, a line a row: str(row), bytes as they are.
        Errors: InvalidArgument where the directory exists."""
    def save_as_object_file(self, directory: str) -> None: ...

class StreamingContext:
    """Streams in batches. ``interval``: seconds. One may be active in a process."""

    def __init__(
        self,
        session: Session,
        interval: float,
        *,
        block_interval: float = 0.2,
        backpressure: bool = False,
        initial_rate: float = 0.0,
        receiver_max_rate: float = 0.0,
    ) -> None: ...
    @property
    def state(self) -> str:
        """initialized, active, stopped."""
    def socket_text_stream(self, host: str, port: int) -> Stream: ...
    def text_file_stream(self, directory: str) -> Stream: ...
    def binary_records_stream(self, directory: str, record_bytes: int) -> Stream: ...
    def queue_stream(
        self, rdds: Sequence[Rdd], one_at_a_time: bool, default: Optional[Rdd]
    ) -> Stream: ...
    def connector_stream(self, connector: str, options: dict[str, str]) -> Stream:
        """Lines of a connector's source as str."""
    def direct_stream(self, connector: str, options: dict[str, str]) -> Stream:
        """Lines as str, other rows as dict. What each batch has is fixed when it is made."""
    def kafka_stream(self, options: dict[str, str]) -> Stream:
        """Rows (topic, partition, offset, microseconds since 1970, key, value); key and value are
        bytes or None. Each batch has a range of offsets that is fixed when it is made."""
    def transform(
        self,
        streams: Sequence[Stream],
        function: Callable[[int, list[Optional[Rdd]]], Optional[Rdd]],
        kind: str = "transform",
    ) -> Stream:
        """``function(time_ms, rdds)`` makes the RDD of each batch, before it runs. None is no batch,
        given for one of several streams as well; the function of one stream is not called then."""
    def union(self, streams: Sequence[Stream]) -> Stream: ...
    def remember(self, seconds: float) -> None: ...
    def checkpoint(self, directory: str) -> None: ...
    def add_listener(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """Called as ``listener(event, fields)``: streaming_started, receiver_started,
        receiver_error, receiver_stopped, batch_submitted, batch_started, batch_completed,
        output_operation_started, output_operation_completed. Times in fields are milliseconds
        since 1970 or None, durations milliseconds."""
    def start(self) -> None: ...
    def await_termination(self, seconds: Optional[float] = None) -> bool:
        """True when the context has stopped, False when the time is over first. Raises what
        failed first in any batch."""
    def stop(self, graceful: bool) -> None: ...
    def completed_batch_count(self) -> int: ...
    def stop_at_end(self) -> None:
        """await_termination() returns when every input has ended and its batches ran."""

class Stream:
    """A stream of batches. A handle."""

    @property
    def id(self) -> int: ...
    @property
    def slide(self) -> float:
        """Seconds."""
    @property
    def name(self) -> str: ...
    @name.setter
    def name(self, name: str) -> None:
        """How a checkpoint finds the state of this stream again."""
    def window(self, length: float, slide: float) -> Stream: ...
    def reduce_by_key_and_window(
        self,
        function: Callable[[Any, Any], Any],
        inverse: Optional[Callable[[Any, Any], Any]],
        length: float,
        slide: float,
        partitioner: Partitioner,
        keep: Optional[Callable[[Any], Any]],
    ) -> Stream:
        """``keep((key, value))`` decides which keys stay."""
    def update_state_by_key(
        self,
        function: Callable[[list[Any], Any], Any],
        partitioner: Partitioner,
        initial: Optional[Rdd],
    ) -> Stream:
        """``function(new_values, state or None)``; None removes the key. Needs a checkpoint."""
    def for_each_rdd(self, function: Callable[[int, Rdd], None], kind: str = "for_each_rdd") -> None:
        """``function(time_ms, rdd)`` for every batch, in order; may run actions."""
    def keep(self, level: str) -> None: ...
    def checkpoint(self, interval: float) -> None: ...
    def slice(self, begin_ms: int, end_ms: int) -> list[Rdd]: ...
