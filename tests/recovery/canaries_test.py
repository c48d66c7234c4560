# SPDX-License-Identifier: Apache-2.0
"""Bugs planted on purpose: each must be found, or finding none in the real program says nothing."""

import concurrent.futures
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

AT_ONCE = 4  # They mostly wait.

program = pathlib.Path(sys.argv[1]) / "tests" / "torture_job"
torture = pathlib.Path(__file__).with_name("torture.py")


def find(canary, job, kills):
    """What was found first of a planted bug, or nothing."""
    done = subprocess.run(
        [sys.executable, str(torture), str(program), "--kills", str(kills), "--job", job,
         "--canary", canary],
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("DIFFERENCE")]
    return found[0] if found and done.returncode == 1 else None


with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    results = list(pool.map(lambda each: find(*each), CANARIES))
for (canary, job, _), found in zip(CANARIES, results):
    print(f"{canary:28} {job:9} {found or 'NOT FOUND'}", flush=True)
missed = results.count(None)
print(f"{len(CANARIES) - missed} of {len(CANARIES)} planted bugs found")
sys.exit(1 if missed else 0)
