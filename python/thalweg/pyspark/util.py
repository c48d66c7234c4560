# SPDX-License-Identifier: Apache-2.0
"""PySpark's threads that inherit the names of jobs."""

import functools
import threading
from collections.abc import Callable
from typing import Any, Optional, TypeVar

from thalweg.context import Context

__all__ = ["InheritableThread", "inheritable_thread_target"]

F = TypeVar("F", bound=Callable[..., Any])


def inheritable_thread_target(f: Any = None) -> Any:
    """``f``, to be called in another thread with the local properties that this thread has now.

    A decorator too; what PySpark takes in place of ``f`` for its sessions is accepted.
    """
    if f is None or not callable(f):
        return inheritable_thread_target
    context = Context._active
    properties = dict(context._properties) if context is not None else {}

    @functools.wraps(f)
    def call(*arguments: Any, **named: Any) -> Any:
        if context is not None:
            context._threads.properties = dict(properties)
        return f(*arguments, **named)

    return call


class InheritableThread(threading.Thread):
    """A thread that has the local properties of the thread that starts it."""

    def __init__(
        self, target: Callable[..., Any], *args: Any, session: Optional[Any] = None, **kwargs: Any
    ) -> None:
        super().__init__(None, target, *args, **kwargs)
        self._given: Any = target

    def start(self) -> None:
        self._target = inheritable_thread_target(self._given)
        super().start()
