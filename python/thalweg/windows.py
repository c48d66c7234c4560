# SPDX-License-Identifier: Apache-2.0
"""How the windows of DStream are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from thalweg import _engine
from thalweg.call_site import call_site
from thalweg.errors import WrongValueError
from thalweg.folding import owned

if TYPE_CHECKING:
    from thalweg.dstream import DStream
    from thalweg.rdd import RDD

#: Windows of more slides than these are kept up by what enters and leaves; shorter ones are cheaper
#: to make anew. PySpark's number: it decides when keys without values stay.
_SLIDES_MADE_ANEW_MAX = 5


@dataclass(frozen=True)
class WindowSize:
    """How long a window is and how far it moves, in seconds, and its number of partitions."""

    length: float
    slide: float
    partition_count: int


def require_multiple(what: str, parent: _engine.Stream, seconds: float) -> None:
    """Errors: WrongValueError for a length that is no positive multiple of the parent's slide."""
    unit_ms = round(parent.slide * 1000)
    milliseconds = round(seconds * 1000)
    if milliseconds <= 0 or milliseconds % unit_ms != 0:
        raise WrongValueError(
            f"the {what} must be a positive multiple of the parent stream's slide duration, "
            f"{unit_ms / 1000} s, but is {seconds} s, at {call_site()}"
        )


def require_window(parent: _engine.Stream, length: float, slide: Optional[float]) -> None:
    """Errors: WrongValueError for a duration that is no positive multiple of the parent's slide."""
    require_multiple("window duration", parent, length)
    if slide is not None:
        require_multiple("slide duration", parent, slide)


def reduced(
    stream: DStream[Any],
    function: Callable[[Any, Any], Any],
    inverse: Optional[Callable[[Any, Any], Any]],
    size: WindowSize,
    keep: Optional[Callable[[Any], Any]],
) -> DStream[Any]:
    """What reduce_by_key_and_window() is.

    The sums of a batch are looked at by several windows, so that functions get copies of them.
    """

    def add(total: Any, value: Any) -> Any:
        return function(owned(total), value)

    name = "reduce_by_key_and_window"
    batches = stream.reduce_by_key(function, size.partition_count)
    if inverse is None or size.length <= _SLIDES_MADE_ANEW_MAX * size.slide:
        window = batches.window(size.length, size.slide)._per_batch(
            name,
            lambda rdd: rdd.combine_by_key(owned, function, function, size.partition_count),
        )
        return window if keep is None or inverse is None else window.filter(keep)
    remove = inverse

    def take_away(total: Any, value: Any) -> Any:
        return remove(owned(total), value)

    with stream._context._refusing(name):
        return stream._make(
            batches._engine.reduce_by_key_and_window(
                add,
                take_away,
                size.length,
                size.slide,
                _engine.Partitioner(size.partition_count),
                keep,
            )
        )
