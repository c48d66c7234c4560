#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#     tools/tidy.sh BUILD_FOLDER [FILE...]
#
# clang-tidy over the given sources, by default the library's own without tests.
set -euo pipefail
readonly build="${1:?usage: tools/tidy.sh BUILD_FOLDER [FILE...]}"
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=("$@")
if [ ${#files[@]} = 0 ]; then
  mapfile -t files < <(git ls-files -co --exclude-standard -- 'src/*.cc' ':!:*_test.cc')
fi
# The compilation database holds g++ options that clang does not know.
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-optimization-argument
