# SPDX-License-Identifier: Apache-2.0
"""PySpark's TaskContext, and the barrier kind, which is refused."""

from typing import TYPE_CHECKING, Any, NoReturn

from thalweg.errors import UnsupportedError
from thalweg.pyspark.naming import pyspark_names

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import TaskContextNames as TaskContext
else:
    from thalweg.task_context import TaskContext

__all__ = ["BarrierTaskContext", "BarrierTaskInfo", "TaskContext"]

pyspark_names(TaskContext)


def _no_barriers() -> NoReturn:
    raise UnsupportedError(
        "a barrier needs all tasks to run at once, which threads of one machine don't; use "
        "mapPartitions(), or repartition(1) where the partitions must see each other"
    )


class BarrierTaskContext(TaskContext):
    """Refused when used."""

    @classmethod
    def get(cls) -> Any:
        """Refused: there are no barrier stages."""
        _no_barriers()

    def barrier(self) -> None:
        """Refused: there are no barrier stages."""
        _no_barriers()

    def allGather(self, message: str = "") -> list[str]:
        """Refused: there are no barrier stages."""
        _no_barriers()

    def getTaskInfos(self) -> list["BarrierTaskInfo"]:
        """Refused: there are no barrier stages."""
        _no_barriers()


class BarrierTaskInfo:
    """Where a task of a barrier stage runs."""

    def __init__(self, address: str) -> None:
        self.address = address
