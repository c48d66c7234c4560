# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.sql``, as far as programs on DStreams need it: SparkSession."""

from typing import Any

from thalweg.pyspark.sql.later import Later
from thalweg.pyspark.sql.session import SparkSession

__all__ = ["SparkSession"]

_LATER = Later(
    "pyspark.sql",
    "Catalog Column DataFrame DataFrameNaFunctions DataFrameReader DataFrameStatFunctions "
    "DataFrameWriter GroupedData HiveContext Observation Row SQLContext UDFRegistration Window "
    "WindowSpec".split(),
)


def __getattr__(name: str) -> Any:
    found = globals()[name] = _LATER.find(name)
    return found
