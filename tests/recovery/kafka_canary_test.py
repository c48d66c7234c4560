# SPDX-License-Identifier: Apache-2.0
"""A bug planted on purpose in Kafka's sink, batches that are not numbered in their transactions:
it must be found. Left out, with the reason, where there can be no broker."""

import pathlib
import subprocess
import sys

KILLS = 25
SKIPPED = 77

build = pathlib.Path(sys.argv[1]) / "tests"
if not (build / "libthalweg_kafka.so").exists():
    print("skipped: Thalweg was built without Kafka")
    sys.exit(SKIPPED)
torture = pathlib.Path(__file__).with_name("torture.py")
done = subprocess.run([sys.executable, str(torture), str(build / "torture_job"), "--kills",
                       str(KILLS), "--job", "kafka", "--canary", "marker_left_out"],
                      stdout=subprocess.PIPE, text=True, check=False)
print(done.stdout)
if done.returncode == SKIPPED:
    sys.exit(SKIPPED)
sys.exit(0 if "\nDIFFERENCE" in done.stdout else "the planted bug was not found")
