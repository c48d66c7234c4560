# SPDX-License-Identifier: Apache-2.0
"""The module thalweg._engine: what the classes that users see are made of."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from thalweg import _engine as engine


@pytest.fixture
def session() -> engine.Session:
    return engine.Session("local[2]", "test")


def rdd_of(session: engine.Session, *parts: list[Any]) -> engine.Rdd:
    return session.parallelize(parts)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=180)


def test_portable_hash_is_that_of_a_process_with_hash_seed_0() -> None:
    keys = ["", "a", "hello world", "äöü", "中文字", "\U0001f600", b"", b"abc", 0, -1, 2**70, 1.5]
    code = f"print([hash(key) for key in {keys!r}])"
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    expected = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert str([engine.portable_hash(key) for key in keys]) == expected.stdout.strip()


def test_portable_hash_of_none_and_tuples_is_pysparks() -> None:
    assert engine.portable_hash(None) == 0
    assert engine.portable_hash((None, 1)) & 0xFFFFFFFF == 219750521


class Text(str):
    pass


def test_equal_keys_have_equal_hashes_whatever_their_types() -> None:
    assert engine.portable_hash(Text("a")) == engine.portable_hash("a")
    assert engine.portable_hash(True) == engine.portable_hash(1.0) == engine.portable_hash(1)


@pytest.mark.parametrize(
    ("function", "row", "expected"),
    [
        (lambda x: (x, 1), "a", ("a", 1)),
        (lambda x: (x, "one"), "a", ("a", "one")),
        (lambda s: s.split(" "), "a b  c", ["a", "b", "", "c"]),
        (lambda s: s.split(), " a b  c", ["a", "b", "c"]),
        (lambda s: s.split(","), b"a,b".decode(), ["a", "b"]),
        (lambda p: p[0], ("a", 2), "a"),
        (lambda p: p[1], ("a", 2), 2),
        (lambda p: p[1], ["a", 2], 2),
        (lambda p: p[1], {1: "x"}, "x"),
        (lambda p: p[-1], ("a", 2, 3), 3),
    ],
)
def test_lambdas_of_known_shapes_do_what_they_say(
    session: engine.Session, function: Any, row: Any, expected: Any
) -> None:
    assert rdd_of(session, [row]).map(function).collect() == [expected]


def test_a_lambda_of_a_known_shape_raises_as_it_would_by_itself(session: engine.Session) -> None:
    with pytest.raises(engine.FunctionError) as failure:
        rdd_of(session, [("a", 1), ("a", "b")]).reduce_by_key(
            lambda a, b: a + b, engine.Partitioner(1)
        ).collect()
    cause = failure.value.__cause__
    assert isinstance(cause, TypeError)
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_frame.f_code.co_filename == __file__


class Adder:
    def __add__(self, other: object) -> str:
        return "added"


def test_a_sum_asks_the_objects_how_to_add(session: engine.Session) -> None:
    rdd = rdd_of(session, [("k", Adder()), ("k", 1)])
    sums = rdd.reduce_by_key(lambda a, b: a + b, engine.Partitioner(1))
    assert sums.collect() == [("k", "added")]


def test_a_failing_function_is_told_with_operator_record_and_cause(session: engine.Session) -> None:
    def reciprocal(x: int) -> float:
        return 1 / x

    told = r"map .*ZeroDivisionError.*record \"0\""
    with pytest.raises(engine.FunctionError, match=told) as failure:
        rdd_of(session, [1, 0]).map(reciprocal).collect()
    assert failure.value.code == "user_error"
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_a_failing_generator_keeps_its_traceback(session: engine.Session) -> None:
    def rows(partition: int, items: Iterator[int]) -> Iterator[int]:
        yield next(items)
        raise KeyError("user")

    with pytest.raises(engine.FunctionError, match="KeyError: 'user'") as failure:
        rdd_of(session, [1, 2]).map_partitions(rows).collect()
    assert isinstance(failure.value.__cause__, KeyError)


def test_what_fails_before_a_generator_is_told_as_what_it_is(session: engine.Session) -> None:
    def fail(x: int) -> int:
        raise LookupError("first")

    rdd = rdd_of(session, [1]).map(fail).map_partitions(lambda partition, rows: rows)
    with pytest.raises(engine.FunctionError, match="LookupError: first") as failure:
        rdd.collect()
    assert isinstance(failure.value.__cause__, LookupError)


def test_rows_asked_for_after_their_task_are_at_an_end(session: engine.Session) -> None:
    kept: list[Iterator[int]] = []

    def keep(partition: int, rows: Iterator[int]) -> list[int]:
        kept.append(rows)
        return []

    rdd_of(session, [1, 2]).map_partitions(keep).collect()
    assert list(kept[0]) == []


def test_a_generator_sees_its_rows_one_by_one_before_it_is_asked_for_more(
    session: engine.Session,
) -> None:
    def first(partition: int, rows: Iterator[int]) -> Iterator[int]:
        yield next(rows)

    endless = rdd_of(session, list(range(5000)))
    assert endless.map_partitions(first).collect() == [0]


def test_functions_that_change_their_argument_change_no_kept_row(session: engine.Session) -> None:
    rdd = rdd_of(session, [[1], [2]])
    appended = rdd.map(lambda row: row.append(9) or row)
    assert appended.collect() == [[1, 9], [2, 9]]
    assert appended.collect() == [[1, 9], [2, 9]]
    assert rdd.collect() == [[1], [2]]


def test_combiners_that_change_in_place_are_combined_once_a_job(session: engine.Session) -> None:
    def extend(a: list[int], b: list[int]) -> list[int]:
        a.extend(b)
        return a

    rdd = rdd_of(session, [("k", [1]), ("k", [2])], [("k", [3])])
    one = engine.Partitioner(1)
    reduced = rdd.reduce_by_key(extend, one)
    combined = rdd.combine_by_key(lambda value: value, extend, extend, one)
    for _ in range(3):
        assert reduced.collect() == [("k", [1, 2, 3])]
        assert combined.collect() == [("k", [1, 2, 3])]
    assert rdd.collect() == [("k", [1]), ("k", [2]), ("k", [3])]


def test_numbers_that_python_holds_for_equal_are_one_key(session: engine.Session) -> None:
    rdd = rdd_of(session, [(1, "a"), (1.0, "b")], [(True, "c")])
    assert rdd.group_by_key(engine.Partitioner(3)).collect() == [(1, ["a", "b", "c"])]


def test_a_key_that_cannot_be_hashed_is_a_type_error(session: engine.Session) -> None:
    with pytest.raises(engine.FunctionError, match="unhashable type: 'list'") as failure:
        rdd_of(session, [([], 1)]).group_by_key(engine.Partitioner(1)).collect()
    assert isinstance(failure.value.__cause__, TypeError)


def test_a_row_that_is_no_pair_is_a_value_error(session: engine.Session) -> None:
    with pytest.raises(engine.FunctionError, match="expected 2, got 1") as failure:
        rdd_of(session, [(1,)]).group_by_key(engine.Partitioner(1)).collect()
    assert isinstance(failure.value.__cause__, ValueError)


def test_a_row_that_is_no_pair_is_told_what_is_needed(session: engine.Session) -> None:
    with pytest.raises(engine.FunctionError, match=r"non-iterable int.*\(key, value\)"):
        rdd_of(session, [7]).group_by_key(engine.Partitioner(1)).collect()


class Point:
    def __init__(self, x: int) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and other.x == self.x

    def __hash__(self) -> int:
        return self.x


OBJECTS = [
    None, True, False, 0, -(2**63), 2**63, 10**30, 1.5, float("inf"), "", "äöü", "\ud800",
    b"", b"\x00\xff", (), (1, ("a", [None])), [[]], {"a": 1}, {1, 2}, Point(3), 1 + 2j,
]  # fmt: skip


def test_every_kind_of_object_survives_a_file(session: engine.Session, tmp_path: Path) -> None:
    directory = str(tmp_path / "objects")
    rdd_of(session, OBJECTS[:10], OBJECTS[10:]).save_as_object_file(directory)
    assert session.object_file(directory).collect() == OBJECTS


def test_deep_and_recursive_objects_survive_a_file(session: engine.Session, tmp_path: Path) -> None:
    nested: Any = ()
    for _ in range(200):
        nested = (nested,)
    loop: list[Any] = []
    loop.append(loop)
    directory = str(tmp_path / "objects")
    rdd_of(session, [nested, loop]).save_as_object_file(directory)
    read = session.object_file(directory).collect()
    assert read[0] == nested
    assert read[1][0] is read[1]


def test_rows_kept_on_disk_are_the_rows(session: engine.Session) -> None:
    calls: list[int] = []
    rdd = rdd_of(session, [1, 2]).map(lambda x: calls.append(x) or (x, str(x)))
    rdd.keep("disk_only")
    assert rdd.collect() == rdd.collect() == [(1, "1"), (2, "2")]
    assert calls == [1, 2]


def test_rows_that_are_let_go_of_are_freed(session: engine.Session) -> None:
    point = Point(1)
    gone = weakref.ref(point)
    rdd = session.parallelize([[point]])
    assert rdd.map(lambda p: p.x).collect() == [1]
    del point, rdd
    rdd_of(session, [1]).collect()  # Whatever a task's thread let go of is dropped by now.
    gc.collect()
    assert gone() is None


def test_an_action_inside_a_task_is_refused(session: engine.Session) -> None:
    other = rdd_of(session, [1])
    with pytest.raises(engine.FunctionError, match="RDDs exist on the driver only"):
        rdd_of(session, [1]).map(lambda x: other.count()).collect()


def test_ctrl_c_stops_an_action(session: engine.Session) -> None:
    code = """
