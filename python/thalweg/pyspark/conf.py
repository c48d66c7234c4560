# SPDX-License-Identifier: Apache-2.0
"""PySpark's SparkConf."""

from typing import TYPE_CHECKING, Any

from thalweg.conf import Conf
from thalweg.pyspark.naming import pyspark_names

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import SparkConfNames
else:
    SparkConfNames = Conf

__all__ = ["SparkConf"]


@pyspark_names
class SparkConf(SparkConfNames):
    """Settings by name, all text. The setters return the SparkConf itself.

    >>> SparkConf().setMaster("local[2]").set("k", 1).getAll()
    [('spark.master', 'local[2]'), ('k', '1')]
    """

    def __init__(self, loadDefaults: bool = True, _jvm: Any = None, _jconf: Any = None) -> None:
        super().__init__(loadDefaults)
