# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python package share."""

import os
from collections.abc import Iterator

import pytest

import thalweg
import thalweg.pyspark


@pytest.fixture
def context() -> Iterator[thalweg.Context]:
    with thalweg.Context("local[2]", "test") as made:
        yield made


@pytest.fixture
def sc() -> Iterator[thalweg.pyspark.SparkContext]:
    with thalweg.pyspark.SparkContext("local[2]", "test") as made:
        yield made


@pytest.fixture
def folder(tmp_path: "os.PathLike[str]") -> str:
    return str(tmp_path)
