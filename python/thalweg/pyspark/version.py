# SPDX-License-Identifier: Apache-2.0
"""The version of PySpark whose names and behaviour these are."""

__version__ = "4.3.0"
