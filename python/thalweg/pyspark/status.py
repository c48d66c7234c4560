# SPDX-License-Identifier: Apache-2.0
"""PySpark's StatusTracker."""

from typing import TYPE_CHECKING

from thalweg.job_properties import ExecutorInfo as SparkExecutorInfo
from thalweg.job_properties import JobInfo as SparkJobInfo
from thalweg.job_properties import StageInfo as SparkStageInfo
from thalweg.pyspark.naming import pyspark_names

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import StatusTrackerNames as StatusTracker
else:
    from thalweg.job_properties import StatusTracker

__all__ = ["SparkExecutorInfo", "SparkJobInfo", "SparkStageInfo", "StatusTracker"]

for _class in (SparkExecutorInfo, SparkJobInfo, SparkStageInfo, StatusTracker):
    pyspark_names(_class)
