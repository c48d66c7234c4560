# SPDX-License-Identifier: Apache-2.0
"""Runs all programs on one of the two."""

import importlib
import json
import sys
import tempfile

from rdd_programs import (
    PROGRAMS,
    actions,
    keeping,
    kinds_of_rows,
    pairs_and_order,
    rows,
    settings,
    sources,
)

#: Where programs are; being imported they have put themselves into PROGRAMS.
MODULES = (sources, rows, pairs_and_order, actions, keeping, kinds_of_rows, settings)


def main() -> None:
    pyspark = importlib.import_module(sys.argv[1])
    conf = pyspark.SparkConf().set("spark.ui.enabled", "false")
    sc = pyspark.SparkContext("local[2]", "rdd programs", conf=conf)
    sc.setLogLevel("OFF")
    with open(sys.argv[2], "w", encoding="utf-8") as results:
        for name, run in PROGRAMS.items():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    result = repr(run(sc, folder))
                except Exception as error:
                    result = f"failed: {type(error).__name__}: {error}"
            results.write(json.dumps([name, result]) + "\n")
            results.flush()
    sc.stop()


if __name__ == "__main__":
    main()
