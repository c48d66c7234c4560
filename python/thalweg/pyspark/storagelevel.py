# SPDX-License-Identifier: Apache-2.0
"""PySpark's StorageLevel."""

from thalweg.pyspark.naming import camel_case_arguments, pyspark_names
from thalweg.storage_level import StorageLevel

__all__ = ["StorageLevel"]

pyspark_names(StorageLevel)
setattr(StorageLevel, "__init__", camel_case_arguments("__init__", StorageLevel.__init__))
