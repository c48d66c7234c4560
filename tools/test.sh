#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#     tools/test.sh BUILD_FOLDER JOBS [REGEX]
#
# Runs the tests that were built, those whose names match REGEX where one is given, and then says
# what was skipped and why, which ctest keeps to its log.
set -uo pipefail
readonly build="${1:?usage: tools/test.sh BUILD_FOLDER JOBS [REGEX]}"
readonly jobs="${2:?usage: tools/test.sh BUILD_FOLDER JOBS [REGEX]}"

# The thread sanitizer of g++ 12 stops where addresses are randomised by more than it knows.
fixed_addresses=()
if grep -qs '^THALWEG_SANITIZE:.*=thread' "$build/CMakeCache.txt" &&
  setarch --addr-no-randomize true 2> /dev/null; then
  fixed_addresses=(setarch --addr-no-randomize)
fi

"${fixed_addresses[@]}" ctest --test-dir "$build" -j "$jobs" --output-on-failure ${3:+-R "$3"}
outcome=$?

# GoogleTest writes `file:line: Skipped` and the reason below it; pytest `SKIPPED [n] file:line:
# reason`; scripts `skipped: reason`.
awk -v root="$PWD/" '
  /: Skipped$/ {
    place = $1
    sub(root, "", place)
    if ((getline reason) > 0) print "skipped: " place " " reason
  }
  /^SKIPPED \[/ {
    sub(/^SKIPPED \[[0-9]+\] /, "")
    print "skipped: " $0
  }
  /^skipped: / { print }
' "$build/Testing/Temporary/LastTest.log"
exit "$outcome"
