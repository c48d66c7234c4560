# SPDX-License-Identifier: Apache-2.0
"""Reads logs and checkpoint directories by docs/formats/log.md and docs/formats/checkpoint.md, and
by nothing else: a second opinion on what these pages say.

    python3 tests/formats/state_reader.py log DIRECTORY [NAME]
    python3 tests/formats/state_reader.py checkpoint DIRECTORY
"""
import pathlib
import re
import struct
import sys

VERSION = 1
SEGMENT_HEADER = struct.Struct("<8sIIQQI")
FRAME_HEADER = struct.Struct("<II")
FRAME_PLACE = struct.Struct("<QQI")
MANIFEST_HEADER = struct.Struct("<8sIIQI")
SYNC_MARK_LENGTH = 0xFFFFFFFF
SYNC_MARK = b"THWGSYNC"
EPOCHS_LOOKED_AT = 2


class DataLoss(Exception):
    """Stored bytes are missing or not what was written."""


class Unsupported(Exception):
    """A newer version wrote this."""


def make_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = make_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


# The log.


def segments(directory, name):
    """The paths of the segments, by number."""
    pattern = re.compile(re.escape(name) + r"-(\d{20})\.log")
    found = {}
    for path in pathlib.Path(directory).iterdir():
        match = pattern.fullmatch(path.name)
        if match:
            found[int(match[1])] = path
    return dict(sorted(found.items()))


def segment_header(data, number, path):
    """The size of the segment before."""
    if len(data) < SEGMENT_HEADER.size:
        raise DataLoss(f"{path}: no header")
    magic, version, _, own_number, size_before, crc = SEGMENT_HEADER.unpack_from(data)
    if magic != b"THWGLOG1" or crc != crc32c(data[:SEGMENT_HEADER.size - 4]):
        raise DataLoss(f"{path}: not the header of a segment")
    if version > VERSION:
        raise Unsupported(f"{path}: version {version}; this reader knows {VERSION}")
    if own_number != number:
        raise DataLoss(f"{path}: holds the number {own_number}")
    return size_before


def frame(data, number, offset):
    """(is a mark, payload, offset behind it) of a whole frame, else None."""
    if len(data) - offset < FRAME_HEADER.size:
        return None
    length, crc = FRAME_HEADER.unpack_from(data, offset)
    is_mark = length == SYNC_MARK_LENGTH
    begin = offset + FRAME_HEADER.size
    end = begin + (len(SYNC_MARK) if is_mark else length)
    payload = data[begin:end]
    if end > len(data) or crc != crc32c(FRAME_PLACE.pack(number, offset, length) + payload):
        return None
    return is_mark, payload, end


def has_mark_behind(data, number, offset):
    at = data.find(SYNC_MARK, offset + FRAME_HEADER.size)
    while at >= 0:
        found = frame(data, number, at - FRAME_HEADER.size)
        if found and found[0]:
            return True
        at = data.find(SYNC_MARK, at + 1)
    return False


def read_segment(data, number, path, is_last):
    """(records as (position, bytes), size of the segment before, offset of the end)."""
    try:
        size_before = segment_header(data, number, path)
    except DataLoss:
        if is_last and len(data) <= SEGMENT_HEADER.size:
            return [], None, 0  # It was being created.
        raise
    records, offset = [], SEGMENT_HEADER.size
    while offset < len(data):
        found = frame(data, number, offset)
        if not found:
            if not is_last or has_mark_behind(data, number, offset):
                raise DataLoss(f"{path}: damaged at offset {offset}")
            break
        is_mark, payload, end = found
        if not is_mark:
            records.append((f"{number}:{offset}:{len(payload)}", payload))
        offset = end
    return records, size_before, offset


def read_log(directory, name="log"):
    """(records as (position, bytes) in their order, bytes of the torn tail)."""
    found = segments(directory, name)
    numbers = list(found)
    if numbers and numbers[-1] - numbers[0] + 1 != len(numbers):
        raise DataLoss(f"{directory}: a segment is missing among {numbers}")
    records, size, dropped = [], None, 0
    for number, path in found.items():
        data = path.read_bytes()
        is_last = number == numbers[-1]
        more, size_before, end = read_segment(data, number, path, is_last)
        if size is not None and size_before not in (None, size):
            raise DataLoss(f"{path}: the segment before had {size_before} bytes, not {size}")
        records += more
        size, dropped = end, len(data) - end
    return records, dropped


# Checkpoints.


class Body:
    """The parts of a manifest's body, one after the other."""

    def __init__(self, data, path):
        self.data, self.path, self.at = data, path, 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise DataLoss(f"{self.path}: the body is too short")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def length(self):
        value = 0
        for shift in range(0, 64, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise DataLoss(f"{self.path}: a length of more than 64 bits")

    def text(self):
        return self.take(self.length())


def read_manifest(path):
    """(number, metadata, files as (key, name, size, CRC))."""
    data = path.read_bytes()
    if len(data) < MANIFEST_HEADER.size:
        raise DataLoss(f"{path}: no header")
    magic, version, _, size, crc = MANIFEST_HEADER.unpack_from(data)
    body = data[MANIFEST_HEADER.size:]
    header = data[:MANIFEST_HEADER.size - 4]
    if magic != b"THWGCKP1" or len(body) != size or crc != crc32c(header + body):
        raise DataLoss(f"{path}: not what was written")
    if version > VERSION:
        raise Unsupported(f"{path}: version {version}; this reader knows {VERSION}")
    parts = Body(body, path)
    number, metadata, files = parts.number(8), parts.text(), []
    for _ in range(parts.length()):
        key, name = parts.text(), parts.text().decode("ascii", "replace")
        if not re.fullmatch(r"data-\d{20}", name):
            raise DataLoss(f"{path}: lists a file {name!r}")
        files.append((key, name, parts.number(8), parts.number(4)))
    if parts.at != len(body) or path.name != f"MANIFEST-{number:020}":
        raise DataLoss(f"{path}: the body does not fit")
    return number, metadata, files


def read_epoch(path):
    """(number, metadata, {key: bytes}), with every file checked."""
    number, metadata, files = read_manifest(path)
    contents = {}
    for key, name, size, crc in files:
        try:
            data = (path.parent / name).read_bytes()
        except FileNotFoundError:
            raise DataLoss(f"{path.parent / name} is missing") from None
        if len(data) != size or crc32c(data) != crc:
            raise DataLoss(f"{path.parent / name}: not what was written")
        contents[key] = data
    return number, metadata, contents


def read_latest(directory):
    """The latest epoch that can be used; None where none was ever committed."""
    manifests = sorted((path for path in pathlib.Path(directory).iterdir()
                        if re.fullmatch(r"MANIFEST-\d{20}", path.name)), reverse=True)
    problems = []
    for path in manifests[:EPOCHS_LOOKED_AT]:
        try:
            return read_epoch(path)
        except DataLoss as problem:
            problems.append(str(problem))
    if problems:
        raise DataLoss("; ".join(problems))
    return None


def main():
    if sys.argv[1:2] == ["log"] and len(sys.argv) in (3, 4):
        records, dropped = read_log(*sys.argv[2:])
        for position, record in records:
            print(position, record)
        print(f"{len(records)} records, {dropped} bytes of a torn tail")
    elif sys.argv[1:2] == ["checkpoint"] and len(sys.argv) == 3:
        print(read_latest(sys.argv[2]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
