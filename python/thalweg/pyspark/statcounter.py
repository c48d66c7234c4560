# SPDX-License-Identifier: Apache-2.0
"""PySpark's StatCounter."""

from thalweg.pyspark.naming import pyspark_names
from thalweg.stat_counter import StatCounter

__all__ = ["StatCounter"]

pyspark_names(StatCounter)
