#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names the C++ files that clang-format would write differently. Run by `make lint`.

    tools/check_format.py [FILE...]      by default every C++ file that git knows or would add
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys

FILES_AT_ONCE = 8


def known_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", "*.h", "*.cc"],
                            capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if os.path.isfile(name))


def misformatted(names):
    """File -> its first line that would change."""
    said = subprocess.run(["clang-format", "--dry-run", *names], capture_output=True, text=True,
                          check=True).stderr
    first_lines = {}
    for line in said.splitlines():
        name, _, rest = line.partition(":")
        if "[-Wclang-format-violations]" in rest:
            first_lines.setdefault(name, rest.partition(":")[0])
    return first_lines


def main():
    if not shutil.which("clang-format"):
        print("format: not checked, clang-format is missing (Debian package clang-format)")
        return 0
    names = sys.argv[1:] or known_files()
    batches = [names[at:at + FILES_AT_ONCE] for at in range(0, len(names), FILES_AT_ONCE)]
    count = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first_lines in pool.map(misformatted, batches):
            for name, line in first_lines.items():
                print(f"{name}:{line}: not formatted; `make format` mends it")
            count += len(first_lines)
    if count == 0:
        print(f"format: {len(names)} files, as clang-format would have them")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
