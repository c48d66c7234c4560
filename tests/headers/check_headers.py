#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every public header: that it compiles alone, without warnings, and what it includes.

Public are all headers but those whose name ends in _internal.h and those in testing/. They may
include the C++ and C standard libraries, POSIX, other public headers, and of Arrow only
arrow/type_fwd.h.

Those that a source of the library includes before all else were compiled alone with it. Each of the
others is compiled into an object in the folder that --objects names, so that a compiler cache knows
it the next time; nobody uses the object.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
ARROW_ALLOWED = {"arrow/type_fwd.h"}
# Names with .h or / that belong to the C library, the kernel or the compiler.
SYSTEM = re.compile(r"(sys|netinet|arpa|linux)/\w+\.h|(\w+intrin|pthread|unistd|fcntl|poll|signal"
                    r"|netdb|errno|stdint|stddef|limits|string|time|sched|dirent|cxxabi)\.h"
                    r"|sanitizer/\w+_interface\.h")


def is_public(name):
    return not name.endswith("_internal.h") and "/testing/" not in name


def include_problem(kind, name):
    """Why a public header may not have this line; None when it may."""
    if name.startswith("thalweg/"):
        if kind == "<":
            return f'our own headers are included in quotes: "{name}"'
        return None if is_public(name) else f"{name} is not installed: not for a public header"
    if kind == '"':
        return f'"{name}" must be written as a path from src/: "thalweg/..."'
    standard = "/" not in name and "." not in name
    if standard or name in ARROW_ALLOWED or SYSTEM.fullmatch(name):
        return None
    return f"<{name}> is a third-party header; allowed are only {', '.join(sorted(ARROW_ALLOWED))}"


class Tree:
    """The headers under the include root, with what each includes of the others."""

    def __init__(self, root):
        self.root = root
        self.texts = {}
        for path in sorted((root / "thalweg").rglob("*.h")):
            self.texts[str(path.relative_to(root))] = path.read_text()

    def public(self):
        return [name for name in self.texts if is_public(name)]

    def includes(self, name):
        return INCLUDE.findall(self.texts[name])

    def leads_source(self, name):
        """Whether the header is the first thing that the source beside it includes."""
        source = (self.root / name).with_suffix(".cc")
        first = INCLUDE.search(source.read_text()) if source.exists() else None
        return first is not None and first[2] == name


def compile_alone(command, folder, name):
    source = folder / (name.replace("/", "_").removesuffix(".h") + ".cc")
    source.write_text(f'#include "{name}"\n#include "{name}"\n')  # Twice: the guard must hold.
    made = source.with_suffix(".o")
    outcome = subprocess.run([*command, "-MD", "-c", source, "-o", made], capture_output=True,
                             text=True, check=False)
    return None if outcome.returncode == 0 else outcome.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True, nargs="+",
                        help="with what it is launched by before it")
    parser.add_argument("--include", type=pathlib.Path, required=True)
    parser.add_argument("--system", action="append", default=[])
    parser.add_argument("--objects", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    tree = Tree(arguments.include)
    problems = []
    for name in tree.public():
        for kind, included in tree.includes(name):
            problem = include_problem(kind, included)
            if problem:
                problems.append(f"src/{name}: {problem}")

    command = [*arguments.compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", "-Wpedantic",
               "-Werror", f"-I{arguments.include}"]
    for folder in arguments.system:
        command += ["-isystem", folder]
    alone = [name for name in tree.public() if not tree.leads_source(name)]
    arguments.objects.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        outcomes = pool.map(lambda name: compile_alone(command, arguments.objects, name), alone)
        for name, errors in zip(alone, outcomes):
            if errors:
                problems.append(f"src/{name} does not compile alone:\n{errors}")

    for problem in problems:
        print(problem)
    print(f"{len(tree.public())} public headers, {len(alone)} compiled, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
