# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.sql.types``: there to be imported; the types come with SQL."""

from typing import Any

from thalweg.pyspark.sql.later import Later

_LATER = Later(
    "pyspark.sql.types",
    "ArrayType BinaryType BooleanType ByteType CharType DataType DateType DayTimeIntervalType "
    "DecimalType DoubleType FloatType IntegerType LongType MapType NullType Row ShortType "
    "StringType StructField StructType TimestampNTZType TimestampType VarcharType VariantType "
    "YearMonthIntervalType".split(),
)
__all__ = _LATER.names


def __getattr__(name: str) -> Any:
    found = globals()[name] = _LATER.find(name)
    return found
