#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/connectors/README.md: which test proves what of which connector.

    tools/connector_proofs.py            writes it
    tools/connector_proofs.py --check    says whether it is up to date (make lint does)

A test says what it proves in a comment right before it, in C++ or Python:

    // proves: kafka: server restart
    // proves: CSV: truncated; weather: broker down at start
    // proves: hdfs: network faults; hdfs: server restart
    TEST_F(KafkaSourceNetworkTest, CopiesEachRecordOnceThroughARestartUnderLoad) {

In a script that is one test the comment stands anywhere.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "connectors" / "README.md"
CHECKS = ["round trip", "resume after kill", "server restart", "network faults", "malformed",
          "auth and TLS messages", "back-pressure", "limits", "metrics", "secrets redacted",
          "connect test", "docs snippet"]
CONNECTORS = ["console", "files", "hdfs", "kafka", "memory", "rate", "s3", "socket"]

# What can't be asked of a connector.
NO_SERVER = ["server restart", "network faults", "auth and TLS messages", "secrets redacted"]
NOT_READ = ["malformed", "back-pressure"]
LEFT_OUT = {
    "console": [*NO_SERVER, *NOT_READ, "resume after kill", "limits", "metrics"],
    "files": ["server restart", "network faults", "auth and TLS messages", "secrets redacted"],
    # WebHDFS is told a name, and Kerberos is not spoken.
    "hdfs": ["back-pressure", "metrics", "malformed", "limits", "secrets redacted"],
    "memory": [*NO_SERVER, *NOT_READ, "resume after kill", "metrics"],
    "rate": [*NO_SERVER, "malformed"],
    "s3": ["back-pressure", "metrics", "malformed", "limits"],
    # A socket gives its lines once, and nobody knows how many there will be.
    "socket": ["auth and TLS messages", "secrets redacted", "resume after kill", "metrics"],
}

# What is fed to them, and what can't be wrong there.
INPUTS = ["JSON", "CSV", "compressed files", "Kafka records"]
FAULTS = ["malformed", "wrong schema", "nulls", "huge numbers", "deep nesting", "truncated",
          "corrupt CRC", "decompression bomb"]
NOT_FAULTS = {
    "JSON": ["corrupt CRC", "decompression bomb"],
    "CSV": ["deep nesting", "corrupt CRC", "decompression bomb"],
    "compressed files": ["wrong schema", "nulls", "huge numbers", "deep nesting"],
}
WEATHER = ["broker down at start", "broker restarted under load", "topic deleted and recreated",
           "partitions added", "authorisation refused", "credentials wrong", "NameNode restarted",
           "DataNode gone while a file is read", "S3 answers 503", "S3 answers 403",
           "S3 restarted", "disk full at the sink", "file replaced while it is read"]
SUBJECTS = {**dict.fromkeys(CONNECTORS, CHECKS), **dict.fromkeys(INPUTS, FAULTS),
            "weather": WEATHER}

MARK = re.compile(r"^\s*(?://|#) proves: (.+)$")
CPP_TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\((\w+), (\w+)\)")
PYTHON_TEST = re.compile(r"^\s*def (test_\w+)\(")

HEAD = """\
# Connectors

What there is to read from and write to: [Kafka](kafka.md), [files](files.md) (on this machine,
HDFS and S3), and [what programs are tried with](trials.md): rate, socket, memory, console. `thalweg
connectors` lists them with their options; `thalweg connect test NAME KEY=VALUE...` tries options
out, step by step.

## What is proved of each

By a test that anybody can run: `yes` where there is one, `-` where it can't be asked (a sink reads
nothing; files on a disk have no password, nor has HDFS, which is told a user's name; a socket gives
its lines once; formats and back-pressure are those of what reads the file). An empty cell has no
test yet. Written by `tools/connector_proofs.py` from the marks in the tests.

"""


BAD_INPUT = """
## Bad input

What is read becomes a row or a dead letter with its bytes, and the stream goes on; `-` where there
is no such thing.
"""

BAD_WEATHER = """
## Bad weather

| what happens | the tests |
|---|---|"""


def known_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0")
            if name.endswith(("_test.cc", "_test.py")) and (ROOT / name).is_file()]


def proofs_in(path):
    """(connector, check, test) of each mark in a file. Errors: ValueError for a mark of neither."""
    waiting = []
    name = path.relative_to(ROOT).as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if mark := MARK.match(line):
            for proof in mark[1].split(";"):
                connector, _, check = (part.strip() for part in proof.partition(":"))
                if check not in SUBJECTS.get(connector, ()):
                    raise ValueError(f"{name}:{number}: no such proof: {proof.strip()!r}; it is "
                                     f"CONNECTOR: CHECK, INPUT: FAULT or weather: WEATHER")
                waiting.append((connector, check))
        elif test := CPP_TEST.match(line) or PYTHON_TEST.match(line):
            for connector, check in waiting:
                yield connector, check, (name, ".".join(test.groups()))
            waiting = []
    for connector, check in waiting:
        yield connector, check, (name, "")


def links(tests):
    """Of tests, each with the file it stands in."""
    return [f"[{test or pathlib.PurePosixPath(name).name}](../../{name})"
            for name, test in sorted(tests)]


def table(proofs, rows, columns, left_out):
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = []
        for column in columns:
            absent = "-" if column in left_out.get(row, []) else ""
            cells.append("yes" if proofs.get((row, column)) else absent)
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return lines


def tests_of(proofs, subject):
    lines = ["", f"## The tests of {subject}", ""]
    for check in SUBJECTS[subject]:
        found = links(proofs.get((subject, check), ()))
        for at, link in enumerate(found):
            lines.append((f"- {check}: " if at == 0 else "  ") + link +
                         ("," if at + 1 < len(found) else ""))
    return lines


def page(proofs):
    lines = table(proofs, CONNECTORS, CHECKS, LEFT_OUT)
    lines += [*BAD_INPUT.splitlines(), ""] + table(proofs, INPUTS, FAULTS, NOT_FAULTS)
    lines += BAD_WEATHER.splitlines()
    for one in WEATHER:
        lines.append(f"| {one} | " + " ".join(links(proofs.get(("weather", one), ()))) + " |")
    for subject in [*CONNECTORS, *INPUTS]:
        lines += tests_of(proofs, subject)
    return HEAD + "\n".join(lines) + "\n"


def main():
    proofs = collections.defaultdict(set)
    try:
        for path in known_files():
            for connector, check, test in proofs_in(path):
                proofs[connector, check].add(test)
    except ValueError as wrong:
        print(wrong)
        return 1
    made = page(proofs)
    there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if made != there:
        print("docs/connectors/README.md is not what the tests' marks say; "
              "run tools/connector_proofs.py")
        return 1
    marks = sum(len(tests) for tests in proofs.values())
    print(f"proofs: {marks} marks, as docs/connectors/README.md has them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
