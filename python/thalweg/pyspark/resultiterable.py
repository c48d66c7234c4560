# SPDX-License-Identifier: Apache-2.0
"""PySpark's ResultIterable."""

from thalweg.result_iterable import ResultIterable

__all__ = ["ResultIterable"]
