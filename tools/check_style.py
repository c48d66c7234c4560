#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what clang-format cannot: sizes, names, licence lines, and calls that have one home.

    tools/check_style.py [FILE...]      by default every file that git knows or would add

A limit here may be lowered when the code allows it, never raised.
"""
import bisect
import collections
import pathlib
import re
import subprocess
import sys

FILE_LINES_MAX = 1000
FILE_LINES_AIM = 400
FUNCTION_LINES_MAX = 70
FOLDER_FILES_MAX = 30
COLUMNS_MAX = 100

LICENCE = "SPDX-License-Identifier: Apache-2.0"
CPP = {".h", ".cc"}
CODE = CPP | {".py", ".sh", ".cmake", ".in"}
CODE_NAMES = {"CMakeLists.txt", "Makefile", "LAYERS", "run", ".clang-format", ".clang-tidy"}

# Names that attract everything.
VAGUE_FILE = re.compile(r"(^|_)(utils?|helpers?|managers?|misc)(_|\.|$)")
# Its modules are named as PySpark names them.
PYSPARK_NAMED = "python/thalweg/pyspark/"
VAGUE_TYPE = re.compile(r"\b(?:class|struct)\s+(\w*(?:Utils?|Helpers?|Managers?|Info))\b")

# What only some files may say, and what the others do instead. Time and chance come in through
# interfaces, so that a test, or a simulation, can play them.
ONE_HOME = [
    (re.compile(r"\b(?:system_clock|steady_clock|high_resolution_clock)::now\b"
                r"|\b(?:sleep_for|sleep_until|usleep|nanosleep|gettimeofday|clock_gettime)\b"),
     {"src/thalweg/common/clock.cc"}, "take a Clock (common/clock.h)"),
    (re.compile(r"\bstd::rand\b|\bsrand\b|\brandom_device\b"),
     {"src/thalweg/common/random.cc"}, "take a Random (common/random.h)"),
]
ONE_HOME_FOLDERS = ("src/", "tests/")

SCOPE_WORDS = re.compile(r"^((inline|typedef)\s+)*(namespace|class|struct|union|enum|extern)\b")
ACCESS = re.compile(r"\b(?:public|protected|private)\s*:(?!:)")
TEMPLATE_WORDS = re.compile(r"^template\s*<")


def known_files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, text=True, check=True).stdout
    return [path for path in map(pathlib.Path, listed.split("\0")) if path.is_file()]


def is_code(path):
    return path.suffix in CODE or path.name in CODE_NAMES


NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<!\w)'(?:\\.|[^'\\\n])+'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def code_only(text):
    """The text with comments and literals blanked, lines kept where they are."""
    return NOT_CODE.sub(blank, text)


def without_template_head(head):
    """`template <...> requires ... void f()` without its `template <...>`."""
    while TEMPLATE_WORDS.match(head):
        depth = 0
        for at in range(head.index("<"), len(head)):
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            if depth == 0:
                break
        head = head[at + 1:].strip()
    return head


def functions(code):
    """(first line, last line) of each function body that is not inside another, found by braces."""
    code = DIRECTIVE.sub(blank, code)
    line_starts = [match.end() for match in re.finditer("\n", code)]
    scopes = []  # For each open brace: the place of its head when it opens a function, else None.
    inside = 0  # Open braces since the outermost function began.
    head_at = 0
    for match in re.finditer(r"[{};]", code):
        at, mark = match.start(), match[0]
        if mark == "{":
            head = ACCESS.sub(blank, code[head_at:at])
            place = head_at + len(head) - len(head.lstrip())
            head = without_template_head(head.strip())
            is_function = not inside and "(" in head and not SCOPE_WORDS.match(head)
            scopes.append(place if is_function else None)
            inside += 1 if inside or is_function else 0
        elif mark == "}" and scopes:
            place = scopes.pop()
            inside -= 1 if inside else 0
            if place is not None:
                first, last = (bisect.bisect_right(line_starts, end) + 1 for end in (place, at))
                yield first, last
        head_at = match.end()


def check_text(path, text):
    """What holds for every text file."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if "\t" in line and path.name != "Makefile":
            yield number, "a tab; use spaces"
        if is_code(path) and path.name != "Makefile" and len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns; at most {COLUMNS_MAX}"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file"
    if VAGUE_FILE.search(path.name) and not path.as_posix().startswith(PYSPARK_NAMED):
        yield 1, "a name that attracts everything; say what the file holds"


def check_code(path, text):
    """What holds for code in any language."""
    head = text.split("\n", 2)[:2]
    first = head[1] if text.startswith("#!") else head[0]
    if LICENCE not in first:
        yield 1, f"the first line must be a comment with {LICENCE}"
    count = text.count("\n")
    if count > FILE_LINES_MAX:
        yield 1, f"{count} lines; at most {FILE_LINES_MAX}, and {FILE_LINES_AIM} is the aim"


def check_cpp(path, text):
    code = code_only(text)
    if path.suffix == ".h" and not re.search(r"^#pragma once$", text, re.M):
        yield 1, "a header without #pragma once"
    for first, last in functions(code):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield first, f"a function of {last - first + 1} lines; at most {FUNCTION_LINES_MAX}"
    restricted = path.as_posix().startswith(ONE_HOME_FOLDERS)
    for number, line in enumerate(code.split("\n"), 1):
        match = VAGUE_TYPE.search(line)
        if match:
            yield number, f"{match[1]}: a name that attracts everything; say what the type is"
        for pattern, homes, instead in ONE_HOME if restricted else ():
            match = pattern.search(line)
            if match and path.as_posix() not in homes:
                yield number, f"{match[0]} is for {', '.join(sorted(homes))} only; {instead}"


FENCED = re.compile(r"^```.*?^```|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def check_markdown(path, text):
    text = FENCED.sub(blank, text)
    for number, line in enumerate(text.split("\n"), 1):
        for target in LINK.findall(line):
            if not (path.parent / target).exists():
                yield number, f"a link to {target}, which does not exist"


def check_folders(paths):
    counts = collections.Counter(
        path.parent for path in paths if path.suffix in CPP and not path.name.endswith("_test.cc"))
    for folder, count in sorted(counts.items()):
        if count > FOLDER_FILES_MAX:
            yield (f"{folder}: {count} source files besides tests; at most {FOLDER_FILES_MAX}, "
                   "then a subfolder with a name from the domain")


def check_file(path):
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return  # Not text.
    checks = [check_text]
    if is_code(path):
        checks.append(check_code)
    if path.suffix in CPP:
        checks.append(check_cpp)
    if path.suffix == ".md":
        checks.append(check_markdown)
    for check in checks:
        for number, message in check(path, text):
            yield f"{path}:{number}: {message}"


def main():
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or known_files()
    problems = [problem for path in sorted(paths) for problem in check_file(path)]
    problems += check_folders(paths)
    print("\n".join(problems) if problems else f"style: {len(paths)} files, nothing to say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
