# SPDX-License-Identifier: Apache-2.0
"""Small RDD programs, each a function of a SparkContext and a folder that returns what to compare.

``python -m rdd_programs pyspark FILE`` runs them on real PySpark, ``python -m rdd_programs
thalweg.pyspark FILE`` here; both write a line ``[name, result]`` for each. A result is the text of
the value, or what failed. ``glom()`` shows the partitions and the order in them.
"""

import pickle
import traceback
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, Callable[[Any, str], Any]] = {}

#: The built-in exceptions that programs catch.
KINDS = (
    AssertionError,
    pickle.PicklingError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    Exception,
)


def program(function: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    PROGRAMS[function.__name__] = function
    return function


def glom(rdd: Any) -> Any:
    return rdd.glom().collect()


def pairs(sc: Any, slices: int = 3) -> Any:
    return sc.parallelize([(i % 5, i) for i in range(20)], slices)


def words(sc: Any, slices: int = 3) -> Any:
    text = "the record runs downhill and the record enters at a source and leaves at the mouth"
    return sc.parallelize([(word, i) for i, word in enumerate(text.split())], slices)


def refused(call: Callable[[], Any]) -> str:
    """The first of the well-known kinds of exception that ``call`` raises; empty for none."""
    try:
        call()
    except Exception as error:
        return next(kind.__name__ for kind in KINDS if isinstance(error, kind))
    return ""


def said(call: Callable[[], Any]) -> str:
    """All that the exception of ``call`` says, and what caused it."""
    try:
        call()
    except Exception:
        return traceback.format_exc()
    return "no exception"