import sys, threading, _thread
from thalweg import _engine as engine
session = engine.Session("local[2]", "test")
started = threading.Event()
def endless(partition, rows):
    started.set()
    while True:
        yield 1
def interrupt():
    started.wait()
    _thread.interrupt_main()
threading.Thread(target=interrupt, daemon=True).start()
try:
    session.parallelize([[1]]).map_partitions(endless).count()
except KeyboardInterrupt:
    print("interrupted")
print(session.parallelize([[1, 2]]).count())
"""
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert result.stdout == "interrupted\n2\n", result.stderr


def test_bytes_are_saved_as_they_are_and_a_row_without_text_is_an_error(
    session: engine.Session, tmp_path: Path
) -> None:
    class Mute:
        def __str__(self) -> str:
            raise ValueError("no text")

    rdd_of(session, [b"\xff\x00", "\u00e4"]).save_as_text_file(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "part-00000").read_bytes() == b"\xff\x00\n\xc3\xa4\n"
    with pytest.raises(engine.EngineError, match="no text"):
        rdd_of(session, [Mute()]).save_as_text_file(str(tmp_path / "mute"))


def test_ctrl_c_does_not_wait_for_the_rows_of_a_slow_function(session: engine.Session) -> None:
    code = """
import _thread, threading, time
from thalweg import _engine as engine
session = engine.Session("local[2]", "test")
started = threading.Event()
def slow(row):
    started.set()
    time.sleep(0.1)
