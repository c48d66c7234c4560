# SPDX-License-Identifier: Apache-2.0
"""Small DStream programs give the same on real PySpark and here, batch by batch, order included."""

import json
import os
import pathlib
import subprocess
import sys
import threading

import pytest
import real_pyspark
from programs import PYTHON, LineServer

PROGRAMS = pathlib.Path(__file__).with_name("streaming_programs.py")
NAMES = [
    line.removeprefix("def ").partition("(")[0]
    for before, line in zip(
        PROGRAMS.read_text(encoding="utf-8").splitlines(),
        PROGRAMS.read_text(encoding="utf-8").splitlines()[1:],
    )
    if before in ("@queue_program", "@socket_program")
]
BATCHES = 7
#: PySpark starts hundreds of jobs for these; on a busy machine they take their time.
SECONDS_MAX = 1500
LINES = ["to be or not", "that is", "the question é", "", "x"]


def results(command: list[str]) -> dict[str, list[object]]:
    """What the programs give, by name, run by ``command``."""
    with LineServer() as server:

        def serve() -> None:
            server.accept(SECONDS_MAX)
            server.send(*LINES)

        threading.Thread(target=serve, daemon=True).start()
        done = subprocess.run(
            [*command, str(PROGRAMS), str(server.port), str(BATCHES), str(len(LINES))],
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(PYTHON)},
        )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, list[object]], dict[str, list[object]]]:
    python = real_pyspark.require(java=True)
    return results([python]), results([sys.executable, "-m", "thalweg", "run"])


@pytest.mark.parametrize("name", NAMES)
def test_a_program_gives_what_pyspark_gives(
    name: str, both: tuple[dict[str, list[object]], dict[str, list[object]]]
) -> None:
    theirs, ours = both
    assert theirs[name], "it has not run"
    assert ours[name] == theirs[name]
