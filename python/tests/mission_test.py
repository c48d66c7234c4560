# SPDX-License-Identifier: Apache-2.0
"""The programs of five documents run as they are printed there, and print what they should.

The documents are in the folder THALWEG_MISSION_DIR, or ../shared/mission beside the checkout;
without it this skips, and examples/python/ has programs that say the same.
"""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from programs import LineServer, Program, appear, batch_text, running, thalweg_run

ROOT = pathlib.Path(__file__).resolve().parents[2]
MISSION = pathlib.Path(os.environ.get("THALWEG_MISSION_DIR", ROOT.parent / "shared" / "mission"))
#: The port that the documents name.
PORT = 9999
DOCUMENTS_ADDRESS = "hdfs://localhost:9000/user/hduser/data"


#: How long another test may keep the port.
PORT_SECONDS_MAX = 180
HDFS_SECONDS_MAX = 300


@pytest.fixture
def server():
    deadline = time.monotonic() + PORT_SECONDS_MAX
    while True:
        try:
            made = LineServer(PORT)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                skip(f"port {PORT} can't be had ({error})")
            time.sleep(0.1)
    with made:
        yield made


class Hdfs:
    """A real HDFS on loopback, as its WebHDFS answers."""

    def __init__(self, folder: pathlib.Path) -> None:
        started = self._do("start", folder)
        if started.returncode != 0:
            skip(f"there is no HDFS: {started.stderr.strip() or started.stdout.strip()}")
        self.web = f"127.0.0.1:{started.stdout.split()[1]}"
        self._folder = folder

    @staticmethod
    def _do(command: str, folder: pathlib.Path) -> "subprocess.CompletedProcess[str]":
        script = str(ROOT / "tests" / "servers" / "hdfs.sh")
        return subprocess.run(
            [script, command, str(folder)],
            capture_output=True,
            text=True,
            timeout=HDFS_SECONDS_MAX,
            check=False,
        )

    def stop(self) -> None:
        self._do("stop", self._folder)

    def put(self, path: str, operation: str, data: bytes = b"", **options: str) -> None:
        query = urllib.parse.urlencode({"op": operation, "user.name": "thalweg", **options})
        address = f"http://{self.web}/webhdfs/v1{path}?{query}"
        if operation == "CREATE":  # The NameNode says where to write.
            with urllib.request.urlopen(
                urllib.request.Request(address + "&noredirect=true", method="PUT")
            ) as answer:
                address = json.load(answer)["Location"]
        urllib.request.urlopen(urllib.request.Request(address, data, method="PUT")).close()


@pytest.fixture
def hdfs(tmp_path):
    made = Hdfs(tmp_path / "hdfs")
    yield made
    made.stop()


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
    status, _ = program.interrupt()
    assert status == 130, program.errors
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


def test_001_reads_a_real_hdfs_on_webhdfs(hdfs, tmp_path, monkeypatch):
    monkeypatch.setenv("THALWEG_HDFS_WEBHDFS", f"localhost:9000={hdfs.web}")
    data = "/user/hduser/data"
    hdfs.put(data, "MKDIRS")
    with running(*thalweg_run(program_of("001", 0, tmp_path))) as program:
        try:
            program.until(batch_text())
        except AssertionError:
            if any("can't be loaded" in line for line in program.errors):
                skip("this build has no library for HDFS")
            raise
        hdfs.put("/numbers", "CREATE", b"1 2 3 4\n10\n3 4\n")
        hdfs.put("/numbers", "RENAME", destination=f"{data}/numbers")

        program.until(batch_text("2.5", "10.0", "3.5"))

        assert ended_by_ctrl_c(program)


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