def interrupt():
    started.wait()
    _thread.interrupt_main()
threading.Thread(target=interrupt, daemon=True).start()
try:
    session.parallelize([list(range(1000))]).map(slow).count()
except KeyboardInterrupt:
    print("interrupted")
"""
    result = run_python(code)
    assert result.stdout == "interrupted\n", result.stderr


def test_threads_may_make_their_first_functions_at_once() -> None:
    code = """
import sys, threading
from thalweg import _engine as engine
session = engine.Session("local[2]", "test")
rows = session.parallelize([[3, 1], [2]])
together = threading.Barrier(8)
def work():
    together.wait()
    rows.map(lambda x: (x, 1))
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("made")
"""
    result = run_python(code)
    assert result.stdout == "made\n", result.stderr


def test_system_exit_in_a_function_is_no_function_error(session: engine.Session) -> None:
    def leave(x: int) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        rdd_of(session, [1]).map(leave).collect()


def test_masters_other_than_local_are_refused() -> None:
    with pytest.raises(engine.InvalidArgument, match='unknown master: "yarn"'):
        engine.Session("yarn", "test")


def test_a_state_is_what_the_function_returned_last_though_it_changes_in_place(
    session: engine.Session,
) -> None:
    clock = engine.VirtualClock(0)
    session = engine.Session("local[2]", "test", clock=clock)
    context = engine.StreamingContext(session, 1.0)
    rdds = [session.parallelize([[("k", number)]]) for number in (1, 2, 3)]
    seen: list[Any] = []

    def collect_values(values: list[int], state: list[int] | None) -> list[int]:
        state = [] if state is None else state
        state.extend(values)
        return state

    states = context.queue_stream(rdds, True, None).update_state_by_key(
        collect_values, engine.Partitioner(2), None
    )
    states.for_each_rdd(lambda time, rdd: seen.append((time, rdd.collect(), rdd.collect())))
    context.start()
    while len(seen) < 3:
        clock.advance_to(clock.now_ms() + 1000)
        context.await_termination(0.02)
    context.stop(False)
    assert [rows for _, rows, _ in seen[:3]] == [
        [("k", [1])],
        [("k", [1, 2])],
        [("k", [1, 2, 3])],
    ]
    assert all(first == second for _, first, second in seen)
