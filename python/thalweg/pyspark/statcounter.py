# SPDX-License-Identifier: Apache-2.0
"""PySpark's StatCounter."""

from typing import TYPE_CHECKING

from thalweg.pyspark.naming import pyspark_names

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import StatCounterNames as StatCounter
else:
    from thalweg.stat_counter import StatCounter

__all__ = ["StatCounter"]

pyspark_names(StatCounter)
