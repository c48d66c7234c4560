# SPDX-License-Identifier: Apache-2.0
"""Where in the user's program a call was made."""

import os
import sys

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def call_site() -> str:
    """``file:line`` of the innermost frame outside this package, ``<unknown>`` without one."""
    frame = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "<unknown>"
