#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds dist/thalweg-VERSION-*.whl in build/wheel, with the packages of .venv/: nothing is fetched.
# What its parts for Kafka and HDFS need of this system's libraries comes along in it, so that it
# runs on every Linux whose C library is not older than its name says. Arrow's are pyarrow's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly python="$PWD/.venv/bin/python"
# The compiler of `make`, so that what ccache has is used again.
export CC="${CC:-cc}" CXX="${CXX:-c++}"
readonly log="build/wheel/auditwheel.log"
rm -rf dist/thalweg-*.whl build/wheel/unrepaired
"$python" -m pip wheel . --quiet --no-build-isolation --no-deps --wheel-dir build/wheel/unrepaired \
  --disable-pip-version-check
if ! PATH="$PWD/.venv/bin:$PATH" "$python" -m auditwheel repair --plat auto \
  --exclude 'libarrow*' --exclude 'libparquet*' --wheel-dir dist \
  build/wheel/unrepaired/thalweg-*.whl > "$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
for wheel in dist/thalweg-*.whl; do
  echo "$wheel  $(du -h "$wheel" | cut -f 1)"
done
