#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include to the order of modules that src/thalweg/LAYERS sets. Run by `make lint`.

Besides that order:
- a connector's folder is seen by itself and the list of connectors; what two connectors share
  stands in connectors/;
- testing/ is for tests; it may include every module and none may include it;
- thalweg.h is for users; no module includes it;
- a third-party library is seen only by the modules that FENCES names;
- examples and benchmarks see what users see: no _internal.h, nothing of testing/.

    tools/check_layers.py [ROOT]      ROOT: the repository, by default the working directory
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]')

# Library folder -> modules whose sources may include it. Forward declarations are for all.
FENCES = {"arrow/": {"columnar", "connectors"}, "curl/": {"connectors"},
          "librdkafka/": {"connectors", "testing"}, "simdjson.h": {"columnar"}}
UNFENCED = {"arrow/type_fwd.h"}

# The list of connectors, in which each of them has its line.
CONNECTOR_LIST = ("connectors", "all_connectors.cc")


def read_layers(path):
    """Module -> the modules its files may include, itself among them."""
    allowed = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        module, colon, below = line.partition(":")
        if not colon or module in allowed:
            sys.exit(f"{path}:{number}: expected `module: modules it may include`, once a module")
        for name in below.split():
            if name not in allowed:
                sys.exit(f"{path}:{number}: {module} names {name}, which is not above it")
        allowed[module] = {module, *below.split()}
    return allowed


def library_problem(module, included):
    for prefix, modules in FENCES.items():
        if included.startswith(prefix) and included not in UNFENCED and module not in modules:
            return f"<{included}> may be included by {', '.join(sorted(modules))} only"
    return None


def module_problem(allowed, parts, included):
    """Why a file of a module may not include one of our headers; None when it may."""
    module, is_test = parts[0], parts[-1].endswith("_test.cc")
    target = included.removeprefix("thalweg/").split("/")
    if len(target) == 1:
        return f"{included} is for users; include what is needed of it"
    if target[0] == "testing":
        return None if is_test or module == "testing" else f"{included} is for tests"
    if module == "testing":
        return None
    if target[0] not in allowed[module]:
        return f"{module} may not include {included}; LAYERS lets it see {sorted(allowed[module])}"
    is_foreign = tuple(parts[:2]) not in (tuple(target[:2]), CONNECTOR_LIST)
    if target[0] == "connectors" and len(target) > 2 and is_foreign:
        return f"only connectors/{target[1]}/ may include {included}"
    return None


def user_problem(included):
    if included.endswith("_internal.h") or included.startswith("thalweg/testing/"):
        return f"{included} is not installed; this program may use public headers only"
    return None


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[2]


def sources(folder):
    return sorted([*folder.rglob("*.h"), *folder.rglob("*.cc")])


def check(root):
    library = root / "src" / "thalweg"
    allowed = read_layers(library / "LAYERS")
    for path in sources(library):
        parts = path.relative_to(library).parts
        if len(parts) < 2:
            continue  # The umbrella may include every public header.
        if parts[0] not in allowed and parts[0] != "testing":
            yield f"{path}:1: module {parts[0]} is not in LAYERS"
            continue
        for number, included in includes(path):
            if included.startswith("thalweg/"):
                problem = module_problem(allowed, parts, included)
            else:
                problem = library_problem(parts[0], included)
            if problem:
                yield f"{path}:{number}: {problem}"
    for folder in ("examples", "benchmarks"):
        for path in sources(root / folder):
            for number, included in includes(path):
                problem = user_problem(included)
                if problem:
                    yield f"{path}:{number}: {problem}"


def main():
    problems = list(check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(problems) if problems else "layers: every include points downhill")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
