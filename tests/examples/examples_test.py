#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the example programs and compares what they print with examples/cpp/expected/NAME.txt, where
the times of batches, in milliseconds, stand as N.

The programs end by themselves, but for word_count: it reads from port 9999, where this test serves
it a few lines, and is interrupted when it has counted them.
"""
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
EXPECTED = pathlib.Path(__file__).resolve().parents[2] / "examples" / "cpp" / "expected"
SECONDS_MAX = 180
WORD_COUNT_PORT = 9999
# Programs of the demo; tests/demo/ runs them.
OF_THE_DEMO = {"log_monitor", "traffic"}
# tests/kafka/ and tests/files/ run them, with the servers they need.
OF_CONNECTORS = {"directory_counts", "kafka_counts", "kafka_to_parquet", "tried_out"}


def without_times(output):
    return re.sub(r"^Time: \d+ ms$", "Time: N ms", output, flags=re.M)


def expected_of(name):
    return (EXPECTED / f"{name}.txt").read_text()


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    raise unittest.SkipTest(reason)


def listen():
    """Listens where the word count connects to."""
    try:
        return socket.create_server(("127.0.0.1", WORD_COUNT_PORT))
    except OSError as error:
        return skip(f"word_count: port {WORD_COUNT_PORT} can't be had ({error})")


class ExamplesTest(unittest.TestCase):
    maxDiff = None

    def run_example(self, name):
        program = BUILD / "examples" / name
        if not program.exists():
            skip(f"{name}: it was not built")
        outcome = subprocess.run([program], capture_output=True, text=True, timeout=SECONDS_MAX,
                                 check=False)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(outcome.stderr, "")
        self.assertEqual(without_times(outcome.stdout), expected_of(name))

    def test_stream_join(self):
        self.run_example("stream_join")

    def test_own_receiver(self):
        self.run_example("own_receiver")

    def test_sqlite_sink(self):
        self.run_example("sqlite_sink")

    def test_broadcast_lookup(self):
        self.run_example("broadcast_lookup")

    def test_word_count(self):
        with listen() as server, subprocess.Popen(
                [BUILD / "examples" / "word_count"], text=True, stdout=subprocess.PIPE) as program:
            try:
                server.settimeout(SECONDS_MAX)
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"to be or not to be\nthat is the question\n")
                    self.assertEqual(self.batch_with_words(program), expected_of("word_count"))
                    program.send_signal(signal.SIGINT)
                    program.stdout.read()
                    self.assertEqual(program.wait(SECONDS_MAX), 0)
            finally:
                program.kill()

    def batch_with_words(self, program):
        """The first batch that is not empty: its header, and its rows in order of the words."""
        header, rows = [], []
        for line in program.stdout:
            if line.startswith("("):
                rows.append(line)
            elif rows:
                return without_times("".join(header[-3:] + sorted(rows)))
            elif line.strip():
                header.append(line)
        self.fail(f"no words were counted: {header}")
        return ""

    def test_running_count_goes_on_after_a_kill(self):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            (root / "in").mkdir()
            for word in ["(be,2)", "(be,4)"]:
                with subprocess.Popen(
                        [BUILD / "examples" / "running_count", root / "in", root / "checkpoint"],
                        text=True, stdout=subprocess.PIPE) as program:
                    try:
                        # A batch was shown: it has begun, and sees what comes from now on.
                        program.stdout.readline()
                        (root / "making").write_text("to be or not to be\n")
                        (root / "making").rename(root / "in" / f"file{word}")
                        self.assertTrue(any(line == word + "\n" for line in program.stdout), word)
                    finally:
                        program.kill()

    def test_every_example_is_tested(self):
        tested = {path.stem for path in EXPECTED.glob("*.txt")} | {"running_count"}
        tested |= OF_THE_DEMO | OF_CONNECTORS
        sources = {path.stem for path in EXPECTED.parent.glob("*.cc")}
        self.assertEqual(sources, tested)


if __name__ == "__main__":
    unittest.main()
