# SPDX-License-Identifier: Apache-2.0
"""What a function refers to beside its arguments."""

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any


def referred(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """(name, value) of what a function closes over, and of the globals that its code may read.

    A global is there too when only an attribute of that name is read: see reads_global().
    """
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:  # A name that gets its value later.
            continue
    for code in _codes(function.__code__):
        for name in code.co_names:
            if name in function.__globals__:
                yield name, function.__globals__[name]


def reads_global(function: FunctionType, name: str) -> bool:
    """Whether ``name`` is read as a variable that is not local, and not only as an attribute."""
    return name in function.__code__.co_freevars or any(
        instruction.opname == "LOAD_GLOBAL" and instruction.argval == name
        for code in _codes(function.__code__)
        for instruction in dis.get_instructions(code)
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
