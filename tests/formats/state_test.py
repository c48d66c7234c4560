#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has thalweg_formats_test write a log and a checkpoint directory, and reads both with a reader
that knows only what docs/formats/ says (state_reader.py).

What is expected follows from numbers: record i, and the files of epoch i, are made by content()
here and in written_state_test.cc.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import state_reader
from state_reader import DataLoss

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
WRITER = BUILD / "tests" / "thalweg_formats_test"
RECORDS = 40
FIRST_RECORD_LEFT = 6
TORN_BYTES = 11


def content(i):
    """Bytes of many lengths, 0 among them."""
    return bytes((i * 7 + at) % 256 for at in range(i * i * 13 % 300))


class StateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.temporary.name)
        subprocess.run([WRITER, "--gtest_brief=1", "--gtest_filter=WrittenStateTest.*"], check=True,
                       env={**os.environ, "THALWEG_STATE_DIRECTORY": str(cls.root)})
        cls.log, cls.checkpoint = cls.root / "log", cls.root / "checkpoint"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def copy(self, directory):
        """A copy to be damaged."""
        target = self.root / "copy"
        shutil.rmtree(target, ignore_errors=True)
        return pathlib.Path(shutil.copytree(directory, target))

    def test_reads_the_records_and_the_torn_tail(self):
        records, dropped = state_reader.read_log(self.log)
        self.assertEqual([record for _, record in records],
                         [content(i) for i in range(FIRST_RECORD_LEFT, RECORDS)])
        self.assertEqual(dropped, TORN_BYTES)
        self.assertGreater(len(state_reader.segments(self.log, "log")), 5)

    def test_finds_records_by_the_positions_that_the_writer_gave(self):
        given = (self.root / "positions.txt").read_text().split()
        records, _ = state_reader.read_log(self.log)
        self.assertEqual([position for position, _ in records], given[FIRST_RECORD_LEFT:])

    def test_notices_damage_in_the_log(self):
        copy = self.copy(self.log)
        paths = list(state_reader.segments(copy, "log").values())
        for path in (paths[0], paths[-1]):
            whole = path.read_bytes()
            behind_marks = TORN_BYTES + 16 if path == paths[-1] else 0
            for at in range(len(whole) - behind_marks):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1:])
                with self.assertRaises(DataLoss, msg=f"{path.name} at {at}"):
                    state_reader.read_log(copy)
            path.write_bytes(whole)

    def test_reads_the_latest_epoch(self):
        number, metadata, contents = state_reader.read_latest(self.checkpoint)
        self.assertEqual((number, metadata), (5, b"epoch 5"))
        self.assertEqual(contents, {b"sealed": content(1), b"fresh": content(5), b"": b""})

    def test_goes_back_to_the_epoch_before_and_no_further(self):
        copy = self.copy(self.checkpoint)
        (copy / f"MANIFEST-{5:020}").write_bytes(b"")
        self.assertEqual(state_reader.read_latest(copy)[0], 4)
        (copy / f"MANIFEST-{4:020}").write_bytes(b"")
        with self.assertRaises(DataLoss):
            state_reader.read_latest(copy)

    def test_the_directory_holds_what_the_page_names(self):
        names = sorted(path.name for path in self.checkpoint.iterdir())
        _, _, files = state_reader.read_manifest(self.checkpoint / f"MANIFEST-{5:020}")
        _, _, before = state_reader.read_manifest(self.checkpoint / f"MANIFEST-{4:020}")
        listed = {name for _, name, _, _ in files + before}
        self.assertEqual(names, sorted({"LOCK", f"MANIFEST-{4:020}", f"MANIFEST-{5:020}"} | listed))
        self.assertRegex((self.checkpoint / "LOCK").read_text(),
                         r'^application "formats", process \d+ on host .+, since .+ UTC\n$')

    def test_knows_the_check_of_the_standard(self):
        self.assertEqual(state_reader.crc32c(b"123456789"), 0xE3069283)


if __name__ == "__main__":
    if not WRITER.exists():
        print("skipped: thalweg_formats_test was not built", flush=True)
        sys.exit(77)
    unittest.main()
