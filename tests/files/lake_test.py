#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From Kafka to Parquet on S3, which DuckDB then reads."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "servers"))
import kafka_broker  # pylint: disable=wrong-import-position

try:
    import duckdb
    import pyarrow.dataset
    import pyarrow.fs
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
PROGRAM = BUILD / "examples" / "kafka_to_parquet"
S3 = ROOT / "tests" / "servers" / "s3.sh"
PAGE = ROOT / "docs" / "connectors" / "lake.md"
SECONDS_MAX = 300
BAD = ['{"id": "seven"}', "no JSON", '{"page": "home"}']


def order(i):
    return {"id": i, "page": f"page-{i % 3}", "amount": i / 4}


class LakeTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="thalweg-lake-")
        root = pathlib.Path(cls.folder.name)
        cls.broker = kafka_broker.Broker(root / "broker")
        started = subprocess.run([S3, "start", root / "s3"], capture_output=True, text=True,
                                 check=False)
        if started.returncode != 0:
            raise kafka_broker.Skipped(started.stderr.strip())
        cls.endpoint = started.stdout.strip()
        cls.broker.start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.stop()
        subprocess.run([S3, "stop", pathlib.Path(cls.folder.name) / "s3"], check=False)
        cls.folder.cleanup()

    def run_to_the_end(self):
        keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
                "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": self.endpoint}
        outcome = subprocess.run(
            [PROGRAM, self.broker.address, "orders", "s3://lake/orders",
             f"{self.folder.name}/checkpoint", "end"],
            env={**os.environ, **keys}, capture_output=True, text=True, timeout=SECONDS_MAX,
            check=False)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome.stderr

    # proves: s3: round trip
    def test_duckdb_reads_each_order_once(self):
        lake = pyarrow.fs.S3FileSystem(
            access_key="any", secret_key="any", region="us-east-1", scheme="http",
            endpoint_override=self.endpoint.removeprefix("http://"), allow_bucket_creation=True)
        lake.create_dir("lake")
        self.broker.create_topic("orders", 2)
        self.broker.write("orders", [json.dumps(order(i)) for i in range(1000)] + BAD)
        letters = self.run_to_the_end()
        self.broker.write("orders", [json.dumps(order(i)) for i in range(1000, 1500)])
        self.run_to_the_end()

        for record in BAD:
            self.assertIn(record, letters)
        page = PAGE.read_text(encoding="utf-8")
        # Their places in the topic differ from run to run.
        shown = re.findall(r"^topic=orders;\S+: (.*)$", letters, re.M)
        self.assertEqual(shown, re.findall(r"^    topic=orders;\S+: (.*)$", page, re.M))
        orders = pyarrow.dataset.dataset("lake/orders", filesystem=lake, format="parquet")
        query = ("select page, count(*) as orders, sum(amount) as amount from orders "
                 "group by 1 order by 1")
        self.assertIn(query, page)
        rows = duckdb.sql(query)
        expected = [(f"page-{page}", count, sum(order(i)["amount"] for i in range(page, 1500, 3)))
                    for page, count in [(0, 499), (1, 500), (2, 500)]]  # order 0 costs nothing
        self.assertEqual(rows.fetchall(), expected)
        printed = "".join(f"    {line}\n" for line in str(rows).splitlines() if line)
        self.assertIn(printed, page)

    # proves: s3: docs snippet
    def test_the_page_shows_the_example(self):
        snippet = re.search(r"^```cpp\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)[1]
        self.assertIn(snippet, (ROOT / "examples" / "cpp" / "kafka_to_parquet.cc").read_text())


if __name__ == "__main__":
    if not PROGRAM.exists():
        print("skipped: the example was not built")
        sys.exit(77)
    try:
        LakeTest.setUpClass()
    except kafka_broker.Skipped as skipped:
        print(skipped)
        sys.exit(77)
    LakeTest.setUpClass = classmethod(lambda cls: None)
    unittest.main(verbosity=0)
