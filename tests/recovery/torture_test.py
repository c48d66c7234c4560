# SPDX-License-Identifier: Apache-2.0
"""60 kills, half of them of each job: not a line lost, doubled or wrong."""

import pathlib
import subprocess
import sys

KILLS = 30

program = pathlib.Path(sys.argv[1]) / "tests" / "torture_job"
torture = pathlib.Path(__file__).with_name("torture.py")
failed = False
for job in ["files", "receiver"]:
    done = subprocess.run(
        [sys.executable, str(torture), str(program), "--kills", str(KILLS), "--job", job]
    )
    failed |= done.returncode != 0
sys.exit(1 if failed else 0)
