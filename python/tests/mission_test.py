# SPDX-License-Identifier: Apache-2.0
"""The programs of five documents run as they are printed there, and print what they should.

The documents are in the folder THALWEG_MISSION_DIR, or ../shared/mission beside the checkout;
without it this skips, and examples/python/ has programs that say the same.
"""

import os
import pathlib
import re

import pytest

from programs import LineServer, Program, appear, batch_text, running, thalweg_run

ROOT = pathlib.Path(__file__).resolve().parents[2]
MISSION = pathlib.Path(os.environ.get("THALWEG_MISSION_DIR", ROOT.parent / "shared" / "mission"))
#: The port that the documents name.
PORT = 9999
DOCUMENTS_ADDRESS = "hdfs://localhost:9000/user/hduser/data"


@pytest.fixture
def server():
    try:
        made = LineServer(PORT)
    except OSError as error:
        skip(f"port {PORT} can't be had ({error})")
    with made:
        yield made


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    pytest.skip(reason)


def program_of(document: str, number: int, directory: pathlib.Path) -> str:
    """Writes the ``number``-th code block of a document as it is into a file."""
    found = sorted(MISSION.glob(f"{document}_*.txt"))
    if not found:
        skip(f"there is no document {document} in {MISSION}; THALWEG_MISSION_DIR says where it is")
    blocks = re.findall(r"^```python\n(.*?)^```", found[0].read_text(), re.M | re.S)
    path = directory / f"mission_{document}_{number}.py"
    path.write_text(blocks[number])
    return str(path)


def ended_by_ctrl_c(program: Program) -> bool:
    status, seconds = program.interrupt()
    assert status == 130, program.errors
    assert seconds < 2
    return not any("Traceback" in line for line in program.errors)


@pytest.mark.parametrize("number", [0, 1])
def test_000_prints_the_words_that_come_over_the_network(number, server, tmp_path):
    with running(*thalweg_run(program_of("000", number, tmp_path))) as program:
        server.accept()
        program.until(batch_text())
        server.send("to be or not to be", "that is the question", "whether")

        program.until(
            batch_text("to", "be", "or", "not", "to", "be", "that", "is", "the", "question", "...")
        )

        assert ended_by_ctrl_c(program)
        hints = [line for line in program.errors if "pprint()" in line]
        assert len(hints) == 1, program.errors


def test_001_prints_the_averages_of_the_lines_of_files(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    options = ["--conf", f"thalweg.files.map={DOCUMENTS_ADDRESS}={data}"]
    with running(*thalweg_run(*options, program_of("001", 0, tmp_path))) as program:
        program.until(batch_text())
        appear(data, "numbers", "1 2 3 4\n10\n3 4\n")

        program.until(batch_text("2.5", "10.0", "3.5"))

        assert ended_by_ctrl_c(program)
        hints = "\n".join(program.errors)
        assert "pprint()" in hints
        assert "textFileStream()" in hints


def test_002_counts_words_from_a_session(server, tmp_path):
    with running(*thalweg_run("--master", "local[2]", program_of("002", 0, tmp_path))) as program:
        server.accept()
        program.until(batch_text())
        server.send("to be or not to be")

        program.until(batch_text("('to', 2)", "('be', 2)", "('or', 1)", "('not', 1)"))

        assert ended_by_ctrl_c(program)


def test_003_counts_words(server, tmp_path):
    with running(*thalweg_run(program_of("003", 0, tmp_path))) as program:
        server.accept()
        program.until(batch_text())
        server.send("to be or not to be")

        program.until(batch_text("('to', 2)", "('be', 2)", "('or', 1)", "('not', 1)"))

        assert ended_by_ctrl_c(program)
        assert program.errors == []
