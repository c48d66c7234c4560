# SPDX-License-Identifier: Apache-2.0
"""Names that the program's threads give to their jobs, and what can be asked about jobs."""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Iterator
from typing import NamedTuple, Optional, TypeVar

from thalweg.errors import UnsupportedError, WrongStateError, WrongValueError
from thalweg.task_context import in_task

P = TypeVar("P", bound="JobProperties")

_FINISHED_JOBS_MAX = 1000
_GROUP = "spark.jobGroup.id"
_DESCRIPTION = "spark.job.description"
_INTERRUPT = "spark.job.interruptOnCancel"
_TAGS = "spark.job.tags"


class JobInfo(NamedTuple):
    """What is known of a job. ``status``: RUNNING, SUCCEEDED or FAILED."""

    job_id: int
    stage_ids: list[int]
    status: str


class StageInfo(NamedTuple):
    """What is known of a stage."""

    stage_id: int
    current_attempt_id: int
    name: str
    num_tasks: int
    num_active_tasks: int
    num_completed_tasks: int
    num_failed_tasks: int


class ExecutorInfo(NamedTuple):
    """What is known of a process that runs tasks: there is this one only."""

    host: str
    port: int
    cache_size: int
    num_running_tasks: int


class StatusTracker:
    """The jobs of a context: those that run, and the last ones that ended.

    Thread safety: all methods may be called concurrently.

    >>> context.status_tracker().get_active_jobs_ids()
    []
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._jobs: collections.OrderedDict[int, tuple[Optional[str], JobInfo]] = (
            collections.OrderedDict()
        )
        self._next = 0

    def get_job_ids_for_group(self, job_group: Optional[str] = None) -> list[int]:
        """The known jobs of a group, or those of none.

        >>> context.status_tracker().get_job_ids_for_group("no such group")
        []
        """
        with self._changing:
            return [number for number, (group, _) in self._jobs.items() if group == job_group]

    def get_active_jobs_ids(self) -> list[int]:
        """The jobs that run now."""
        with self._changing:
            return [id for id, (_, job) in self._jobs.items() if job.status == "RUNNING"]

    def get_active_stage_ids(self) -> list[int]:
        """Empty: the engine does not tell about its stages."""
        return []

    def get_job_info(self, job_id: int) -> Optional[JobInfo]:
        """What is known of a job, None for an unknown one."""
        with self._changing:
            known = self._jobs.get(job_id)
        return None if known is None else known[1]

    def get_stage_info(self, stage_id: int) -> Optional[StageInfo]:
        """None: the engine does not tell about its stages."""
        return None

    def get_executor_infos(self) -> list[ExecutorInfo]:
        """This process, with the number of its running jobs."""
        return [ExecutorInfo("localhost", 0, 0, len(self.get_active_jobs_ids()))]

    def _begin(self, group: Optional[str]) -> int:
        with self._changing:
            number = self._next
            self._next += 1
            self._jobs[number] = (group, JobInfo(number, [], "RUNNING"))
            if len(self._jobs) > _FINISHED_JOBS_MAX:
                oldest = next(iter(self._jobs))
                if self._jobs[oldest][1].status != "RUNNING":
                    del self._jobs[oldest]
            return number

    def _end(self, number: int, status: str) -> None:
        with self._changing:
            group, _ = self._jobs[number]
            self._jobs[number] = (group, JobInfo(number, [], status))


class JobProperties:
    """The part of a context that names jobs. Names belong to the thread that gives them."""

    _stopped: bool

    def _start_jobs(self) -> None:
        self._threads = threading.local()
        self._status = StatusTracker()

    def status_tracker(self) -> StatusTracker:
        """What can be asked about jobs.

        >>> context.status_tracker().get_job_info(12345) is None
        True
        """
        return self._status

    def set_local_property(self, key: str, value: Optional[str]) -> None:
        """Sets a property of this thread's jobs; None removes it.

        >>> context.set_local_property("colour", "blue")
        >>> context.get_local_property("colour")
        'blue'
        """
        if value is None:
            self._properties.pop(key, None)
        else:
            self._properties[key] = value

    def get_local_property(self, key: str) -> Optional[str]:
        """A property of this thread's jobs, None without one.

        >>> context.get_local_property("nothing") is None
        True
        """
        return self._properties.get(key)

    def set_job_group(
        self: P, group_id: str, description: str, interrupt_on_cancel: bool = False
    ) -> P:
        """Puts this thread's jobs from now on into a group; returns the context.

        >>> context.set_job_group("nightly", "the nightly counts") is context
        True
        >>> context.get_local_property("spark.jobGroup.id")
        'nightly'
        """
        self.set_local_property(_GROUP, group_id)
        self.set_local_property(_DESCRIPTION, description)
        return self.set_interrupt_on_cancel(interrupt_on_cancel)

    def set_job_description(self: P, value: Optional[str]) -> P:
        """Describes this thread's jobs from now on; returns the context.

        >>> context.set_job_description("counting") is context
        True
        """
        self.set_local_property(_DESCRIPTION, value)
        return self

    def set_interrupt_on_cancel(self: P, interrupt_on_cancel: bool) -> P:
        """Kept as a property of this thread's jobs; returns the context.

        >>> context.set_interrupt_on_cancel(True) is context
        True
        """
        self.set_local_property(_INTERRUPT, str(bool(interrupt_on_cancel)).lower())
        return self

    def add_job_tag(self, tag: str) -> None:
        """Adds a tag to this thread's jobs from now on.

        Errors: WrongValueError for an empty tag or one with a comma.

        >>> context.add_job_tag("slow")
        >>> context.get_job_tags()
        {'slow'}
        """
        self._set_tags(self.get_job_tags() | {_checked_tag(tag)})

    def remove_job_tag(self, tag: str) -> None:
        """Takes a tag away from this thread's jobs.

        >>> context.add_job_tag("slow")
        >>> context.remove_job_tag("slow")
        >>> context.get_job_tags()
        set()
        """
        self._set_tags(self.get_job_tags() - {_checked_tag(tag)})

    def get_job_tags(self) -> set[str]:
        """The tags of this thread's jobs.

        >>> context.get_job_tags()
        set()
        """
        return set(filter(None, (self.get_local_property(_TAGS) or "").split(",")))

    def clear_job_tags(self) -> None:
        """Takes all tags away from this thread's jobs.

        >>> context.add_job_tag("slow")
        >>> context.clear_job_tags()
        >>> context.get_job_tags()
        set()
        """
        self._set_tags(set())

    def _set_tags(self, tags: set[str]) -> None:
        self.set_local_property(_TAGS, ",".join(sorted(tags)) or None)

    def cancel_job_group(self, group_id: str) -> None:
        """Nothing when no job of the group runs. Errors: UnsupportedError when one does.

        >>> context.cancel_job_group("nightly")
        """
        if set(self._status.get_job_ids_for_group(group_id)) & set(
            self._status.get_active_jobs_ids()
        ):
            raise _cannot_cancel("cancel_job_group")

    def cancel_jobs_with_tag(self, tag: str) -> None:
        """As cancel_all_jobs().

        >>> context.cancel_jobs_with_tag("slow")
        """
        self.cancel_all_jobs()

    def cancel_all_jobs(self) -> None:
        """Nothing when no job runs. Errors: UnsupportedError when one does.

        >>> context.cancel_all_jobs()
        """
        if self._status.get_active_jobs_ids():
            raise _cannot_cancel("cancel_all_jobs")

    # For the modules of Thalweg.

    @property
    def _properties(self) -> dict[str, str]:
        if not hasattr(self._threads, "properties"):
            self._threads.properties = {}
        properties: dict[str, str] = self._threads.properties
        return properties

    def _job_group(self) -> dict[str, Optional[str]]:
        return {key: self.get_local_property(key) for key in (_GROUP, _DESCRIPTION, _INTERRUPT)}

    def _restore_job_group(self, before: dict[str, Optional[str]]) -> None:
        for key, value in before.items():
            self.set_local_property(key, value)

    @contextlib.contextmanager
    def _job(self) -> Iterator[None]:
        """Around each action: refuses it where it can't run, and tells the status tracker."""
        if in_task():
            raise WrongStateError(
                "an RDD can't be computed within a task; collect what the task needs before, or "
                "join() the two RDDs",
                "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER",
            )
        self._refuse_when_stopped()
        number = self._status._begin(self.get_local_property(_GROUP))
        status = "FAILED"
        try:
            yield
            status = "SUCCEEDED"
        finally:
            self._status._end(number, status)

    def _refuse_when_stopped(self) -> None:
        raise NotImplementedError


def _checked_tag(tag: str) -> str:
    if not tag or "," in tag:
        raise WrongValueError(f"a job tag must be some text without a comma: got {tag!r}")
    return tag


def _cannot_cancel(method: str) -> UnsupportedError:
    return UnsupportedError(
        f"{method}() can't end a job that runs; press Ctrl-C in the thread that waits for it"
    )
