# SPDX-License-Identifier: Apache-2.0
"""60 kills of a program between Kafka topics: not a record lost, doubled or wrong. Left out, with
the reason, where there can be no broker."""
# proves: kafka: resume after kill

import pathlib
import subprocess
import sys

KILLS = 60

build = pathlib.Path(sys.argv[1]) / "tests"
if not (build / "libthalweg_kafka.so").exists():
    print("skipped: Thalweg was built without Kafka")
    sys.exit(77)
torture = pathlib.Path(__file__).with_name("torture.py")
done = subprocess.run([sys.executable, str(torture), str(build / "torture_job"), "--kills",
                       str(KILLS), "--job", "kafka"], check=False)
sys.exit(done.returncode)
