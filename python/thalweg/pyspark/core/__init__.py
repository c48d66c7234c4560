# SPDX-License-Identifier: Apache-2.0
"""Where PySpark 4 keeps its own modules: ``pyspark.core.rdd`` is ``pyspark.rdd``."""

import sys

from thalweg.pyspark import broadcast, context, files, rdd, status

for _module in (broadcast, context, files, rdd, status):
    sys.modules[f"{__name__}.{_module.__name__.rpartition('.')[2]}"] = _module
