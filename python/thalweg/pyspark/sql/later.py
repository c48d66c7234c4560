# SPDX-License-Identifier: Apache-2.0
"""Names of SQL that can be imported, and are refused when they are used."""

from collections.abc import Iterable
from typing import Any, NoReturn

from thalweg.errors import UnsupportedError


def refuse_sql(what: str) -> NoReturn:
    """Errors: UnsupportedError, always: it says what to use instead."""
    raise UnsupportedError(
        f"{what} belongs to SQL and DataFrames, which come in a later version; until then use "
        "streams and RDDs: StreamingContext(spark.sparkContext, 1) and spark.sparkContext"
    )


class Later:
    """The names of one module that come later, for its ``__getattr__``."""

    def __init__(self, module: str, names: Iterable[str]) -> None:
        self.names = list(names)
        self._module = module

    def find(self, name: str) -> type:
        """A class that can be named, as in annotations, but not made.

        Errors: AttributeError for a name that is none of them.
        """
        if name not in self.names:
            raise AttributeError(f"module 'thalweg.{self._module}' has no attribute {name!r}")
        what = f"{self._module}.{name}"

        def refuse(cls: type, *arguments: Any, **named: Any) -> NoReturn:
            refuse_sql(f"{what}()")

        text = f"``{name}`` of SQL, which comes in a later version: making one is refused."
        return type(name, (), {"__new__": refuse, "__doc__": text})
