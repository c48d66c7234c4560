# SPDX-License-Identifier: Apache-2.0
"""Sums that tasks add to."""

from __future__ import annotations

import itertools
import threading
from typing import Any, Generic, Optional, TypeVar

from thalweg.errors import WrongStateError, WrongTypeError
from thalweg.task_context import in_task

T = TypeVar("T")

_ids = itertools.count()


class AccumulatorParam(Generic[T]):
    """How values of a type add up, for accumulators of other types than numbers.

    >>> class Longest(AccumulatorParam):
    ...     def zero(self, value):
    ...         return ""
    ...     def add_in_place(self, value1, value2):
    ...         return max(value1, value2, key=len)
    >>> longest = context.accumulator("", Longest())
    >>> context.parallelize(["a", "abc", "ab"]).for_each(longest.add)
    >>> longest.value
    'abc'
    """

    def zero(self, value: T) -> T:
        """What adds nothing to ``value``.

        >>> NUMBERS.zero(5)
        0
        """
        raise NotImplementedError(f"{type(self).__name__} has to define zero()")

    def add_in_place(self, value1: T, value2: T) -> T:
        """The sum of both. May change and return ``value1``.

        >>> NUMBERS.add_in_place(5, 2)
        7
        """
        raise NotImplementedError(f"{type(self).__name__} has to define add_in_place()")


class _Numbers(AccumulatorParam[Any]):
    def zero(self, value: Any) -> Any:
        return type(value)(0)

    def add_in_place(self, value1: Any, value2: Any) -> Any:
        value1 += value2
        return value1


#: For int, float and complex.
NUMBERS = _Numbers()


class Accumulator(Generic[T]):
    """A sum that tasks add to and the program reads, made by ``Context.accumulator()``.

    In actions each row counts once. In transformations it counts each time the row is computed.
    Thread safety: tasks may add concurrently.

    >>> seen = context.accumulator(0)
    >>> context.parallelize([1, 2, 3]).for_each(seen.add)
    >>> seen.value
    6
    """

    def __init__(self, value: T, accum_param: AccumulatorParam[T]) -> None:
        self.aid = next(_ids)
        self.accum_param = accum_param
        self._value = value
        self._adding = threading.Lock()

    @property
    def value(self) -> T:
        """The sum so far. Errors: WrongStateError within a task, where it is not complete.

        >>> context.accumulator(1.5).value
        1.5
        """
        self._refuse_in_task()
        return self._value

    @value.setter
    def value(self, value: T) -> None:
        self._refuse_in_task()
        with self._adding:
            self._value = value

    def add(self, term: T) -> None:
        """Adds ``term``; the same as ``accumulator += term``.

        >>> total = context.accumulator(0)
        >>> total.add(3)
        >>> total += 4
        >>> total.value
        7
        """
        with self._adding:
            self._value = self.accum_param.add_in_place(self._value, term)

    def __iadd__(self, term: T) -> Accumulator[T]:
        self.add(term)
        return self

    def __str__(self) -> str:
        return str(self._value)

    def __repr__(self) -> str:
        return f"Accumulator<id={self.aid}, value={self._value}>"

    def _refuse_in_task(self) -> None:
        if in_task():
            raise WrongStateError(
                "the value of an accumulator can't be read within a task, where it is not "
                "complete; add to it in tasks, and read it after the action",
                "VALUE_NOT_ACCESSIBLE",
                {"value": "Accumulator.value"},
            )


def param_for(value: Any, accum_param: Optional[AccumulatorParam[Any]]) -> AccumulatorParam[Any]:
    """``accum_param``, or that of numbers. Errors: WrongTypeError where ``value`` is none.

    >>> param_for(1, None) is NUMBERS
    True
    """
    if accum_param is not None:
        return accum_param
    if isinstance(value, (int, float, complex)):
        return NUMBERS
    raise WrongTypeError(
        f"an accumulator of type {type(value).__name__} needs an AccumulatorParam that says how "
        "its values add up; without one it can be an int, a float or a complex"
    )
