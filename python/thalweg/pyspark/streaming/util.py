# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.streaming.util``."""

from datetime import datetime
from typing import Optional, Union

__all__ = ["rddToFileName"]


def rddToFileName(prefix: str, suffix: Optional[str], timestamp: Union[datetime, int]) -> str:
    """Where a batch is saved: ``prefix-MILLISECONDS[.suffix]``.

    >>> rddToFileName("counts", None, 1000), rddToFileName("counts", "txt", 1000)
    ('counts-1000', 'counts-1000.txt')
    """
    if isinstance(timestamp, datetime):
        timestamp = int(timestamp.replace(microsecond=0).timestamp()) * 1000 + (
            timestamp.microsecond // 1000
        )
    return f"{prefix}-{timestamp}" + ("" if suffix is None else f".{suffix}")
