# SPDX-License-Identifier: Apache-2.0
"""Small text files: the partitions that Spark makes of them.

The engine reads files in large parts. How the lines of a small one are divided shows, since joins
and sums have as many partitions as what they are made of.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from thalweg._engine import Rdd, Session

_SMALL_BYTES_MAX = 1 << 20
_SPLITS_MAX = 256
#: The last split of a file may be larger by a tenth, as Hadoop has it.
_SLOP = 1.1

#: By these the engine knows a compressed file (columnar/compression), which can't be divided.
_COMPRESSED_ENDINGS = (".bz2", ".gz", ".lz4", ".snappy", ".sz", ".zst")
_COMPRESSED_BEGINNINGS = (
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\xff\x06\x00\x00sNaPpY",
    b"BZh",
)

#: A part of a file: path, first byte, and the byte after the last.
Split = tuple[str, int, int]


def text_file(session: Session, path: str, partitions_min: int, unicode: bool) -> Rdd:
    """The lines of the files that ``path`` names. Errors: as the engine's text_file()."""
    files = session.list_files(path)
    if not _are_small(files, partitions_min) or not all(_is_plain(name) for name, _ in files):
        return session.text_file(path, partitions_min, unicode)

    def lines(_: int, rows: Any) -> list[Any]:
        return [line for split in rows for line in _lines(session, split, unicode)]

    splits = splits_of(files, partitions_min)
    parts = session.parallelize([[split] for split in splits])
    return parts.map_partitions(lines, False, "text_file")


def splits_of(files: Sequence[tuple[str, int]], partitions_min: int) -> list[Split]:
    """The parts that Hadoop reads files in, when asked for at least ``partitions_min``.

    >>> splits_of([("a", 10), ("b", 21)], 3)
    [('a', 0, 10), ('b', 0, 10), ('b', 10, 21)]
    """
    goal = max(1, sum(size for _, size in files) // max(1, partitions_min))
    splits: list[Split] = []
    for path, size in files:
        begin = 0
        while (size - begin) / goal > _SLOP:
            splits.append((path, begin, begin + goal))
            begin += goal
        if begin < size or size == 0:
            splits.append((path, begin, size))
    return splits


def _are_small(files: Sequence[tuple[str, int]], partitions_min: int) -> bool:
    return (
        sum(size for _, size in files) <= _SMALL_BYTES_MAX
        and len(files) + partitions_min <= _SPLITS_MAX
        and all(name.startswith("/") for name, _ in files)
    )


def _is_plain(path: str) -> bool:
    if path.endswith(_COMPRESSED_ENDINGS):
        return False
    with open(path, "rb") as file:
        return not file.read(max(map(len, _COMPRESSED_BEGINNINGS))).startswith(
            _COMPRESSED_BEGINNINGS
        )


def _lines(session: Session, split: Split, unicode: bool) -> list[Any]:
    """The lines that begin after the split's first byte and up to its end, the end included.

    So each line is in one split, whichever byte it begins at; the first split has the first line.
    """
    path, begin, end = split
    data = session.read_file(path)
    lines = data.splitlines()
    starts = list(accumulate(map(len, data.splitlines(True)[:-1]), initial=0))
    first = bisect_right(starts, begin) if begin else 0
    lines = lines[first : bisect_right(starts, end)]
    return [line.decode("utf-8", "replace") for line in lines] if unicode else lines
