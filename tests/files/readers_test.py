#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has thalweg_files_test write files of every format, and reads them with pyarrow and with Python's
own csv and json."""
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
WRITER = BUILD / "tests" / "thalweg_files_test"
VISITS = [
    {"user": 1, "seconds": 0.5, "page": "home"},
    {"user": 2, "seconds": 1.25, "page": 'say "hi", café'},
    {"user": 3, "seconds": -2.0, "page": ""},
]


class ReadersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.temporary.name)
        subprocess.run([WRITER, "--gtest_brief=1", "--gtest_filter=*WrittenFilesTest.*"],
                       check=True, env={**os.environ, "THALWEG_FILES_DIRECTORY": str(cls.root)})

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def parts(self, file_format):
        return sorted((self.root / file_format).glob("part-*"))

    # proves: files: round trip
    def test_json(self):
        rows = [json.loads(line) for part in self.parts("json")
                for line in part.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(rows, VISITS)

    # proves: files: round trip
    def test_csv(self):
        texts = [part.read_text(encoding="utf-8") for part in self.parts("csv")]
        rows = [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]
        self.assertEqual(rows, [{"user": str(visit["user"]), "page": visit["page"],
                                 "seconds": row["seconds"]} for visit, row in zip(VISITS, rows)])
        self.assertEqual([float(row["seconds"]) for row in rows], [0.5, 1.25, -2.0])

    # proves: files: round trip
    def test_parquet(self):
        if not self.parts("parquet"):
            self.skipTest("Parquet was not built")
        try:
            import pyarrow.parquet
        except ImportError as error:
            print(f"skipped: {error}", flush=True)
            self.skipTest(str(error))
        rows = [row for part in self.parts("parquet")
                for row in pyarrow.parquet.read_table(part).to_pylist()]
        self.assertEqual(rows, VISITS)

    def test_a_directory_as_one_table(self):
        try:
            import pyarrow.dataset
        except ImportError as error:
            print(f"skipped: {error}", flush=True)
            self.skipTest(str(error))
        # Readers leave out names that begin with "_", as Spark and Hive do.
        for file_format in ("json", "csv"):
            table = pyarrow.dataset.dataset(self.root / file_format, format=file_format).to_table()
            self.assertEqual(table.num_rows, len(VISITS), file_format)


if __name__ == "__main__":
    unittest.main()
