# SPDX-License-Identifier: Apache-2.0
"""PySpark's SparkFiles."""

from thalweg.context import Context
from thalweg.errors import WrongStateError

__all__ = ["SparkFiles"]


class SparkFiles:
    """Where the files given to ``SparkContext.addFile`` are. Its methods are class methods."""

    def __init__(self) -> None:
        raise NotImplementedError("SparkFiles is not made: call SparkFiles.get(filename)")

    @classmethod
    def get(cls, filename: str) -> str:
        """The path of the file added under this name."""
        return _active().file_path(filename)

    @classmethod
    def getRootDirectory(cls) -> str:
        """The directory that holds all added files."""
        return _active().file_path("")


def _active() -> Context:
    if Context._active is None:
        raise WrongStateError("there are no files without a SparkContext; make one first")
    return Context._active
