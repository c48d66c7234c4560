#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the example directory_counts, which docs/connectors/files.md shows: on this machine's files,
some of them compressed, and on a real HDFS."""
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = BUILD / "examples" / "directory_counts"
SERVER = ROOT / "tests" / "servers" / "hdfs.sh"
SECONDS_MAX = 300
SKIPPED = 77
WORDS = b"to be or not to be\n"
COUNTS = {"be": 2, "not": 1, "or": 1, "to": 2}


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    raise unittest.SkipTest(reason)


def counts_in(directory):
    rows = [json.loads(line) for part in pathlib.Path(directory).glob("part-*.json")
            for line in part.read_text().splitlines()]
    return {row["_1"]: row["_2"] for row in rows}


class DirectoryCountsTest(unittest.TestCase):
    def setUp(self):
        if not PROGRAM.exists():
            skip(f"{PROGRAM.name} was not built")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def run_program(self, source, target, words, when_it_watches, **environment):
        with subprocess.Popen([PROGRAM, source, target, str(words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              env={**os.environ, **environment}) as program:
            try:
                program.stdout.readline()
                when_it_watches()
                _, errors = program.communicate(timeout=SECONDS_MAX)
            finally:
                program.kill()
            self.assertEqual(program.returncode, 0, errors)

    def test_counts_words_of_plain_and_compressed_files(self):
        (self.root / "in").mkdir()

        def write():
            for name, content in (("a", WORDS), ("b.gz", gzip.compress(b"to sleep\n"))):
                (self.root / name).write_bytes(content)
                (self.root / name).rename(self.root / "in" / name)
        self.run_program(self.root / "in", self.root / "out", 8, write)

        rows = [json.loads(line) for part in (self.root / "out").glob("part-*.json")
                for line in part.read_text().splitlines()]
        self.assertEqual(sum(row["_2"] for row in rows), 8)
        self.assertEqual(sum(row["_2"] for row in rows if row["_1"] == "to"), 3)

    def test_says_how_it_is_called_without_a_number_of_words(self):
        for words in ("", "many", "0"):
            outcome = subprocess.run([PROGRAM, self.root, self.root / "out", words],
                                     capture_output=True, text=True, timeout=SECONDS_MAX,
                                     check=False)
            self.assertEqual(outcome.returncode, 2, outcome.stderr)
            self.assertIn("usage: directory_counts", outcome.stderr)

    # proves: hdfs: round trip
    def test_counts_words_on_a_real_hdfs(self):
        outcome = subprocess.run([SERVER, "start", self.root / "hdfs"], capture_output=True,
                                 text=True, check=False)
        self.addCleanup(subprocess.run, [SERVER, "stop", self.root / "hdfs"], check=False)
        if outcome.returncode == SKIPPED:
            skip(outcome.stderr.strip())
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        rpc, web = outcome.stdout.split()
        user = "thalweg"

        def ask(method, path, query, body=None):
            url = f"http://127.0.0.1:{web}/webhdfs/v1{path}?user.name={user}&{query}"
            request = urllib.request.Request(url, method=method, data=body)
            try:
                return urllib.request.urlopen(request, timeout=SECONDS_MAX).read()
            except urllib.error.HTTPError as redirect:
                if redirect.code != 307:
                    raise
                request = urllib.request.Request(redirect.headers["Location"], method=method,
                                                 data=body)
                return urllib.request.urlopen(request, timeout=SECONDS_MAX).read()
        ask("PUT", "/user/hduser/data", "op=MKDIRS")

        def write():
            ask("PUT", "/user/hduser/made", "op=CREATE", WORDS)
            ask("PUT", "/user/hduser/made", "op=RENAME&destination=/user/hduser/data/made")
        self.run_program(f"hdfs://localhost:{rpc}/user/hduser/data", self.root / "out", 6, write,
                         THALWEG_HDFS_WEBHDFS=f"localhost:{rpc}=127.0.0.1:{web}",
                         HADOOP_USER_NAME=user)

        self.assertEqual(counts_in(self.root / "out"), COUNTS)

    def check_snippet(self, section, program):
        """The first snippet behind `section` is in the example, line by line."""
        page = (ROOT / "docs" / "connectors" / "files.md").read_text()
        snippet = re.search(r"^```cpp\n(.*?)^```", page[page.index(section):], re.M | re.S)[1]
        example = (ROOT / "examples" / "cpp" / program).read_text()
        lines = [line.strip() for line in example.splitlines()]
        for line in snippet.splitlines():
            self.assertIn(line.strip(), lines)

    # proves: files: docs snippet; hdfs: docs snippet
    def test_the_page_shows_the_example(self):
        self.check_snippet("# Files", "directory_counts.cc")

    # proves: s3: docs snippet
    def test_the_page_shows_the_way_to_s3(self):
        self.check_snippet("## From Kafka to Parquet on S3", "kafka_to_parquet.cc")


if __name__ == "__main__":
    unittest.main()
