#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything that `make lint` says. Runs all checks even when one fails, so that one run shows all.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

failed=0
python3 tools/check_layers.py || failed=1
python3 tools/check_style.py || failed=1

format() {
  if ! hash clang-format 2> /dev/null; then
    echo "format: not checked, clang-format is missing (Debian package clang-format)"
    return 0
  fi
  git ls-files -co --exclude-standard -z -- '*.h' '*.cc' |
    xargs -0 -r -n 8 -P "$(nproc)" clang-format --dry-run -Werror 2>&1 |
    awk -F: '/error:/ && !seen[$1]++ { print $1 ":" $2 ": not formatted; `make format` mends it" }'
  [ "${PIPESTATUS[1]}" = 0 ] && echo "format: as clang-format would have it"
}
format || failed=1

exit "$failed"
