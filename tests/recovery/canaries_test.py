# SPDX-License-Identifier: Apache-2.0
"""Bugs planted on purpose: each must be found, or finding none in the real program says nothing."""

import pathlib
import subprocess
import sys

# The bug, the job that finds it, and kills enough for that.
CANARIES = [
    ("plan_not_written", "receiver", 25),
    ("plans_forgotten", "receiver", 25),
    ("epoch_without_plans", "receiver", 60),
    ("done_before_outputs", "files", 40),
    ("last_snapshot_left_out", "files", 40),
    ("last_page_not_saved", "files", 40),
    ("epoch_of_the_batch_before", "files", 40),
    ("window_one_batch_short", "files", 2),
    ("waiting_blocks_forgotten", "receiver", 60),
    ("blocks_received_again", "receiver", 25),
]

program = pathlib.Path(sys.argv[1]) / "tests" / "torture_job"
torture = pathlib.Path(__file__).with_name("torture.py")
missed = []
for canary, job, kills in CANARIES:
    done = subprocess.run(
        [sys.executable, str(torture), str(program), "--kills", str(kills), "--job", job,
         "--canary", canary],
        capture_output=True,
        text=True,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("DIFFERENCE")]
    print(f"{canary:28} {job:9} {found[0] if found else 'NOT FOUND'}", flush=True)
    if done.returncode != 1 or not found:
        missed.append(canary)
print(f"{len(CANARIES) - len(missed)} of {len(CANARIES)} planted bugs found")
sys.exit(1 if missed else 0)
