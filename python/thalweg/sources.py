# SPDX-License-Identifier: Apache-2.0
"""Where rows come from: lists, ranges and files."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Optional, TypeVar

from thalweg import _engine
from thalweg.closures import DriverOnly
from thalweg.conf import Conf
from thalweg.errors import UnsupportedError, WrongTypeError, WrongValueError
from thalweg.rdd.saving import local_path
from thalweg.slicing import range_parts, sliced, snapshot
from thalweg.text_splits import text_file

if TYPE_CHECKING:
    from thalweg.rdd import RDD

T = TypeVar("T")

_OPEN_COST_BYTES = 4 << 20
_SPLIT_BYTES_MAX = 128 << 20


class Sources(DriverOnly):
    """The part of a context that makes RDDs."""

    _session: _engine.Session
    _conf: Conf
    #: The class of the RDDs that it makes; the PySpark facade has its own.
    _rdd_class: ClassVar[Any]
    _batch_size: int
    default_parallelism: Any
    default_min_partitions: Any

    def parallelize(self, c: Iterable[T], num_slices: Optional[int] = None) -> RDD[T]:
        """The rows of ``c`` in ``num_slices`` partitions, default_parallelism where None.

        The rows are those of now: later changes of ``c``, or of what is in it, don't show.
        Errors: WrongValueError for less than 1 partition.

        >>> context.parallelize([0, 2, 3, 4, 6], 5).glom().collect()
        [[0], [2], [3], [4], [6]]
        """
        self._refuse_when_stopped()
        slices = self.default_parallelism if num_slices is None else int(num_slices)
        if slices < 1:
            raise WrongValueError(f"parallelize() needs at least 1 partition: got {slices}")
        if isinstance(c, range):
            return self._make(range_parts(self._session, c, slices))
        rows = c if isinstance(c, (list, tuple, str, bytes)) else list(c)
        parts = sliced(rows, slices, self._batch_size)
        return self._make(snapshot(self._session, parts))

    def range(
        self,
        start: int,
        end: Optional[int] = None,
        step: int = 1,
        num_slices: Optional[int] = None,
    ) -> RDD[int]:
        """The numbers of Python's ``range(start, end, step)``, or of ``range(start)``.

        >>> context.range(2, 10, 3).collect(), context.range(3).collect()
        ([2, 5, 8], [0, 1, 2])
        """
        numbers = range(start) if end is None else range(start, end, step)
        return self.parallelize(numbers, num_slices)

    def empty_rdd(self) -> RDD[Any]:
        """An RDD without partitions.

        >>> context.empty_rdd().is_empty()
        True
        """
        self._refuse_when_stopped()
        return self._make(self._session.parallelize([]))

    def union(self, rdds: Sequence[RDD[Any]]) -> RDD[Any]:
        """The rows of several RDDs; duplicates stay.

        Where all have the same partitioner, so has the result, and otherwise the partitions of
        all, one after the other.
        Errors: WrongValueError for none, WrongTypeError for what is no RDD.

        >>> context.union([context.parallelize([1]), context.parallelize([1, 2])]).collect()
        [1, 1, 2]
        """
        self._refuse_when_stopped()
        if not rdds:
            raise WrongValueError("union() needs at least one RDD; empty_rdd() has no rows")
        for rdd in rdds:
            if not hasattr(rdd, "_engine"):
                raise WrongTypeError(f"union() is of RDDs: got {type(rdd).__name__}")
        return self._make(self._united([rdd._engine for rdd in rdds]))

    # Files.

    def text_file(
        self, name: str, min_partitions: Optional[int] = None, use_unicode: bool = True
    ) -> RDD[str]:
        """The lines of files, as str, or as bytes without ``use_unicode``.

        ``name``: a file, a directory, a pattern with ``*``, or several with commas between. Bytes
        that are no UTF-8 become U+FFFD. Compressed files are read as what is in them. Errors:
        NotFound when there is no such file.

        >>> with open(folder + "/lines.txt", "w") as file:
        ...     written = file.write("first\\nsecond\\n")
        >>> context.text_file(folder + "/lines.txt").collect()
        ['first', 'second']
        """
        self._refuse_when_stopped()
        partitions = min_partitions or min(self.default_parallelism, 2)
        rdds = [
            text_file(self._session, self._address(path), partitions, use_unicode)
            for path in name.split(",")
        ]
        return self._make(rdds[0] if len(rdds) == 1 else self._session.union(rdds))

    def whole_text_files(
        self, path: str, min_partitions: Optional[int] = None, use_unicode: bool = True
    ) -> RDD[tuple[str, str]]:
        """(path, whole content) of each file, as str, or as bytes without ``use_unicode``.

        Lists the files at once, and reads them in tasks, each into memory.

        >>> with open(folder + "/a.txt", "w") as file:
        ...     written = file.write("1\\n2\\n")
        >>> [(path, text)] = context.whole_text_files(folder + "/a.txt").collect()
        >>> path.endswith("/a.txt"), text
        (True, '1\\n2\\n')
        """
        minimum = min_partitions or self.default_min_partitions
        files = self._files(path)
        part_bytes = math.ceil(sum(size for _, size in files) / minimum)
        whole: Any = self._read(_packed(files, part_bytes))
        if use_unicode:
            return whole.map_values(lambda data: data.decode("utf-8", "replace"))  # type: ignore
        return whole  # type: ignore[no-any-return]

    def binary_files(
        self, path: str, min_partitions: Optional[int] = None
    ) -> RDD[tuple[str, bytes]]:
        """(path, whole content) of each file, as bytes.

        Lists the files at once, and reads them in tasks, each into memory.

        >>> with open(folder + "/b.bin", "wb") as file:
        ...     written = file.write(b"\\x00\\x01")
        >>> context.binary_files(folder + "/b.bin").values().collect()
        [b'\\x00\\x01']
        """
        minimum = min_partitions or self.default_min_partitions
        files = self._files(path)
        cost = sum(size + _OPEN_COST_BYTES for _, size in files)
        part_bytes = cost // max(self.default_parallelism, minimum)
        part_bytes = min(_SPLIT_BYTES_MAX, max(_OPEN_COST_BYTES, part_bytes))
        return self._read(_packed(files, part_bytes))

    def binary_records(self, path: str, record_length: int) -> RDD[bytes]:
        """The records of ``record_length`` bytes that files are made of, as bytes.

        >>> with open(folder + "/r.bin", "wb") as file:
        ...     written = file.write(b"abcd")
        >>> context.binary_records(folder + "/r.bin", 2).collect()
        [b'ab', b'cd']
        """
        self._refuse_when_stopped()
        return self._make(self._session.binary_records(self._address(path), record_length))

    def pickle_file(self, name: str, min_partitions: Optional[int] = None) -> RDD[Any]:
        """The rows that RDD.save_as_pickle_file() wrote into the directory ``name``.

        There are as many partitions as were written. Read only what nobody else can write:
        unpickling runs code.

        >>> context.parallelize([1, "two"], 1).save_as_pickle_file(folder + "/rows")
        >>> context.pickle_file(folder + "/rows").collect()
        [1, 'two']
        """
        self._refuse_when_stopped()
        return self._make(self._session.object_file(self._address(name)))

    # What needs Hadoop.

    def sequence_file(
        self,
        path: str,
        key_class: Optional[str] = None,
        value_class: Optional[str] = None,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        min_splits: Optional[int] = None,
        batch_size: int = 0,
    ) -> RDD[Any]:
        """Refused: Hadoop's formats need Hadoop. Use pickle_file() or binary_files()."""
        raise _needs_hadoop("sequence_file")

    def hadoop_file(
        self,
        path: str,
        input_format_class: str,
        key_class: str,
        value_class: str,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
        batch_size: int = 0,
    ) -> RDD[Any]:
        """Refused: Hadoop's formats need Hadoop. Use text_file() or binary_files()."""
        raise _needs_hadoop("hadoop_file")

    def hadoop_rdd(
        self,
        input_format_class: str,
        key_class: str,
        value_class: str,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
        batch_size: int = 0,
    ) -> RDD[Any]:
        """Refused: Hadoop's formats need Hadoop. Use text_file() or binary_files()."""
        raise _needs_hadoop("hadoop_rdd")

    def new_api_hadoop_file(
        self,
        path: str,
        input_format_class: str,
        key_class: str,
        value_class: str,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
        batch_size: int = 0,
    ) -> RDD[Any]:
        """Refused: Hadoop's formats need Hadoop. Use text_file() or binary_files()."""
        raise _needs_hadoop("new_api_hadoop_file")

    def new_api_hadoop_rdd(
        self,
        input_format_class: str,
        key_class: str,
        value_class: str,
        key_converter: Optional[str] = None,
        value_converter: Optional[str] = None,
        conf: Optional[dict[str, str]] = None,
        batch_size: int = 0,
    ) -> RDD[Any]:
        """Refused: Hadoop's formats need Hadoop. Use text_file() or binary_files()."""
        raise _needs_hadoop("new_api_hadoop_rdd")

    # For the modules of Thalweg.

    def _make(self, engine: _engine.Rdd) -> RDD[Any]:
        rdd: RDD[Any] = self._rdd_class(engine, self)
        return rdd

    def _united(self, engines: Sequence[_engine.Rdd]) -> _engine.Rdd:
        return self._session.union(engines)

    def _refuse_when_stopped(self) -> None:
        raise NotImplementedError

    def _address(self, path: str) -> str:
        """Where the engine finds the file or directory that a program calls ``path``.

        ``thalweg.files.map``, as ``PREFIX=DIRECTORY`` with commas between several, says what is
        somewhere else.
        """
        for pair in filter(None, (self._conf.get("thalweg.files.map") or "").split(",")):
            prefix, _, directory = pair.rpartition("=")
            inside = path[len(prefix) :]
            if path.startswith(prefix) and (not inside or inside[0] == "/" or prefix[-1:] == "/"):
                return posixpath.join(directory, inside.lstrip("/")) if inside else directory
        return local_path(path)

    def _local(self, path: str) -> str:
        """As _address(), for what only this machine's file system can do.

        Errors: UnsupportedError for an address of another file system.
        """
        local = self._address(path)
        if "://" in local:
            raise UnsupportedError(
                f"{path!r} has to be in this machine's file system; name a directory of it, or set "
                "thalweg.files.map=PREFIX=DIRECTORY (thalweg run --conf thalweg.files.map=...)"
            )
        return local

    def _files(self, path: str) -> list[tuple[str, int]]:
        """(path, bytes) of all files that ``path``, which may have commas, names."""
        self._refuse_when_stopped()
        return [
            file
            for part in path.split(",")
            for file in self._session.list_files(self._address(part))
        ]

    def _read(self, parts: list[list[str]]) -> RDD[tuple[str, bytes]]:
        session = self._session
        paths = session.parallelize(parts)
        return self._make(paths.map(lambda path: ("file:" + path, session.read_file(path))))


def _packed(files: list[tuple[str, int]], part_bytes_max: int) -> list[list[str]]:
    """The paths in partitions: files in their order, as many as fit, and at least one."""
    parts: list[list[str]] = []
    free = -1
    for path, size in files:
        if free < size or not parts:
            parts.append([])
            free = part_bytes_max
        parts[-1].append(path)
        free -= size
    return parts


def _needs_hadoop(method: str) -> UnsupportedError:
    return UnsupportedError(
        f"{method}() reads by Hadoop's Java classes, which there are none of here; use "
        "text_file(), binary_files(), binary_records() or pickle_file()"
    )
