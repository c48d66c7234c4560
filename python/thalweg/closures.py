# SPDX-License-Identifier: Apache-2.0
"""Keeps contexts, RDDs and streams out of functions that run in tasks.

PySpark finds these mistakes when it pickles a function. Here functions are not pickled, so their
closures are looked through when a transformation takes them.
"""

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, ClassVar, TypeVar

from thalweg.call_site import call_site
from thalweg.errors import DriverOnlyError, WrongTypeError
from thalweg.references import reads_global, referred

F = TypeVar("F", bound=Callable[..., Any])


class DriverOnly:
    """Base of what may be used by the program itself, but not by functions in tasks."""

    #: PySpark's error condition, what the thing is, and what to do instead.
    _driver_only: ClassVar[tuple[str, str, str]] = (
        "CONTEXT_ONLY_VALID_ON_DRIVER",
        "a context",
        "collect what the function needs first, and use the result in it",
    )

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise driver_only_error(self, "pickled")


def driver_only_error(found: DriverOnly, where: str) -> DriverOnlyError:
    """The error for ``found``, met ``where`` ("used in the function f (job.py:3)")."""
    condition, what, instead = found._driver_only
    return DriverOnlyError(
        f"{what} can't be {where}: it belongs to the program that builds the job, not to its "
        f"tasks; {instead}",
        condition,
    )


def for_tasks(function: F, operator: str) -> F:
    """``function``, for ``operator`` to be called in tasks.

    Errors: WrongTypeError when it can't be called, DriverOnlyError when it refers to a context, an
    RDD or a stream, directly or as a global.
    """
    if not callable(function):
        raise WrongTypeError(
            f"{operator} needs a function, but got {type(function).__name__}: {function!r}, "
            f"at {call_site()}"
        )
    called: Any = function
    while isinstance(called, functools.partial):
        for value in (*called.args, *called.keywords.values()):
            if isinstance(value, DriverOnly):
                raise driver_only_error(value, f"an argument of a function given to {operator}")
        called = called.func
    if isinstance(called, MethodType):
        if isinstance(called.__self__, DriverOnly):
            raise driver_only_error(called.__self__, f"the object of a method given to {operator}")
        called = called.__func__
    if isinstance(called, FunctionType):
        for name, value in referred(called):
            if isinstance(value, DriverOnly) and reads_global(called, name):
                code = called.__code__
                where = f"{called.__name__} ({code.co_filename}:{code.co_firstlineno})"
                raise driver_only_error(value, f"used, as {name!r}, in the function {where}")
    return function
