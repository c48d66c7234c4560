#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds dist/thalweg-VERSION-*.whl in build/wheel, with the packages of .venv/: nothing is fetched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly python="$PWD/.venv/bin/python"
# The compiler of `make`, so that what ccache has is used again.
export CC="${CC:-cc}" CXX="${CXX:-c++}"
rm -f dist/thalweg-*.whl
"$python" -m pip wheel . --quiet --no-build-isolation --no-deps --wheel-dir dist \
  --disable-pip-version-check
for wheel in dist/thalweg-*.whl; do
  echo "$wheel  $(du -h "$wheel" | cut -f 1)"
done
