# SPDX-License-Identifier: Apache-2.0
"""PySpark's Broadcast."""

from thalweg.broadcast import Broadcast
from thalweg.pyspark.naming import pyspark_names

__all__ = ["Broadcast"]

pyspark_names(Broadcast)
