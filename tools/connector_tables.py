#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of options into docs/connectors/*.md, from the registry of connectors.

    make tables                                                writes them
    PYTHONPATH=python tools/connector_tables.py --check        says which pages are not up to date

It needs the engine, which `make` builds. A table stands between two comments of its page,

    <!-- options of kafka -->
    <!-- end of options -->

and there it is replaced.
"""

import pathlib
import re
import sys

from thalweg import _engine
from thalweg.connectors_command import markdown

PAGES = pathlib.Path(__file__).resolve().parents[1] / "docs" / "connectors"
TABLE = re.compile(r"(<!-- options of (\w+) -->\n).*?(<!-- end of options -->)", re.S)


def main():
    connectors = {connector["name"]: connector for connector in _engine.connectors()}
    checks = sys.argv[1:] == ["--check"]
    stale = []
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        made = TABLE.sub(
            lambda found: found[1] + "\n".join(markdown(connectors[found[2]])) + "\n" + found[3],
            text)
        if made == text:
            continue
        stale.append(page.name)
        if not checks:
            page.write_text(made, encoding="utf-8")
    for name in stale:
        print(f"docs/connectors/{name}: " +
              ("its options are not those of the registry; run make tables" if checks
               else "written"))
    return 1 if checks and stale else 0


if __name__ == "__main__":
    sys.exit(main())
