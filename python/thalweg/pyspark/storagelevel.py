# SPDX-License-Identifier: Apache-2.0
"""PySpark's StorageLevel."""

from thalweg.pyspark.naming import pyspark_names
from thalweg.storage_level import StorageLevel

__all__ = ["StorageLevel"]

pyspark_names(StorageLevel)
