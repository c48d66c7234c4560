# SPDX-License-Identifier: Apache-2.0
"""Functions of the user's that are called with whole batches."""

import inspect
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Optional

from thalweg.call_site import call_site
from thalweg.errors import WrongTypeError
from thalweg.references import reads_global, referred


class ArgumentCountError(WrongTypeError, AssertionError):
    """A function takes another number of arguments than it will be called with.

    An AssertionError as well, since that is what PySpark raises.
    """


def with_time(
    method: str, function: Callable[..., Any], rdd_count: int
) -> Callable[[int, Sequence[Any]], Any]:
    """``function`` as one of (time in milliseconds, RDDs), whether or not it takes the time.

    The time reaches it as a datetime in local time.
    Errors: WrongTypeError for what is no function; ArgumentCountError for one that takes neither
    ``rdd_count`` arguments nor one more.
    """
    if not callable(function):
        raise WrongTypeError(
            f"{method} needs a function, but got {type(function).__name__}: {function!r}, "
            f"at {call_site()}"
        )
    count = _argument_count(function, rdd_count)
    if count is None:
        raise ArgumentCountError(
            f"{method} calls its function with {_arguments(rdd_count)}, but {described(function)} "
            f"can't be called with {rdd_count} or {rdd_count + 1} arguments, at {call_site()}"
        )
    if count == rdd_count:
        return lambda time_ms, rdds: function(*rdds)
    return lambda time_ms, rdds: function(datetime.fromtimestamp(time_ms / 1000), *rdds)


def described(function: Callable[..., Any]) -> str:
    """What a message calls a function: its name, and the file and line that define it.

    >>> described(len)
    'len'
    """
    name = getattr(function, "__name__", None) or repr(function)
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code else name


def context_in(function: Callable[..., Any]) -> Optional[str]:
    """The name under which a function refers to a Context or StreamingContext, or None.

    >>> context_in(lambda rdd: rdd.count()) is None
    True
    """
    from thalweg.context import Context
    from thalweg.streaming_context import StreamingContext

    if not inspect.isfunction(function):
        return None
    for name, value in referred(function):
        if isinstance(value, (Context, StreamingContext)) and reads_global(function, name):
            return name
    return None


def _arguments(rdd_count: int) -> str:
    rdds = "the RDD of a batch" if rdd_count == 1 else f"the {rdd_count} RDDs of a batch"
    return f"{rdds}, or with the time of the batch and {rdds}"


def _argument_count(function: Callable[..., Any], rdd_count: int) -> Optional[int]:
    """With how many arguments to call it: as PySpark, by the named ones, defaults included."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return rdd_count  # A builtin that does not say.
    named = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    likely = rdd_count + 1 if len(named) > rdd_count else rdd_count
    for count in (likely, 2 * rdd_count + 1 - likely):
        try:
            signature.bind(*range(count))
            return count
        except TypeError:
            continue
    return None
