# SPDX-License-Identifier: Apache-2.0
"""Rows through the standard input and output of another program."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import IO, Any

from thalweg.errors import WrongStateError


def pipe_rows(
    rows: Iterator[Any], command: str, env: Mapping[str, str], check_code: bool
) -> Iterator[str]:
    """The lines that ``command`` writes, while a thread feeds it the rows.

    Errors: what went wrong with the rows, and with ``check_code`` WrongStateError for an exit code
    other than 0.
    """
    process = subprocess.Popen(
        shlex.split(command), env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    failures: list[BaseException] = []
    feeder = threading.Thread(
        target=_feed, args=(rows, process.stdin, failures), name="thalweg-pipe", daemon=True
    )
    feeder.start()
    for line in process.stdout:
        yield line.rstrip(b"\n").decode("utf-8")
    feeder.join()
    code = process.wait()
    if failures:
        raise failures[0]
    if check_code and code:
        raise WrongStateError(
            f"the command {command!r} of pipe() ended with code {code}; what it had to say is on "
            "the standard error of this program",
            "PIPE_FUNCTION_EXITED",
            {"func_name": command, "error_code": str(code)},
        )


def _feed(rows: Iterator[Any], stdin: IO[bytes], failures: list[BaseException]) -> None:
    try:
        with stdin:
            for row in rows:
                stdin.write((str(row).rstrip("\n") + "\n").encode("utf-8"))
    except BrokenPipeError:
        pass  # The command had read enough.
    except BaseException as failure:  # Told by the thread that reads.
        failures.append(failure)
