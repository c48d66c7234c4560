# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.sql``, as far as programs on DStreams need it: SparkSession."""

from thalweg.pyspark.sql.session import SparkSession

__all__ = ["SparkSession"]
