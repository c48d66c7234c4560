# SPDX-License-Identifier: Apache-2.0
"""Actions that write files."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Optional, TypeVar

from thalweg.errors import UnsupportedError, WrongValueError
from thalweg.rdd.numbers import NumberActions

T = TypeVar("T")

#: Hadoop's names of the compressions that Python has too: (opens a file, its ending).
_COMPRESSIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "org.apache.hadoop.io.compress.GzipCodec": (gzip.open, ".gz"),
    "org.apache.hadoop.io.compress.BZip2Codec": (bz2.open, ".bz2"),
}


class SaveActions(NumberActions[T]):
    """save_as_text_file and its kind."""

    def save_as_text_file(self, path: str, compression_codec_class: Optional[str] = None) -> None:
        """Writes a new directory with one file a partition: a line a row, ``str(row)``.

        bytes are taken as UTF-8, with U+FFFD for what is none. ``compression_codec_class``: gzip or
        bzip2, by Hadoop's name, as ``org.apache.hadoop.io.compress.GzipCodec``.
        Errors: InvalidArgument when the directory exists, UnsupportedError for other compressions;
        the action fails for a row that has no text, or none that UTF-8 can say.

        >>> context.parallelize([1, "two"], 1).save_as_text_file(folder + "/rows")
        >>> context.text_file(folder + "/rows").collect()
        ['1', 'two']
        """
        if compression_codec_class is None:
            lines = self._engine.map(_line)
            with self._context._job():
                lines.save_as_text_file(self._context._address(path))
            return
        if compression_codec_class not in _COMPRESSIONS:
            raise UnsupportedError(
                f"save_as_text_file() can't compress by {compression_codec_class}; use one of "
                + ", ".join(_COMPRESSIONS)
            )
        directory = self._context._address(path)
        try:
            os.makedirs(directory)
        except FileExistsError:
            raise WrongValueError(
                f"the directory {directory} exists already; remove it, or choose another"
            ) from None
        write = _compressing(directory, *_COMPRESSIONS[compression_codec_class])
        self._run(write, "save_as_text_file")
        with open(os.path.join(directory, "_SUCCESS"), "wb"):
            pass

    def save_as_pickle_file(self, path: str, batch_size: int = 10) -> None:
        """Writes a new directory that Context.pickle_file() reads.

        Rows are pickled in files of our own format (docs/formats/object-file.md), which PySpark
        does not read; ``batch_size`` changes nothing. Read such files only where nobody else can
        write them: unpickling runs code.
        Errors: InvalidArgument when the directory exists.

        >>> context.parallelize([1, "two"], 1).save_as_pickle_file(folder + "/pickled")
        >>> context.pickle_file(folder + "/pickled").collect()
        [1, 'two']
        """
        with self._context._job():
            self._engine.save_as_object_file(self._context._address(path))

    def save_as_sequence_file(
        self, path: str, compression_codec_class: Optional[str] = None
    ) -> None:
        """Refused: Hadoop's files need Hadoop. Use save_as_pickle_file().

        >>> context.parallelize([(1, 2)]).save_as_sequence_file(folder + "/sequence")
        Traceback (most recent call last):
        thalweg.errors.UnsupportedError: save_as_sequence_file() writes by Hadoop...
        """
        raise needs_hadoop("save_as_sequence_file")

    def save_as_hadoop_file(
        self,
        path: str,
        output_format_class: str,
        key_class: Optional[str] = None,
        value_class: Optional[str] = None,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
        compression_codec_class: Optional[str] = None,
    ) -> None:
        """Refused: it needs Hadoop. Use save_as_text_file() or for_each_partition()."""
        raise needs_hadoop("save_as_hadoop_file")

    def save_as_hadoop_dataset(
        self,
        conf: dict[str, str],
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
    ) -> None:
        """Refused: it needs Hadoop. Use save_as_text_file() or for_each_partition()."""
        raise needs_hadoop("save_as_hadoop_dataset")

    def save_as_new_api_hadoop_file(
        self,
        path: str,
        output_format_class: str,
        key_class: Optional[str] = None,
        value_class: Optional[str] = None,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
    ) -> None:
        """Refused: it needs Hadoop. Use save_as_text_file() or for_each_partition()."""
        raise needs_hadoop("save_as_new_api_hadoop_file")

    def save_as_new_api_hadoop_dataset(
        self,
        conf: dict[str, str],
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
    ) -> None:
        """Refused: it needs Hadoop. Use save_as_text_file() or for_each_partition()."""
        raise needs_hadoop("save_as_new_api_hadoop_dataset")


def needs_hadoop(method: str) -> UnsupportedError:
    """The error of what is a Java class of Hadoop's."""
    return UnsupportedError(
        f"{method}() writes by Hadoop's Java classes, which there are none of here; use "
        "save_as_text_file(), save_as_pickle_file(), or write in for_each_partition()"
    )


def local_path(path: str) -> str:
    """A path of this machine, without the scheme ``file:`` that it may have.

    >>> local_path("file:///tmp/a"), local_path("file:/tmp/a"), local_path("/tmp/a")
    ('/tmp/a', '/tmp/a', '/tmp/a')
    """
    if path.startswith("file:"):
        return "/" + path[len("file:") :].lstrip("/")
    return path


def _line(row: Any) -> str:
    """A row as text. Errors: UnicodeEncodeError for a text that UTF-8 has no form for."""
    if isinstance(row, bytes):
        return row.decode("utf-8", "replace")
    text = str(row)
    if not text.isascii():
        text.encode("utf-8")
    return text


def _compressing(
    directory: str, open_file: Callable[..., Any], ending: str
) -> Callable[[int, Iterator[Any]], Iterable[Any]]:
    """Writes one partition, under another name until it is whole."""

    def write(partition: int, rows: Iterator[Any]) -> Iterable[Any]:
        path = os.path.join(directory, f"part-{partition:05}{ending}")
        with open_file(path + ".tmp", "wb") as file:
            for row in rows:
                file.write(_line(row).encode("utf-8") + b"\n")
        os.replace(path + ".tmp", path)
        return ()

    return write
