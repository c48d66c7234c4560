# SPDX-License-Identifier: Apache-2.0
"""PySpark's profilers, which watch its worker processes. Here there are none to watch."""

from typing import Any

from thalweg.errors import UnsupportedError

__all__ = ["BasicProfiler", "Profiler"]


class Profiler:
    """Refused when used: functions run in this process, where any profiler of Python sees them."""

    def __init__(self, ctx: Any) -> None:
        raise UnsupportedError(
            "there are no worker processes to profile; use cProfile, or a sampling profiler as "
            "py-spy, on the program itself"
        )


class BasicProfiler(Profiler):
    """As Profiler."""
