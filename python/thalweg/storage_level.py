# SPDX-License-Identifier: Apache-2.0
"""Where the partitions of an RDD are kept."""

from typing import ClassVar


class StorageLevel:
    """Where persist() keeps partitions: memory, disk, or memory first and then disk.

    All PySpark levels are there. This engine has one copy of everything and no memory outside its
    own, so that replication and ``use_off_heap`` are remembered but change nothing.

    >>> StorageLevel.MEMORY_AND_DISK
    StorageLevel(True, True, False, False, 1)
    >>> print(StorageLevel.DISK_ONLY)
    Disk Serialized 1x Replicated
    """

    NONE: ClassVar["StorageLevel"]
    DISK_ONLY: ClassVar["StorageLevel"]
    DISK_ONLY_2: ClassVar["StorageLevel"]
    DISK_ONLY_3: ClassVar["StorageLevel"]
    MEMORY_ONLY: ClassVar["StorageLevel"]
    MEMORY_ONLY_2: ClassVar["StorageLevel"]
    MEMORY_AND_DISK: ClassVar["StorageLevel"]
    MEMORY_AND_DISK_2: ClassVar["StorageLevel"]
    MEMORY_AND_DISK_DESER: ClassVar["StorageLevel"]
    OFF_HEAP: ClassVar["StorageLevel"]

    __slots__ = ("deserialized", "replication", "use_disk", "use_memory", "use_off_heap")

    def __init__(
        self,
        use_disk: bool,
        use_memory: bool,
        use_off_heap: bool,
        deserialized: bool,
        replication: int = 1,
    ) -> None:
        self.use_disk = use_disk
        self.use_memory = use_memory
        self.use_off_heap = use_off_heap
        self.deserialized = deserialized
        self.replication = replication

    def __repr__(self) -> str:
        parts = (
            self.use_disk,
            self.use_memory,
            self.use_off_heap,
            self.deserialized,
            self.replication,
        )
        return f"StorageLevel({', '.join(map(str, parts))})"

    def __str__(self) -> str:
        words = [
            "Disk" if self.use_disk else "",
            "Memory" if self.use_memory else "",
            "OffHeap" if self.use_off_heap else "",
            "Deserialized" if self.deserialized else "Serialized",
            f"{self.replication}x Replicated",
        ]
        return " ".join(filter(None, words))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageLevel) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    @property
    def _engine_level(self) -> str:
        """The engine's word for it."""
        if self.use_memory:
            return "memory_and_disk" if self.use_disk else "memory_only"
        return "disk_only" if self.use_disk else "none"


StorageLevel.NONE = StorageLevel(False, False, False, False)
StorageLevel.DISK_ONLY = StorageLevel(True, False, False, False)
StorageLevel.DISK_ONLY_2 = StorageLevel(True, False, False, False, 2)
StorageLevel.DISK_ONLY_3 = StorageLevel(True, False, False, False, 3)
StorageLevel.MEMORY_ONLY = StorageLevel(False, True, False, False)
StorageLevel.MEMORY_ONLY_2 = StorageLevel(False, True, False, False, 2)
StorageLevel.MEMORY_AND_DISK = StorageLevel(True, True, False, False)
StorageLevel.MEMORY_AND_DISK_2 = StorageLevel(True, True, False, False, 2)
StorageLevel.MEMORY_AND_DISK_DESER = StorageLevel(True, True, False, True)
StorageLevel.OFF_HEAP = StorageLevel(True, True, True, False)
