# SPDX-License-Identifier: Apache-2.0
"""What a function in a task can learn about the task."""

from __future__ import annotations

import os
import sys
import threading
from decimal import Decimal
from types import FunctionType
from typing import Any, Optional

from thalweg.references import referred

#: (stage, partition, attempt) of the task whose rows this thread opened last.
_opened = threading.local()
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OF_TASKS = (os.path.join(_PACKAGE, "rdd") + os.sep, os.path.join(_PACKAGE, "slicing.py"))


def in_task() -> bool:
    """Whether this thread is running a task now.

    Tasks run on threads that Python did not start, and are entered at a user's function or at one
    of those that RDDs are made of; what else the engine calls are the callbacks of streams.
    """
    if not isinstance(threading.current_thread(), threading._DummyThread):
        return False
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
    entered = frame.f_code.co_filename
    return not entered.startswith(_PACKAGE) or entered.startswith(_OF_TASKS)


def enter(partition: int) -> None:
    """Says that this thread's task computes ``partition``."""
    _opened.task = (0, partition, 0)


def asks_for_task(function: Any) -> bool:
    """Whether a function, or one that it calls directly, speaks of TaskContext."""
    if not isinstance(function, FunctionType):
        return False
    known = [value for _, value in referred(function)]
    for called in list(known):
        if isinstance(called, FunctionType):
            known += (value for _, value in referred(called))
    return any(isinstance(value, type) and issubclass(value, TaskContext) for value in known)


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
        task = getattr(_opened, "task", None) if in_task() else None
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
