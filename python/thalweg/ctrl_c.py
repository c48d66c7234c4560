# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C that gets through to a program, whatever its main thread waits for."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
import types
from collections.abc import Callable
from typing import Optional

#: The exit status of a program that was interrupted.
INTERRUPTED = 130

#: How long an interrupted program may take to stop what runs.
INTERRUPTED_SECONDS_MAX = 0.7

#: How long Python may take to call the handler of a signal, before the signal is sent again.
_UNHEARD_SECONDS_MAX = 0.2
_REPEATS_MAX = 10

#: How many are taken at once.
_SIGNALS_MAX = 4096


def answer() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt and sees to it that it gets through: a call that
    the signal came just too early for hears it again, and a program whose main thread stays in that
    call ends. A handler that the program has already, or makes later, is left alone.

    To be called once, on the main thread.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    heard, written = socket.socketpair()
    heard.setblocking(False)
    written.setblocking(False)

    def on_interrupt(number: int, frame: Optional[types.FrameType]) -> None:
        _take(heard, _SIGNALS_MAX)
        if frame is not None:
            _later(_end_where_stuck, frame, frame.f_lasti)
        raise KeyboardInterrupt

    def forget() -> None:
        # A process that this one forks would speak to the parent's watcher.
        signal.set_wakeup_fd(-1)
        heard.close()
        written.close()

    signal.signal(signal.SIGINT, on_interrupt)
    signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
    os.register_at_fork(after_in_child=forget)
    threading.Thread(target=_repeat_unheard, args=[heard, on_interrupt], daemon=True).start()


def ended() -> int:
    """The exit status of a program that KeyboardInterrupt went through. The process ends as always,
    but within a second even where a function of a job does not return."""
    if not _stops_gracefully():
        _later(_leave)
    return INTERRUPTED


def _repeat_unheard(heard: socket.socket, handler: Callable[..., object]) -> None:
    """Python notes a signal at once, but calls its handler between two steps of the program: one
    that comes just before a call starts to wait is not heard until that call returns. It is sent
    again while the call waits, which ends it. ``handler`` takes what it heard."""
    main = threading.main_thread().ident
    repeats = 0
    while main is not None:
        select.select([heard], [], [])
        came = _waiting(heard)
        ours = signal.SIGINT in came and signal.getsignal(signal.SIGINT) is handler
        if not ours or repeats == _REPEATS_MAX:
            _take(heard, len(came))
            repeats = 0
            continue
        time.sleep(_UNHEARD_SECONDS_MAX)
        if signal.SIGINT in _waiting(heard):
            signal.pthread_kill(main, signal.SIGINT)
            repeats += 1
        else:
            repeats = 0


def _waiting(heard: socket.socket) -> bytes:
    """The signals that came and were not taken."""
    try:
        return heard.recv(_SIGNALS_MAX, socket.MSG_PEEK)
    except OSError:  # None, or this is a forked process.
        return b""


def _take(heard: socket.socket, count: int) -> None:
    with contextlib.suppress(OSError):
        heard.recv(count)


def _end_where_stuck(frame: types.FrameType, instruction: int) -> None:
    """Ends the process if its main thread still waits in the call that was interrupted: for a
    function of a job that does not return."""
    now = sys._current_frames().get(threading.main_thread().ident or 0)
    if now is frame and frame.f_lasti == instruction and not _stops_gracefully():
        _leave()


def _leave() -> None:
    """Ends the process at once."""
    module = sys.modules.get("thalweg.context")
    if module is not None:
        module.abandon_disk()
    os._exit(INTERRUPTED)


def _stops_gracefully() -> bool:
    module = sys.modules.get("thalweg.streaming_context")
    active = None if module is None else module.StreamingContext.get_active()
    return active is not None and active.stops_gracefully


def _later(function: Callable[..., object], *arguments: object) -> None:
    watch = threading.Timer(INTERRUPTED_SECONDS_MAX, function, arguments)
    watch.daemon = True
    watch.start()
