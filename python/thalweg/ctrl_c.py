# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C that gets through to a program, whatever its main thread waits for."""

from __future__ import annotations

import contextlib
import os
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

#: How long what was spilled may take to be removed, by a program that does not end by itself.
_CLEANING_SECONDS_MAX = 0.3

#: How many are taken at once.
_SIGNALS_MAX = 4096


def answer() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt and sees to it that it gets through: a call that
    the signal came just too early for hears it again, and a program whose main thread stays in that
    call ends. A handler that the program has already, or makes later, is left alone.

    To be called once, on the main thread.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _Interrupts().answer()


def ended() -> int:
    """The exit status of a program that KeyboardInterrupt went through. The process ends as always,
    but within a second even where a function of a job does not return."""
    if not _stops_gracefully():
        _later(os._exit, INTERRUPTED)
    return INTERRUPTED


class _Interrupts:
    """Signals from where Python notes them, at once, to where it calls their handler, between two
    steps of the program: one that comes just before a call starts to wait is not heard until that
    call returns. It is sent again while the call waits, which ends it."""

    def __init__(self) -> None:
        self._heard, self._written = socket.socketpair()
        self._written.setblocking(False)
        self._handled = 0

    def answer(self) -> None:
        signal.signal(signal.SIGINT, self._handle)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        os.register_at_fork(after_in_child=self._forget)
        watcher = threading.Thread(target=self._repeat_unheard, daemon=True)
        # It has no part in signals: where the program blocks them, they wait.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        watcher.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _handle(self, number: int, frame: Optional[types.FrameType]) -> None:
        self._handled += 1
        self._take()
        if frame is not None:
            _later(_end_where_stuck, frame, frame.f_lasti)
        raise KeyboardInterrupt

    def _forget(self) -> None:
        # A process that this one forks would speak to the parent's watcher.
        signal.set_wakeup_fd(-1)
        self._heard.close()
        self._written.close()

    def _repeat_unheard(self) -> None:
        main = threading.main_thread().ident or 0
        repeats = 0
        while True:
            handled = self._handled
            self._heard.recv(1, socket.MSG_PEEK)
            if handled != self._handled:
                repeats = 0
                handled = self._handled
            ours = signal.getsignal(signal.SIGINT) == self._handle
            if not ours or signal.SIGINT not in self._waiting() or repeats == _REPEATS_MAX:
                self._take()
                repeats = 0
                continue
            time.sleep(_UNHEARD_SECONDS_MAX)
            repeats += 1
            if signal.SIGINT in self._waiting() and handled == self._handled:
                signal.pthread_kill(main, signal.SIGINT)

    def _waiting(self) -> bytes:
        """The signals that came and were not taken."""
        try:
            return self._heard.recv(_SIGNALS_MAX, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:  # None, or this is a forked process.
            return b""

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            self._heard.recv(_SIGNALS_MAX, socket.MSG_DONTWAIT)


def _end_where_stuck(frame: types.FrameType, instruction: int) -> None:
    """Ends the process if its main thread still waits in the call that was interrupted: for a
    function of a job that does not return."""
    now = sys._current_frames().get(threading.main_thread().ident or 0)
    if now is frame and frame.f_lasti == instruction and not _stops_gracefully():
        _leave()


def _leave() -> None:
    """Ends the process; what lies on its disk for want of memory goes, where that is quick."""
    module = sys.modules.get("thalweg.context")
    try:
        if module is not None:
            cleaner = threading.Thread(target=module.abandon_disk, daemon=True)
            cleaner.start()
            cleaner.join(_CLEANING_SECONDS_MAX)
    finally:
        os._exit(INTERRUPTED)


def _stops_gracefully() -> bool:
    module = sys.modules.get("thalweg.streaming_context")
    active = None if module is None else module.StreamingContext.get_active()
    return active is not None and active.stops_gracefully


def _later(function: Callable[..., object], *arguments: object) -> None:
    watch = threading.Timer(INTERRUPTED_SECONDS_MAX, function, arguments)
    watch.daemon = True
    watch.start()
