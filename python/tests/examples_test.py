# SPDX-License-Identifier: Apache-2.0
"""The programs in examples/python/ print what they should."""

import pathlib
import time

import pytest

from programs import (
    SECONDS_MAX,
    LineServer,
    appear,
    batch_text,
    running,
    thalweg_run,
)

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "python"
HOST = "localhost"
LINES_MAX = 60


@pytest.fixture
def server():
    with LineServer() as made:
        yield made


def example(name):
    return str(EXAMPLES / f"{name}.py")


def test_network_word_count(server):
    command = thalweg_run(example("network_word_count"), HOST, str(server.port))
    with running(*command) as program:
        server.accept()
        program.until(batch_text())
        server.send("to be or not to be")
        program.until(batch_text("('to', 2)", "('be', 2)", "('or', 1)", "('not', 1)"))
        assert program.interrupt()[0] == 130


def test_file_word_count(tmp_path):
    with running(*thalweg_run(example("file_word_count"), str(tmp_path))) as program:
        program.until(batch_text())
        appear(tmp_path, "a", "to be or not to be\n")
        program.until(batch_text("('to', 2)", "('be', 2)", "('or', 1)", "('not', 1)"))
        program.interrupt()


def test_word_moods(server):
    command = thalweg_run(example("word_moods"), HOST, str(server.port))
    with running(*command) as program:
        server.accept()
        server.send("good rain good bad sky sun")
        assert program.line() == "good (4), sun (3)"
        program.interrupt()


def test_stateful_word_count(server):
    with running(example("stateful_word_count"), HOST, str(server.port)) as program:
        server.accept()
        known = batch_text("('hello', 1)", "('world', 1)")
        assert program.batch() == known
        server.send("hello you")
        while (batch := program.batch()) == known:
            pass
        assert batch == batch_text("('hello', 2)", "('world', 1)", "('you', 1)")
        program.interrupt()


def test_windowed_word_count(server):
    with running(example("windowed_word_count"), HOST, str(server.port)) as program:
        server.accept()
        program.until(batch_text())
        server.send("b a b", "c")
        shown = batch_text("('b', 2)", "('a', 1)", "('c', 1)")
        program.until(shown)
        assert program.batch() == shown
        assert program.batch() == shown
        assert program.batch() == batch_text()
        program.interrupt()


def test_queue_stream():
    with running(example("queue_stream")) as program:
        counts = batch_text(*(f"({digit}, 100)" for digit in range(10)))
        for _ in range(3):
            assert program.batch() == counts
        assert program.batch() == batch_text()
        assert program.wait() == 0, program.errors


def test_recoverable_word_count_goes_on_after_a_kill(tmp_path):
    directory, out = tmp_path / "in", tmp_path / "out"
    directory.mkdir()
    command = thalweg_run(
        example("recoverable_word_count"), str(tmp_path / "checkpoints"), str(directory), str(out)
    )
    with running(*command) as program:
        program.until(batch_text())
        appear(directory, "first", "to be or not to be a\n")
        program.until(batch_text("('a', 1)", "('be', 2)", "('not', 1)", "('or', 1)", "('to', 2)"))
        until_written(out, 1)
        program.batch()  # Until the one before is written down as done: else it would run again.
    with running(*command) as program:
        program.batch()
        appear(directory, "second", "be a b\n")
        totals = batch_text(
            "('a', 2)", "('b', 1)", "('be', 3)", "('not', 1)", "('or', 1)", "('to', 2)"
        )
        while program.batch() != totals:
            assert len(program.lines) < LINES_MAX * 10
        until_written(out, 2)
    assert out.read_text().splitlines() == [
        "[('be', 2), ('not', 1), ('or', 1), ('to', 2)], 1 words dropped",
        "[('be', 1)], 2 words dropped",
    ]


def until_written(path, lines):
    deadline = time.monotonic() + SECONDS_MAX
    while not path.exists() or len(path.read_text().splitlines()) < lines:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short_and_tested(path):
    assert len(path.read_text().splitlines()) <= LINES_MAX
    assert f"test_{path.stem}" in pathlib.Path(__file__).read_text()
