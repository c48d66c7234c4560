# SPDX-License-Identifier: Apache-2.0
"""The wheel, built and installed into a clean environment, is all that a program needs.

    check_wheel.py CHECKOUT

Builds dist/thalweg-*.whl by `make wheel`, installs it into a new virtual environment, and runs from
there what a newcomer runs. Ends with 77 (skipped) where pip has nowhere to fetch pyarrow from.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

WHEEL_MIB_MAX = 25
IMPORT_SECONDS_MAX = 0.150
RUN_SECONDS_MAX = 300

PROGRAM = """\
from pyspark import SparkContext
from pyspark.streaming import StreamingContext

sc = SparkContext("local[2]", "wheel")
ssc = StreamingContext(sc, 0.2)
counts = (
    ssc.queueStream([["to be or not to be"]])
    .flatMap(lambda line: line.split(" "))
    .map(lambda word: (word, 1))
    .reduceByKey(lambda a, b: a + b)
)
counts.foreachRDD(lambda rdd: print(sorted(rdd.collect())) if not rdd.isEmpty() else None)
ssc.start()
ssc.awaitTerminationOrTimeout(1)
ssc.stop()
"""


def run(command: list, **options) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=options.pop("timeout", RUN_SECONDS_MAX),
        **options,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def expect(holds: bool, what: str) -> None:
    if not holds:
        sys.exit(f"not so: {what}")


def main() -> None:
    checkout = Path(sys.argv[1])
    print(run([checkout / "tools" / "wheel.sh"], timeout=1300).strip())
    (wheel,) = (checkout / "dist").glob("thalweg-*.whl")
    mib = wheel.stat().st_size / 2**20
    expect(mib <= WHEEL_MIB_MAX, f"the wheel has at most {WHEEL_MIB_MAX} MiB: {mib:.1f}")
    expect("-manylinux_" in wheel.name, f"the wheel says which systems it runs on: {wheel.name}")

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / "bin" / "python"
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        fetched = subprocess.run(
            [*map(str, pip), "install", "--quiet", str(wheel)], capture_output=True, text=True
        )
        if "Could not find a version" in fetched.stderr:
            print(f"skipped: pip can fetch nothing here: {fetched.stderr.strip()}")
            sys.exit(77)
        expect(fetched.returncode == 0, f"pip installs the wheel: {fetched.stderr}")

        names = {line.split("==")[0] for line in run([*pip, "freeze"]).splitlines()}
        names = {name.split(" @ ")[0] for name in names}
        expect(
            names <= {"thalweg", "pyarrow", "cloudpickle"},
            f"the wheel brings pyarrow and cloudpickle and nothing else: {sorted(names)}",
        )
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        clean["PATH"] = f"{home / 'venv' / 'bin'}:{clean['PATH']}"
        job = home / "job.py"
        job.write_text(PROGRAM, encoding="utf-8")
        printed = run(["thalweg", "run", job], cwd=home, env=clean)
        expected = "[('be', 2), ('not', 1), ('or', 1), ('to', 2)]"
        expect(expected in printed, f"thalweg run prints the counts: {printed}")

        timed = "import time as t; s = t.monotonic(); import thalweg; print(t.monotonic() - s)"
        seconds = min(float(run([python, "-c", timed], cwd=home, env=clean)) for _ in range(5))
        print(f"import thalweg: {seconds * 1000:.0f} ms; wheel: {mib:.1f} MiB")
        expect(seconds <= IMPORT_SECONDS_MAX, f"import takes at most {IMPORT_SECONDS_MAX} s")


if __name__ == "__main__":
    main()
