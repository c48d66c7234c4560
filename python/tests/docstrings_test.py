# SPDX-License-Identifier: Apache-2.0
"""Every public name has a docstring, and what docstrings show is what happens."""

import contextlib
import doctest
import importlib
import inspect
import pkgutil
import re
import tempfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import streams_of_docstrings
import thalweg
import thalweg.pyspark.sql
import thalweg.pyspark.streaming
from thalweg import _engine

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
            # The facade's properties have the text of the native ones, and no line of their own.
            if test.examples and test.lineno is not None:
                found[test.name] = test
    return [found[name] for name in sorted(found)]


@contextlib.contextmanager
def names_for(test: doctest.DocTest, folder: str) -> Iterator[dict[str, Any]]:
    """What an example finds beside the names of its module: ``context``, or PySpark's ``sc`` and
    ``ssc`` or ``spark``; ``queue`` and ``show`` for streams; ``folder`` and ``thalweg``."""
    source = "".join(example.source for example in test.examples)
    names: dict[str, Any] = {"folder": folder, "thalweg": thalweg}
    with contextlib.ExitStack() as stack:
        if "." not in test.name:
            pass
        elif test.name.startswith("thalweg.pyspark.") or re.search(r"\bsc\.", source):
            names["sc"] = stack.enter_context(
                thalweg.pyspark.SparkContext("local[2]", "docstrings")
            )
            if "ssc" in source:
                names["ssc"] = thalweg.pyspark.streaming.StreamingContext(names["sc"], 1)
            if "spark" in source:
                names["spark"] = thalweg.pyspark.sql.SparkSession.builder.getOrCreate()
        else:
            clock = _engine.VirtualClock() if "queue(" in source or "together" in source else None
            conf = thalweg.Conf()
            if clock is not None:
                conf.set("spark.default.parallelism", 1)  # Rows come in the order of the examples.
            made = thalweg.Context("local[2]", "docstrings", conf=conf, clock=clock)
            names["context"] = stack.enter_context(made)
            if clock is not None:
                names["queue"] = streams_of_docstrings.Queue(made)
                names["show"] = streams_of_docstrings.show_on(clock)
        yield names


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_what_a_docstring_shows_is_what_happens(test: doctest.DocTest) -> None:
    with tempfile.TemporaryDirectory() as folder, names_for(test, folder) as names:
        if ".checkpoint" in test.name and "context" in names:
            names["context"].set_checkpoint_dir(folder)
        test.globs = {**test.globs, **names}
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
