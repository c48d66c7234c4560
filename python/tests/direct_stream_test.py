# SPDX-License-Identifier: Apache-2.0
"""Streams of ranges of a source that are planned before they are read."""

import json
import pathlib
import time
from typing import Any

import pytest
import thalweg
from programs import SECONDS_MAX
from thalweg.errors import WrongValueError


def rows_of(context: thalweg.Context, options: dict[str, str], count: int) -> list[Any]:
    """The first rows of a stream of files."""
    rows: list[Any] = []
    ssc = thalweg.StreamingContext(context, 0.1)
    ssc.direct_stream("files", options).for_each_rdd(lambda rdd: rows.extend(rdd.collect()))
    ssc.start()
    deadline = time.monotonic() + SECONDS_MAX
    while len(rows) < count:
        ssc.await_termination_or_timeout(0.02)
        assert time.monotonic() < deadline
    ssc.stop()
    return rows


def test_lines_are_str(context: thalweg.Context, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwö\n")
    assert rows_of(context, {"path": str(tmp_path)}, 2) == ["one", "twö"]


def test_records_are_bytes(context: thalweg.Context, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"abcdef")
    options = {"path": str(tmp_path), "format": "binary", "recordLength": "3"}
    options["schema"] = "value binary"
    assert rows_of(context, options, 2) == [{"value": b"abc"}, {"value": b"def"}]


def test_rows_are_dicts_of_the_schema(context: thalweg.Context, tmp_path: pathlib.Path) -> None:
    orders = [{"id": 1, "price": 1.5, "sold": True, "more": [1]}, {"id": 2}]
    folder = tmp_path / "day=1"
    folder.mkdir()
    (folder / "a.json").write_text("".join(json.dumps(order) + "\n" for order in orders))
    options = {"path": str(tmp_path), "format": "json"}
    options["schema"] = "id bigint, price double, sold boolean, day int"
    assert rows_of(context, options, 2) == [
        {"id": 1, "price": 1.5, "sold": True, "day": 1},
        {"id": 2, "price": None, "sold": None, "day": 1},
    ]


def test_options_are_refused_where_they_stand(context: thalweg.Context) -> None:
    ssc = thalweg.StreamingContext(context, 1)
    with pytest.raises(WrongValueError, match="no such type"):
        ssc.direct_stream("files", {"path": "in", "format": "json", "schema": "id uuid"})
    ssc.stop()
