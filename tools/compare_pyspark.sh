#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests that compare the Python package with real PySpark, which is installed into
# .cache/pyspark/ once. THALWEG_PYSPARK names another Python that has it. Without Java nothing is
# compared, and that is said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly version=4.3.0
readonly python="$PWD/.venv/bin/python"

if ! hash java 2> /dev/null && [ -z "${JAVA_HOME:-}" ]; then
  echo "skipped: the comparison with PySpark: it needs Java (apt-get install default-jre-headless)"
  exit 0
fi
if [ -z "${THALWEG_PYSPARK:-}" ]; then
  readonly venv="$PWD/.cache/pyspark"
  if [ ! -e "$venv/pyspark-$version" ]; then
    echo "setup: installing pyspark $version into .cache/pyspark"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "pyspark==$version"
    touch "$venv/pyspark-$version"
  fi
  export THALWEG_PYSPARK="$venv/bin/python"
fi
cd python
exec env PYTHONPATH="$PWD" "$python" -m pytest -q -rs -p no:cacheprovider \
  tests/compare_rdd_test.py tests/compare_streaming_test.py tests/pyspark_names_test.py "$@"
