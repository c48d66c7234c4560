# SPDX-License-Identifier: Apache-2.0
"""The directories that batches are saved in."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from thalweg._engine import InvalidArgument, NotFound

if TYPE_CHECKING:
    from thalweg.rdd import RDD

#: What begins the names of files in a directory that was not finished.
_OURS = ("part-", "_", ".")


def save_once(rdd: RDD[Any], directory: str) -> None:
    """Saves a batch as text, unless it was saved before.

    A batch that was cut off by a crash runs again: its directory stays where it is complete, and is
    written anew where it is not.
    """
    if os.path.isdir(directory):
        names = os.listdir(directory)
        if "_SUCCESS" in names:
            return
        if all(name.startswith(_OURS) for name in names):
            shutil.rmtree(directory)
    try:
        rdd.save_as_text_file(directory)
    except InvalidArgument:
        if "://" not in directory or not _is_finished(rdd, directory):
            raise


def _is_finished(rdd: RDD[Any], directory: str) -> bool:
    try:
        rdd.context._session.read_file(directory + "/_SUCCESS")
        return True
    except NotFound:
        return False
