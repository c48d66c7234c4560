# SPDX-License-Identifier: Apache-2.0
"""Runs the two programs of the demo, and counts an access log without them."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 300
LINE_BYTES_MAX = 1 << 20

QUOTED = rb'"(?:[^"\\]|\\.)*"'
COMBINED = re.compile(
    rb'[^ ]* [^ ]* [^ ]* \[[^\]]*\] ' + QUOTED + rb' (\d+) (\d+|-) ' + QUOTED + rb' ' + QUOTED)


def count_log(data):
    """The totals of a log, as both programs should print them."""
    names = ("lines", "1xx", "2xx", "3xx", "4xx", "5xx", "bytes", "malformed")
    totals = dict.fromkeys(names, 0)
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for line in lines:
        totals["lines"] += 1
        if line.endswith(b"\r"):
            line = line[:-1]
        match = COMBINED.fullmatch(line) if len(line) <= LINE_BYTES_MAX else None
        size = 0 if not match or match[2] == b"-" else int(match[2])
        if not match or not 100 <= int(match[1]) <= 599 or size >= 1 << 63:
            totals["malformed"] += 1
            continue
        totals[f"{int(match[1]) // 100}xx"] += 1
        totals["bytes"] += size
    return totals


def totals_in(output):
    """The totals in a program's last line."""
    words = output.splitlines()[-1].split()
    assert words[0] == "totals", f"the last line holds no totals:\n{output}"
    return {name: int(value) for name, value in (word.split("=") for word in words[1:])}


def play(build, *arguments, batch_ms=200):
    """Lets the monitor watch what traffic sends. Returns sent totals, analysed totals, table."""
    programs = pathlib.Path(build) / "examples"
    with subprocess.Popen([programs / "traffic", *map(str, arguments)], text=True,
                          stdout=subprocess.PIPE) as site:
        try:
            host, port = site.stdout.readline().split()[-1].split(":")
            monitor = subprocess.run(
                [programs / "log_monitor", host, port, str(batch_ms)], check=True, text=True,
                capture_output=True, timeout=SECONDS_MAX)
            sent = site.stdout.read()
            assert site.wait(SECONDS_MAX) == 0, f"traffic ended with {site.returncode}"
        finally:
            site.kill()
    return totals_in(sent), totals_in(monitor.stdout), monitor.stdout
