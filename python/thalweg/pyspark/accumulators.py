# SPDX-License-Identifier: Apache-2.0
"""PySpark's Accumulator and AccumulatorParam."""

from typing import Any, TypeVar

from thalweg import accumulator
from thalweg.accumulator import NUMBERS, Accumulator
from thalweg.pyspark.naming import pyspark_names

__all__ = ["Accumulator", "AccumulatorParam"]

T = TypeVar("T")

pyspark_names(Accumulator)

INT_ACCUMULATOR_PARAM = FLOAT_ACCUMULATOR_PARAM = COMPLEX_ACCUMULATOR_PARAM = NUMBERS


class AccumulatorParam(accumulator.AccumulatorParam[T]):
    """How values of a type add up; programs define ``zero`` and ``addInPlace``."""

    def addInPlace(self, value1: T, value2: T) -> T:
        """The sum of both. May change and return ``value1``."""
        raise NotImplementedError(f"{type(self).__name__} has to define addInPlace()")

    def add_in_place(self, value1: T, value2: T) -> T:
        return self.addInPlace(value1, value2)


class AddingAccumulatorParam(AccumulatorParam[Any]):
    """Adds by ``+=``, from the zero it was made with."""

    def __init__(self, zero_value: Any) -> None:
        self.zero_value = zero_value

    def zero(self, value: Any) -> Any:
        return self.zero_value

    def addInPlace(self, value1: Any, value2: Any) -> Any:
        value1 += value2
        return value1
