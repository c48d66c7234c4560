# SPDX-License-Identifier: Apache-2.0
"""Files and modules that a program hands to its tasks."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable
from typing import Any, Optional
from urllib.parse import urlsplit

from thalweg.errors import UnsupportedError, WrongValueError
from thalweg.rdd.saving import local_path

_MODULE_ARCHIVES = (".zip", ".egg", ".jar")


class TaskFiles:
    """The part of a context that keeps files for tasks, in a directory of its own until stop()."""

    def _start_files(self, py_files: Iterable[str]) -> None:
        self._remove_root: Optional[Callable[[], Any]] = None
        self._added_files: list[str] = []
        self._added_archives: list[str] = []
        self._added_paths: list[str] = []
        for path in py_files:
            self.add_py_file(path)

    def _remove_files(self) -> None:
        for path in self._added_paths:
            if path in sys.path:
                sys.path.remove(path)
        if self._remove_root is not None:
            self._remove_root()
            self._remove_root = None

    @property
    def _files_root(self) -> str:
        """The directory, made when first asked for, gone with the context or the process."""
        if self._remove_root is None:
            self._root = tempfile.mkdtemp(prefix="thalweg-files-")
            self._remove_root = weakref.finalize(self, shutil.rmtree, self._root, True)
        return self._root

    def add_file(self, path: str, recursive: bool = False) -> None:
        """Copies a file, or with ``recursive`` a directory, to where file_path() finds it.

        Errors: UnsupportedError for addresses of other machines, WrongValueError for a directory
        without ``recursive`` and for another file of the same name, OSError when it can't be read.

        >>> with open(folder + "/names.txt", "w") as file:
        ...     written = file.write("a b")
        >>> context.add_file(folder + "/names.txt")
        >>> open(context.file_path("names.txt")).read()
        'a b'
        """
        source = _local_file(path, "add_file")
        target = os.path.join(self._files_root, os.path.basename(source))
        address = "file:" + os.path.abspath(source)
        if address in self._added_files:
            return
        if os.path.exists(target):
            raise WrongValueError(f"another file of the name {os.path.basename(source)} was added")
        if os.path.isdir(source):
            if not recursive:
                raise WrongValueError(f"{source} is a directory; add it with recursive=True")
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
        self._added_files.append(address)

    @property
    def list_files(self) -> list[str]:
        """The addresses of the files given to add_file().

        >>> context.list_files
        []
        """
        return list(self._added_files)

    def add_py_file(self, path: str) -> None:
        """As add_file(), for a module (``.py``) or modules in a ``.zip`` or ``.egg`` to import.

        >>> with open(folder + "/added_module.py", "w") as file:
        ...     written = file.write("answer = 42")
        >>> context.add_py_file(folder + "/added_module.py")
        >>> import added_module
        >>> added_module.answer
        42
        """
        self.add_file(path)
        name = os.path.basename(_local_file(path, "add_py_file"))
        archive = name.lower().endswith(_MODULE_ARCHIVES)
        place = os.path.join(self._files_root, name) if archive else self._files_root
        if place not in sys.path:
            sys.path.insert(1, place)
            self._added_paths.append(place)
        importlib.invalidate_caches()

    def add_archive(self, path: str) -> None:
        """As add_file(), unpacked into a directory of the archive's name, or of what follows ``#``.

        Errors: as add_file(), and ValueError for a kind of archive that Python does not know.

        >>> import zipfile
        >>> with zipfile.ZipFile(folder + "/data.zip", "w") as archive:
        ...     archive.writestr("names.txt", "a b")
        >>> context.add_archive(folder + "/data.zip#data")
        >>> open(context.file_path("data/names.txt")).read()
        'a b'
        """
        address, _, alias = path.partition("#")
        source = _local_file(address, "add_archive")
        target = os.path.join(self._files_root, alias or os.path.basename(source))
        if os.path.exists(target):
            raise WrongValueError(f"another file of the name {os.path.basename(target)} was added")
        shutil.unpack_archive(source, target)
        self._added_archives.append(
            "file:" + os.path.abspath(source) + ("#" + alias if alias else "")
        )

    @property
    def list_archives(self) -> list[str]:
        """The addresses of the archives given to add_archive().

        >>> context.list_archives
        []
        """
        return list(self._added_archives)

    def file_path(self, file_name: str) -> str:
        """Where the file added under this name is; for the program and for tasks.

        >>> context.file_path("names.txt").endswith("/names.txt")
        True
        """
        return os.path.join(self._files_root, file_name)


def _local_file(path: str, method: str) -> str:
    if urlsplit(path).scheme not in ("", "file"):
        raise UnsupportedError(
            f"{method}() takes files of this machine: got {path!r}; fetch it first"
        )
    return local_path(path)
