#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#     tools/bench.sh BUILD_FOLDER [REGEX]
#
# Runs the micro-benchmarks one after another, those whose names match REGEX where one is given.
set -euo pipefail
readonly folder="${1:?usage: tools/bench.sh BUILD_FOLDER [REGEX]}/benchmarks/micro"
readonly pattern="${2:-.*}"

shopt -s nullglob
programs=("$folder"/*)
if [ ${#programs[@]} = 0 ]; then
  echo "no micro-benchmarks in $folder" >&2
  exit 1
fi
for program in "${programs[@]}"; do
  [ -x "$program" ] && [ -f "$program" ] || continue
  echo "== $(basename "$program")"
  "$program" --benchmark_filter="$pattern" --benchmark_min_time=0.2
done
