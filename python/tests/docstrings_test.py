# SPDX-License-Identifier: Apache-2.0
"""Every public name has a docstring, and what docstrings show is what happens."""

import contextlib
import doctest
import importlib
import inspect
import pkgutil
import tempfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import thalweg
import thalweg.pyspark

#: Modules that need what the package does not bring along.
SKIPPED = {"thalweg.__main__"}
OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE


def modules() -> Iterator[ModuleType]:
    yield thalweg
    for found in pkgutil.walk_packages(thalweg.__path__, "thalweg."):
        if found.name not in SKIPPED and not found.name.startswith("thalweg._engine"):
            yield importlib.import_module(found.name)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {}
    for module in modules():
        for test in finder.find(module, module.__name__):
            if test.examples:
                found[test.name] = test
    return [found[name] for name in sorted(found)]


def contexts_of(test: doctest.DocTest) -> Any:
    """The kind of context that an example means: ours, or PySpark's as ``sc``."""
    if any("sc." in example.source for example in test.examples):
        return "sc", thalweg.pyspark.SparkContext
    return "context", thalweg.Context


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_what_a_docstring_shows_is_what_happens(test: doctest.DocTest) -> None:
    name, kind = contexts_of(test)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        made = stack.enter_context(kind("local[2]", "docstrings")) if "." in test.name else None
        if ".checkpoint" in test.name:
            made.set_checkpoint_dir(folder)
        test.globs = {**test.globs, name: made, "folder": folder, "thalweg": thalweg}
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=OPTIONS)
        runner.run(test, out=said.append)
        assert runner.failures == 0, "".join(said)


def public_members() -> Iterator[tuple[str, Any]]:
    for name in thalweg.__all__:
        value = getattr(thalweg, name)
        yield name, value
        if inspect.isclass(value):
            for member, _ in inspect.getmembers(value):
                if not member.startswith("_"):
                    yield f"{name}.{member}", inspect.getattr_static(value, member)


def test_every_public_name_is_documented() -> None:
    undocumented = [
        name
        for name, value in public_members()
        if (inspect.isroutine(value) or isinstance(value, property) or inspect.isclass(value))
        and not inspect.getdoc(value)
    ]
    assert undocumented == []
