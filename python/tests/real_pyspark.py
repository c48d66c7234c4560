# SPDX-License-Identifier: Apache-2.0
"""Real PySpark, in a process of its own, for tests that compare."""

import functools
import os
import shutil
import subprocess
import sys
from typing import Optional

import pytest

RUN_SECONDS_MAX = 600


@functools.cache
def python() -> Optional[str]:
    """A Python that has real PySpark: that of THALWEG_PYSPARK, or this one. None without."""
    for candidate in (os.environ.get("THALWEG_PYSPARK"), sys.executable):
        if candidate and shutil.which(candidate):
            asked = subprocess.run([candidate, "-c", "import pyspark"], capture_output=True)
            if asked.returncode == 0:
                return candidate
    return None


def require(java: bool = False) -> str:
    """The Python that has real PySpark. Skips the test where there is none, or no Java."""
    found = python()
    if found is None:
        pytest.skip("no Python has pyspark: set THALWEG_PYSPARK to one that has")
    if java and not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("real PySpark needs Java, which is not installed")
    return found


def run(program: str, given: str, java: bool = False) -> str:
    """What ``program`` writes when real PySpark's Python runs it with ``given`` as its input."""
    done = subprocess.run(
        [require(java), "-c", program],
        input=given,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
