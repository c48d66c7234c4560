#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Everything that `make lint` says. Runs all checks even when one fails, so that one run shows all.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

failed=0
for check in layers style format; do
  python3 "tools/check_$check.py" || failed=1
done
python3 tools/connector_proofs.py --check || failed=1
exit "$failed"
