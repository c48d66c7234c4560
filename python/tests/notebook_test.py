# SPDX-License-Identifier: Apache-2.0
"""Programs in the cells of a notebook: a real Jupyter kernel runs them."""

import os
import pathlib
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("ipykernel", reason="pip install ipykernel jupyter_client, to test notebooks")
manager = pytest.importorskip("jupyter_client.manager", reason="pip install jupyter_client")

PACKAGE = str(pathlib.Path(__file__).parent.parent)
CELL_SECONDS_MAX = 180


class Cell:
    """What one cell has shown so far."""

    def __init__(self) -> None:
        self.printed = ""
        self.errors = ""
        self.failed = ""  # The name of the exception that ended it.
        self.traceback = ""


class Notebook:
    """A kernel, and its cells by the ids of the messages that ran them."""

    def __init__(self) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = PACKAGE
        self.kernel, self.client = manager.start_new_kernel(env=environment)
        self.cells: dict[str, Cell] = {}

    def begin(self, code: str) -> str:
        cell: str = self.client.execute(code)
        self.cells[cell] = Cell()
        return cell

    def run(self, code: str) -> Cell:
        return self.finish(self.begin(code))

    def finish(self, cell: str) -> Cell:
        """Waits until the cell has ended."""

        def ended(kind: str, parent: str, content: Any) -> bool:
            state = content["execution_state"] if kind == "status" else ""
            return parent == cell and state == "idle"

        self.read_until(ended)
        return self.cells[cell]

    def finish_printing(self, text: str) -> None:
        """Waits until some cell, which may have ended, has printed the text."""
        self.read_until(lambda *_: any(text in cell.printed for cell in self.cells.values()))

    def read_until(self, happened: Any) -> None:
        deadline = time.monotonic() + CELL_SECONDS_MAX
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=CELL_SECONDS_MAX)
            parent = message["parent_header"].get("msg_id", "")
            kind, content = message["msg_type"], message["content"]
            cell = self.cells.setdefault(parent, Cell())
            if kind == "stream" and content["name"] == "stdout":
                cell.printed += content["text"]
            elif kind == "stream":
                cell.errors += content["text"]
            elif kind == "error":
                cell.failed = content["ename"]
                cell.traceback = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"]))
            if happened(kind, parent, content):
                return
        shown = {cell: vars(self.cells[cell]) for cell in self.cells}
        raise AssertionError(f"not within {CELL_SECONDS_MAX} seconds: {shown}")

    def interrupt(self) -> None:
        self.kernel.interrupt_kernel()

    def close(self) -> None:
        self.client.stop_channels()
        self.kernel.shutdown_kernel(now=True)


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    opened = Notebook()
    try:
        yield opened
    finally:
        opened.close()


STREAM = """
from thalweg.pyspark import SparkContext
from thalweg.pyspark.streaming import StreamingContext

sc = SparkContext("local[2]", "notebook")
ssc = StreamingContext(sc, 0.2)
ssc.queueStream([[1], [2]], default=[3]).map(lambda x: x * 10).pprint()
ssc.start()
"""


def test_a_stream_is_started_interrupted_stopped_and_followed_by_another(
    notebook: Notebook,
) -> None:
    start = notebook.begin(STREAM)
    assert notebook.finish(start).failed == "", notebook.cells[start].traceback
    notebook.finish_printing("\n30\n")

    waiting = notebook.begin("print('waits'); ssc.awaitTermination()")
    notebook.finish_printing("waits")
    notebook.interrupt()
    assert notebook.finish(waiting).failed == "KeyboardInterrupt"

    alive = notebook.run("print(ssc is StreamingContext.getActive(), sc.parallelize([4]).sum())")
    assert alive.printed.endswith("True 4\n"), vars(alive)
    assert notebook.run("ssc.stop()").failed == ""

    again = notebook.run(STREAM.replace("[1], [2]", "[7]") + "ssc.awaitTerminationOrTimeout(1)")
    assert again.failed == "", again.traceback
    notebook.finish_printing("\n70\n")
    assert notebook.run("ssc.stop()").failed == ""


def test_an_exception_in_a_lambda_shows_the_line_of_its_cell(notebook: Notebook) -> None:
    notebook.run("import thalweg; sc = thalweg.Context('local[2]', 'notebook')")

    notebook.run("def invert(x):\n    return 1 / x")
    cell = notebook.run("sc.parallelize([0]).map(invert).collect()")

    assert cell.failed == "FunctionError"
    assert "return 1 / x" in cell.traceback and "ZeroDivisionError" in cell.traceback


def test_an_action_is_interrupted(notebook: Notebook) -> None:
    notebook.run("import thalweg, time; sc = thalweg.Context('local[2]', 'notebook')")

    running = notebook.begin("sc.range(10**6).for_each(lambda x: (print(x), time.sleep(0.01)))")
    notebook.finish_printing("0")
    notebook.interrupt()

    assert notebook.finish(running).failed == "KeyboardInterrupt"
    assert notebook.run("print('sum', sc.parallelize([1, 2]).sum())").printed.endswith("sum 3\n")
