#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Has thalweg_formats_test write records in every format and read those that are written here, and
compares both with what Python's json and csv, pyarrow and DuckDB make of them.

What is expected follows from numbers: content() here and in written_records_test.cc.
"""
import bz2
import csv
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    print("skipped: this Python has no pyarrow")
    sys.exit(77)
try:
    import duckdb
except ImportError:
    duckdb = None

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
PROGRAM = BUILD / "tests" / "thalweg_formats_test"
RECORDS = 500
NAMES = ["", "plain", "a, b", 'say "hi"', "two\nlines", "null", "NaN", "c:\\dir",
         "\u00e9\U0001f600", " edge ", "'", "#no", "tab\there", "\r\nx"]
FIELDS = ["id", "price", "name", "paid"]


def content(i):
    number = i * 0x9E3779B97F4A7C15 % 2**64
    return {"id": number - 2**64 if number >= 2**63 else number,
            "price": None if i % 5 == 0 else i * 0.1,
            "name": None if i % 7 == 0 else NAMES[i % 14],
            "paid": None if i % 3 == 0 else i % 2 == 0}


ITEMS = [content(i) for i in range(RECORDS)]
SCHEMA = pa.schema([("id", pa.int64()), ("price", pa.float64()), ("name", pa.string()),
                    ("paid", pa.bool_())])


def json_lines(ascii_only):
    """With every field, and with fields left out, in turn."""
    lines = []
    for i, item in enumerate(ITEMS):
        kept = item if i % 2 else {key: value for key, value in item.items() if value is not None}
        lines.append(json.dumps(kept, ensure_ascii=ascii_only))
    return ("\n".join(lines) + "\n").encode()


def csv_text():
    """As the csv module writes it, null apart from an empty text."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NOTNULL if hasattr(csv, "QUOTE_NOTNULL")
                        else csv.QUOTE_MINIMAL)
    writer.writerow(FIELDS)
    for item in ITEMS:
        row = [item[field] for field in FIELDS]
        row[3] = None if row[3] is None else str(row[3]).lower()
        writer.writerow(row)
    return out.getvalue().encode()


def as_csv_sees_it(item):
    """Where a writer can't tell null from an empty text, both are null."""
    return {**item, "name": item["name"] or None}


class RecordsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.temporary.name)
        cls.write_theirs()
        subprocess.run([PROGRAM, "--gtest_brief=1", "--gtest_filter=WrittenRecordsTest.*"],
                       check=True, env={**os.environ, "THALWEG_RECORDS_DIRECTORY": str(cls.root)})

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def write_theirs(cls):
        plain, escaped, table = json_lines(False), json_lines(True), csv_text()
        for name, data in {
                "json": plain, "json-escaped": escaped, "json.gz": gzip.compress(plain),
                "json.bz2": bz2.compress(plain), "csv": table, "csv.gz": gzip.compress(table),
                "csv.bz2": bz2.compress(table)}.items():
            (cls.root / f"theirs.{name}").write_bytes(data)
        for codec, end in {"zstd": "zst", "lz4": "lz4"}.items():
            for format, data in {"json": plain, "csv": table}.items():
                path = cls.root / f"theirs.{format}.{end}"
                with pa.output_stream(str(path), compression=codec) as out:
                    out.write(data)
        rows = pa.Table.from_pylist(ITEMS, SCHEMA)
        for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
            pq.write_table(rows, cls.root / f"theirs.parquet-{codec}", compression=codec,
                           row_group_size=123)
        pq.write_table(rows, cls.root / "theirs.parquet-v2", version="2.6", data_page_version="2.0",
                       write_page_checksum=True, column_encoding={"id": "DELTA_BINARY_PACKED"},
                       use_dictionary=["name"])
        if duckdb:
            duckdb.sql("select * from rows").write_parquet(str(cls.root / "theirs.parquet-duckdb"))

    def read(self, name):
        lines = (self.root / f"read.theirs.{name}").read_text(encoding="utf-8").splitlines()
        return [{field: json.loads(line).get(field) for field in FIELDS} for line in lines]

    def ours(self, format):
        return self.root / f"ours.{format}"

    def test_reads_json(self):
        for name in ["json", "json-escaped", "json.gz", "json.bz2", "json.zst", "json.lz4"]:
            self.assertEqual(self.read(name), ITEMS, name)

    def test_reads_csv(self):
        for name in ["csv", "csv.gz", "csv.bz2", "csv.zst", "csv.lz4"]:
            self.assertEqual([as_csv_sees_it(item) for item in self.read(name)],
                             [as_csv_sees_it(item) for item in ITEMS], name)

    def test_reads_parquet(self):
        names = sorted(path.name for path in self.root.glob("theirs.parquet*"))
        self.assertGreaterEqual(len(names), 7)
        for name in names:
            self.assertEqual(self.read(name.removeprefix("theirs.")), ITEMS, name)

    def test_writes_json(self):
        lines = self.ours("json").read_text(encoding="utf-8").split("\n")
        self.assertEqual(lines.pop(), "")
        items = [{field: json.loads(line).get(field) for field in FIELDS} for line in lines]
        self.assertEqual(items, ITEMS)

    def test_writes_csv(self):
        with self.ours("csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["name"] for row in rows], [item["name"] or "" for item in ITEMS])
        self.assertEqual([int(row["id"]) for row in rows], [item["id"] for item in ITEMS])
        self.assertEqual([row["price"] and float(row["price"]) for row in rows],
                         ["" if item["price"] is None else item["price"] for item in ITEMS])
        self.assertEqual([row["paid"] for row in rows],
                         ["" if item["paid"] is None else str(item["paid"]).lower()
                          for item in ITEMS])

    def test_writes_parquet(self):
        self.assertEqual(pq.read_table(self.ours("parquet")).to_pylist(), ITEMS)

    @unittest.skipUnless(duckdb, "this Python has no duckdb")
    def test_duckdb_reads_what_is_written(self):
        for call in [f"read_parquet('{self.ours('parquet')}')",
                     f"read_json('{self.ours('json')}', format='newline_delimited', columns="
                     "{id: 'BIGINT', price: 'DOUBLE', name: 'VARCHAR', paid: 'BOOLEAN'})"]:
            rows = duckdb.sql(f"select id, price, name, paid from {call}").fetchall()
            self.assertEqual([dict(zip(FIELDS, row)) for row in rows], ITEMS, call)


if __name__ == "__main__":
    unittest.main(verbosity=0)
