#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a wrong program is refused by the compiler in words its author can use.

The program says in its first comment lines what those words are:

    // expect: the type is not printable

Each expected text must stand within the first lines of what the compiler says; a program that
compiles, or one that is refused further down, fails the test.
"""
import argparse
import pathlib
import subprocess
import sys

LINES_MAX = 12


def expected_texts(program):
    texts = []
    for line in program.read_text().splitlines():
        if not line.startswith("//"):
            break
        comment, _, text = line.partition("expect:")
        if comment.strip() == "//" and text:
            texts.append(text.strip())
    return texts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--system", action="append", default=[])
    parser.add_argument("program", type=pathlib.Path)
    arguments = parser.parse_args()

    texts = expected_texts(arguments.program)
    if not texts:
        sys.exit(f"{arguments.program}: its first lines have no comment `// expect: TEXT`")
    command = [arguments.compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never"]
    command += [f"-I{folder}" for folder in arguments.include]
    for folder in arguments.system:
        command += ["-isystem", folder]
    outcome = subprocess.run(command + [str(arguments.program)], capture_output=True, text=True,
                             env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=False)
    lines = outcome.stderr.splitlines()
    if outcome.returncode == 0:
        sys.exit(f"{arguments.program} compiles, but should be refused with: {'; '.join(texts)}")
    head = "\n".join(lines[:LINES_MAX])
    missing = [text for text in texts if text not in head]
    for text in missing:
        found = next((n for n, line in enumerate(lines, 1) if text in line), None)
        where = f"first in line {found}" if found else "nowhere in the output"
        print(f"not in the first {LINES_MAX} lines of the compiler's output: {text} ({where})")
    if missing:
        print("The output begins:", head, sep="\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
