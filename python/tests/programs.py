# SPDX-License-Identifier: Apache-2.0
"""Runs programs that print streams, as users run them, and serves what they read."""

import contextlib
import os
import pathlib
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Optional

PYTHON = pathlib.Path(__file__).resolve().parents[1]
RULE = "-" * 43
SECONDS_MAX = 180


class Program:
    """A running program. ``lines`` are those that it has printed so far."""

    def __init__(self, arguments: Sequence[str], directory: Optional[pathlib.Path] = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(PYTHON), "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=directory,
            env=environment,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._coming: queue.Queue[Optional[str]] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.rstrip("\n"))

    def line(self) -> str:
        """The next line that it prints.

        Errors: AssertionError where the program ends, or prints nothing for a minute.
        """
        try:
            line = self._coming.get(timeout=SECONDS_MAX)
        except queue.Empty:
            raise AssertionError(f"nothing came; it wrote {self.errors}") from None
        if line is None:
            raise AssertionError(f"it ended; it wrote {self.errors}")
        self.lines.append(line)
        return line

    def batch(self) -> list[str]:
        """The next batch as it is printed, with its time masked.

        Errors: AssertionError where the program ends, or prints nothing for a minute.
        """
        block: list[str] = []
        while True:
            line = self.line()
            block.append(line)
            if len(block) > 3 and line == "":
                return masked(block)

    def until(self, wanted: list[str]) -> None:
        """Reads batches until one is exactly ``wanted``; those before it have to be empty."""
        seen = []
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            block = self.batch()
            if block == wanted:
                return
            if block != batch_text():
                seen.append(block)
                assert len(seen) < 3, f"expected {wanted}, but got {seen}"
        raise AssertionError(f"expected {wanted}, but got {seen or 'empty batches'}")

    def interrupt(self) -> tuple[int, float]:
        """Sends what Ctrl-C sends: the exit status, and how many seconds the program took."""
        begin = time.monotonic()
        self.process.send_signal(2)
        status = self.process.wait(SECONDS_MAX)
        took = time.monotonic() - begin
        for reader in self._readers:
            reader.join()
        return status, took

    def wait(self) -> int:
        """The exit status, when it has ended by itself."""
        status = self.process.wait(SECONDS_MAX)
        for reader in self._readers:
            reader.join()
        while not self._coming.empty():
            line = self._coming.get()
            if line is not None:
                self.lines.append(line)
        return status


@contextlib.contextmanager
def running(*arguments: str, directory: Optional[pathlib.Path] = None) -> Iterator[Program]:
    """Runs ``python arguments``; what still runs in the end is killed."""
    program = Program(arguments, directory)
    try:
        yield program
    finally:
        program.process.kill()
        program.process.wait()


def thalweg_run(*arguments: str) -> list[str]:
    """The command line of ``thalweg run``."""
    return ["-m", "thalweg", "run", *arguments]


def masked(block: list[str]) -> list[str]:
    """A printed batch without its time, which has to look like one."""
    time_of_batch = re.compile(r"Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?")
    return ["Time: T" if time_of_batch.fullmatch(line) else line for line in block]


def batch_text(*rows: str) -> list[str]:
    """A batch as pprint() prints it, with its time masked."""
    return [RULE, "Time: T", RULE, *rows, ""]


class LineServer:
    """A TCP server on loopback that sends lines to whoever connects.

    Errors: OSError where the port can't be had.
    """

    def __init__(self, port: int = 0) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self.port = self._server.getsockname()[1]
        self._connections: list[socket.socket] = []

    def accept(self, seconds_max: float = SECONDS_MAX) -> None:
        """Waits for a program to connect. Errors: TimeoutError."""
        self._server.settimeout(seconds_max)
        self._connections.append(self._server.accept()[0])

    def send(self, *lines: str) -> None:
        """Sends lines to the last that connected."""
        self._connections[-1].sendall("".join(line + "\n" for line in lines).encode())

    def __enter__(self) -> "LineServer":
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()
        self._server.close()


def appear(directory: pathlib.Path, name: str, text: str) -> None:
    """Lets a file appear in a directory at once, as streams of files want it."""
    making = directory / f".{name}.making"
    making.write_text(text)
    os.utime(making)
    making.rename(directory / name)
