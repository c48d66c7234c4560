# SPDX-License-Identifier: Apache-2.0
"""What every RDD has: its place in the lineage, its name, and where it is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

from thalweg import _engine
from thalweg.closures import DriverOnly
from thalweg.errors import UnsupportedError, WrongStateError, WrongTypeError
from thalweg.storage_level import StorageLevel

if TYPE_CHECKING:
    from thalweg.context import Context
    from thalweg.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
B = TypeVar("B", bound="RddBase[Any]")


class RddBase(DriverOnly, Generic[T]):
    """The handle: the engine's RDD and the context that it belongs to."""

    _driver_only = (
        "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER",
        "an RDD",
        "collect what the function needs first, or join() the two RDDs",
    )

    def __init__(self, engine: _engine.Rdd, context: Context) -> None:
        self._engine = engine
        self._context = context
        #: Whether persist() or cache() was called.
        self.is_cached = False
        self._local_checkpoint = False
        self._checkpoint_file: Optional[str] = None

    @property
    def context(self) -> Context:
        """The context that the RDD was made by.

        >>> context.parallelize([1]).context is context
        True
        """
        return self._context

    @property
    def ctx(self) -> Context:
        """The same as ``context``.

        >>> context.parallelize([1]).ctx is context
        True
        """
        return self._context

    @property
    def partitioner(self) -> Optional[Any]:
        """What divides the keys among the partitions; None where rows lie as they came.

        >>> pairs = context.parallelize([(1, "a")])
        >>> pairs.partitioner is None, pairs.partition_by(3).partitioner.count
        (True, 3)
        """
        return self._engine.partitioner

    def id(self) -> int:
        """A number that no other RDD of the session has.

        >>> context.parallelize([1]).id() < context.parallelize([1]).id()
        True
        """
        return self._engine.id

    def name(self) -> Optional[str]:
        """The name given by set_name(), None without one.

        >>> context.parallelize([1]).set_name("ones").name()
        'ones'
        """
        return self._engine.name or None

    def set_name(self: B, name: str) -> B:
        """Names the RDD, for logs and to_debug_string(); returns it.

        >>> context.parallelize([1]).set_name("ones").name()
        'ones'
        """
        self._engine.name = name
        return self

    def get_num_partitions(self) -> int:
        """How many partitions there are.

        >>> context.parallelize(range(10), 3).get_num_partitions()
        3
        """
        return self._engine.partition_count

    def to_debug_string(self) -> Any:
        """The lineage: this RDD and what it is made of, one a line, indented.

        >>> "map" in context.parallelize([1]).map(str).to_debug_string()
        True
        """
        return self._engine.to_debug_string()

    # Keeping.

    def persist(self: B, storage_level: StorageLevel = StorageLevel.MEMORY_ONLY) -> B:
        """Keeps the partitions when they are first computed; returns the RDD.

        Errors: WrongTypeError when ``storage_level`` is none.

        >>> context.parallelize([1]).persist(StorageLevel.MEMORY_AND_DISK).is_cached
        True
        """
        if not isinstance(storage_level, StorageLevel):
            raise WrongTypeError(
                f"storage_level must be a StorageLevel, as StorageLevel.MEMORY_ONLY: "
                f"got {type(storage_level).__name__}"
            )
        self._engine.keep(storage_level._engine_level)
        self.is_cached = True
        self._kept = storage_level
        return self

    _kept: StorageLevel = StorageLevel.NONE

    def cache(self: B) -> B:
        """Keeps the partitions in memory when they are first computed; returns the RDD.

        >>> context.parallelize([1]).cache().get_storage_level()
        StorageLevel(False, True, False, False, 1)
        """
        return self.persist(StorageLevel.MEMORY_ONLY)

    def unpersist(self: B, blocking: bool = False) -> B:
        """Lets go of what is kept; it is computed again when needed. Returns the RDD.

        >>> context.parallelize([1]).cache().unpersist().is_cached
        False
        """
        self._engine.keep("none")
        self.is_cached = False
        self._kept = StorageLevel.NONE
        return self

    def get_storage_level(self) -> StorageLevel:
        """Where the partitions are kept.

        >>> print(context.parallelize([1]).get_storage_level())
        Serialized 1x Replicated
        """
        return self._kept

    def checkpoint(self) -> None:
        """Has the next job that reads the RDD write it under the checkpoint directory.

        From then on it is read from there, and its lineage is let go. Keep the RDD as well
        (cache()), or it is computed twice.
        Errors: WrongStateError before Context.set_checkpoint_dir().

        >>> numbers = context.parallelize([1, 2])
        >>> numbers.checkpoint()
        >>> numbers.count(), numbers.is_checkpointed()
        (2, True)
        """
        directory = self._context.get_checkpoint_dir()
        if directory is None:
            raise WrongStateError(
                "checkpoint() has no directory to write to; call set_checkpoint_dir() of the "
                "context first"
            )
        self._engine.checkpoint(directory)
        self._checkpoint_file = os.path.join(directory, f"rdd-{self._engine.id}")

    def is_checkpointed(self) -> bool:
        """Whether the RDD is read from its checkpoint by now.

        >>> context.parallelize([1]).is_checkpointed()
        False
        """
        return self._engine.checkpointed or self._local_checkpoint

    def get_checkpoint_file(self) -> Optional[str]:
        """The directory that holds the RDD, None before it is written.

        >>> context.parallelize([1]).get_checkpoint_file() is None
        True
        """
        return self._checkpoint_file if self._engine.checkpointed else None

    def local_checkpoint(self) -> None:
        """Keeps the partitions in memory and then on disk, without a checkpoint directory.

        The lineage stays: nothing is lost when the kept partitions are.

        >>> numbers = context.parallelize([1])
        >>> numbers.local_checkpoint()
        >>> numbers.is_locally_checkpointed()
        True
        """
        self.persist(StorageLevel.MEMORY_AND_DISK)
        self._local_checkpoint = True

    def is_locally_checkpointed(self) -> bool:
        """Whether local_checkpoint() was called.

        >>> context.parallelize([1]).is_locally_checkpointed()
        False
        """
        return self._local_checkpoint

    def clean_shuffle_dependencies(self, blocking: bool = False) -> None:
        """Nothing: the files of a shuffle go with the RDDs that read them.

        >>> context.parallelize([1]).clean_shuffle_dependencies()
        """

    # What only a cluster has.

    def barrier(self) -> Any:
        """Refused: tasks run when a thread is free, never all at once.

        >>> context.parallelize([1]).barrier()
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: barrier() needs all tasks to run at once...
        """
        raise UnsupportedError(
            "barrier() needs all tasks to run at once, which threads of one machine don't; "
            "use map_partitions(), or repartition(1) where the partitions must see each other"
        )

    def with_resources(self: B, profile: Any) -> B:
        """Refused: there are no resources to choose between on one machine.

        >>> context.parallelize([1]).with_resources(None)
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: with_resources() chooses among the machines...
        """
        raise UnsupportedError(
            "with_resources() chooses among the machines of a cluster; here the number of threads "
            "is chosen with the master, as local[4]"
        )

    def get_resource_profile(self) -> Optional[Any]:
        """None: see with_resources().

        >>> context.parallelize([1]).get_resource_profile() is None
        True
        """
        return None

    def to_df(self, schema: Any = None, sample_ratio: Optional[float] = None) -> Any:
        """Refused: there are no data frames yet.

        >>> context.parallelize([1]).to_df()
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: [CALL_BEFORE_INITIALIZE] to_df() makes a data frame...
        """
        raise UnsupportedError(
            "to_df() makes a data frame, which Thalweg has none of; collect() the rows and give "
            "them to pyarrow, pandas or polars",
            "CALL_BEFORE_INITIALIZE",
            {"func_name": "RDD.toDF", "object": "SparkSession"},
        )

    def __repr__(self) -> str:
        name = self._engine.name
        return f"{name + ' ' if name else ''}{self._engine.kind} RDD[{self._engine.id}]"

    # For the modules of Thalweg.

    def _make(self, engine: _engine.Rdd) -> RDD[Any]:
        """An RDD of the same context and the caller's flavour."""
        return self._context._make(engine)

    def _each_partition(
        self,
        function: Callable[[int, Iterator[Any]], Iterable[Any]],
        kind: str,
        keeps_keys: bool = False,
    ) -> RDD[Any]:
        return self._make(self._engine.map_partitions(function, keeps_keys, kind))

    def _collect_each(self, function: Callable[[Iterator[T]], Iterable[U]], kind: str) -> list[U]:
        """What ``function`` yields for each partition's rows, of all partitions in order."""
        return self._each_partition(lambda _, rows: function(rows), kind).collect()

    def _partitions_or_default(self, num_partitions: Optional[int]) -> int:
        """The partitions of a shuffle: as asked for, else spark.default.parallelism, else ours."""
        if num_partitions is not None:
            return num_partitions
        if self._context._conf.contains("spark.default.parallelism"):
            return self._context.default_parallelism
        return self._engine.partition_count
