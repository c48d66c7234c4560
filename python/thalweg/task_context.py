# SPDX-License-Identifier: Apache-2.0
"""What a function in a task can learn about the task."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Optional

from thalweg import _engine


def in_task() -> bool:
    """Whether this thread is running a task now."""
    return _engine.current_task() is not None


class TaskContext:
    """The task that a function runs in. ``TaskContext.get()`` gives it; don't make one.

    >>> TaskContext.get() is None  # Not in a task.
    True
    """

    def __init__(self, stage: int, partition: int, attempt: int) -> None:
        self._stage = stage
        self._partition = partition
        self._attempt = attempt

    @classmethod
    def get(cls) -> Optional[TaskContext]:
        """The task that this thread runs, None outside tasks.

        >>> context.parallelize([7], 1).map(lambda x: TaskContext.get().partition_id()).collect()
        [0]
        """
        task = _engine.current_task()
        return None if task is None else cls(*task)

    def stage_id(self) -> int:
        """The number of the stage: the tasks that run between two shuffles."""
        return self._stage

    def partition_id(self) -> int:
        """The number of the partition that the task computes, from 0."""
        return self._partition

    def attempt_number(self) -> int:
        """How often the task was tried before: 0 for the first time."""
        return self._attempt

    def task_attempt_id(self) -> int:
        """A number of the task that no other running task has."""
        return (self._stage << 20) + self._partition

    def get_local_property(self, key: str) -> Optional[str]:
        """None: local properties belong to the program's threads, tasks have none."""
        return None

    def cpus(self) -> int:
        """How many processors the task has: 1."""
        return 1

    def cpu_amount(self) -> Decimal:
        """As cpus(), as a Decimal."""
        return Decimal(1)

    def resources(self) -> dict[str, Any]:
        """No resources beyond the processor: an empty dict."""
        return {}
