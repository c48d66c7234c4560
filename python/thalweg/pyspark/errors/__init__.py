# SPDX-License-Identifier: Apache-2.0
"""PySpark's exceptions.

They are the native ones under PySpark's names, so that ``except PySparkTypeError`` catches what the
engine's Python side raises.
"""

from thalweg import errors as native
from thalweg._engine import EngineError
from thalweg.pyspark.naming import pyspark_names

PySparkException = native.ThalwegError
PySparkNotImplementedError = native.UnsupportedError
PySparkPicklingError = native.DriverOnlyError
PySparkRuntimeError = native.WrongStateError
PySparkTypeError = native.WrongTypeError
PySparkValueError = native.WrongValueError
#: A running job failed; PySpark has Java's exceptions here.
SparkException = SparkRuntimeException = EngineError


class PySparkAssertionError(native.ThalwegError, AssertionError):
    """PySpark's AssertionError."""


class PySparkAttributeError(native.ThalwegError, AttributeError):
    """PySpark's AttributeError."""


class PySparkImportError(native.ThalwegError, ImportError):
    """PySpark's ImportError."""


class PySparkIndexError(native.ThalwegError, IndexError):
    """PySpark's IndexError."""


class PySparkKeyError(native.ThalwegError, KeyError):
    """PySpark's KeyError."""


class IllegalArgumentException(native.WrongValueError):
    """An argument that makes no sense."""


class AnalysisException(native.ThalwegError):
    """A query that makes no sense; there are no queries yet."""


class ParseException(AnalysisException):
    """A query that can't be read; there are no queries yet."""


class QueryContextType:
    """Where in a query an error is; there are no queries yet."""


pyspark_names(native.ThalwegError)

__all__ = [name for name in globals() if name[0].isupper() and name != "EngineError"]
