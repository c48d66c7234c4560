# SPDX-License-Identifier: Apache-2.0
"""Where streams keep their states: thalweg.state.backend."""

from collections.abc import Iterator
from typing import Any

import pytest
from streams_of_docstrings import Queue, batches_of

from thalweg import Conf, Context
from thalweg._engine import VirtualClock
from thalweg.errors import WrongValueError


def running_totals(conf: Conf) -> tuple[list[list[Any]], int]:
    """What three batches make of 500 keys, and how many bytes were written to disk for it."""
    clock = VirtualClock()
    with Context("local[2]", "states", conf=conf, clock=clock) as context:
        batches = [[(f"key {key}", key + batch) for key in range(500)] for batch in range(3)]
        totals = Queue(context)(*batches).update_state_by_key(
            lambda values, total: sum(values) + (total or 0)
        )
        rows = [sorted(batch) for batch in batches_of(totals, clock, len(batches))]
        return rows, context._session.spilled_bytes


@pytest.fixture
def small_memory(tmp_path: Any) -> Iterator[Conf]:
    yield Conf().set("thalweg.memory.bytes.max", 1).set("spark.local.dir", str(tmp_path))


def test_states_on_disk_are_what_they_are_in_memory(small_memory: Conf) -> None:
    expected, _ = running_totals(Conf())
    small_memory.set("thalweg.state.backend", "disk").set("thalweg.state.key.groups", 16)
    found, spilled_bytes = running_totals(small_memory)
    assert found == expected
    assert found[2][0] == ("key 0", 3)
    # The states of each batch, with their keys.
    assert spilled_bytes > 3 * 500 * len("key 0")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("thalweg.state.backend", "rocksdb", "must be memory or disk: got 'rocksdb'"),
        ("thalweg.state.key.groups", "many", "must be a whole number: got 'many'"),
        ("thalweg.memory.bytes.max", "1g", "must be a whole number: got '1g'"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(WrongValueError, match=f"{name} {message}"):
        Context("local", "refused", conf=Conf().set(name, value))
    Context("local", "works afterwards").stop()
