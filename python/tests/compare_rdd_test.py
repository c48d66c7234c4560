# SPDX-License-Identifier: Apache-2.0
"""Small RDD programs give the same on real PySpark and here, partitions and order included."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import real_pyspark
from rdd_programs import PROGRAMS
from rdd_programs.__main__ import MODULES

assert MODULES  # Being imported, they have put themselves into PROGRAMS.
HERE = pathlib.Path(__file__).parent


def results(python: str, module: str, file: pathlib.Path) -> dict[str, str]:
    """What the programs give, run by ``python`` on ``module``."""
    path = [str(HERE)] if module == "pyspark" else [str(HERE), *sys.path]
    done = subprocess.run(
        [python, "-m", "rdd_programs", module, str(file)],
        capture_output=True,
        text=True,
        timeout=real_pyspark.RUN_SECONDS_MAX,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(path)},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    folder = tmp_path_factory.mktemp("compare")
    python = real_pyspark.require(java=True)
    theirs = results(python, "pyspark", folder / "theirs")
    return theirs, results(sys.executable, "thalweg.pyspark", folder / "ours")


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_what_pyspark_gives(
    name: str, both: tuple[dict[str, str], dict[str, str]]
) -> None:
    theirs, ours = both
    assert ours[name] == theirs[name]
