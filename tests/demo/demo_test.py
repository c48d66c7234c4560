#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo as its users meet it: what it shows, what it compares, how it ends and how it fails."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from demo_programs import ROOT, SECONDS_MAX, count_log, play

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
PROGRAMS = BUILD / "examples"

GOOD = b'192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 10 "-" "Agent"'
LOG = b"\n".join([
    GOOD,
    GOOD.replace(b"200 10", b"304 -"),
    GOOD.replace(b"Agent", rb"Agent \"of \\ words\""),
    GOOD.replace(b"GET /a?b=c HTTP/1.1", b"-"),
    GOOD.replace(b"GET /a", b"GET /\xff\x1b[2J"),
    GOOD.replace(b"200 10", b"101 0") + b"\r",
    GOOD.replace(b"200 10", b"599 9223372036854000000").replace(b"- -", b" "),
    # None of these is whole.
    b"",
    b"\r",
    GOOD[:-1],
    GOOD + b" ",
    GOOD.replace(b"200 10", b"600 10"),
    GOOD.replace(b"200 10", b"99 10"),
    GOOD.replace(b"200 10", b"4294967496 10"),
    GOOD.replace(b"200 10", b"200 -5"),
    GOOD.replace(b"200 10", b"200 9223372036854775808"),
    GOOD.replace(b"200 10", b"20x 10"),
    GOOD.replace(b"Agent", b'an "Agent"'),
    GOOD.replace(b"Agent", b"Agent\\"),
    GOOD.replace(b"-", b"a user", 1),
    GOOD.replace(b"Agent", b"x" * (1 << 20)),
    b"\x00\xff\xfe",
    GOOD.replace(b"200 10", b"404 7"),  # The last line has no end.
])


def run_demo(build=BUILD, **settings):
    return subprocess.run([ROOT / "tools" / "demo.sh", build], env={**os.environ, **settings},
                          capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


class DemoTest(unittest.TestCase):
    def test_every_total_equals_the_senders(self):
        sent, analysed, table = play(BUILD, "--seconds", 2, "--pace", 2000, "--seed", 7)
        self.assertEqual(sent, analysed)
        self.assertGreater(sent["lines"], 3000)
        for name in ("2xx", "3xx", "4xx", "5xx", "malformed"):
            self.assertGreater(sent[name], 0, name)
        self.assertTrue(table.startswith("UTC "), table)
        self.assertLessEqual(max(map(len, table.splitlines()[:-1])), 80)

    def test_the_same_seed_is_the_same_traffic(self):
        first, _, _ = play(BUILD, "--seconds", 1, "--seed", 3)
        second, _, _ = play(BUILD, "--seconds", 1, "--seed", 3)
        other, _, _ = play(BUILD, "--seconds", 1, "--seed", 4)
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)

    def test_three_counts_agree_on_what_is_malformed(self):
        with tempfile.NamedTemporaryFile(suffix=".log") as log:
            log.write(LOG)
            log.flush()
            sent, analysed, table = play(BUILD, "--log", log.name, "--pace", 10000)
        expected = count_log(LOG)
        self.assertEqual(sent, expected)
        self.assertEqual(analysed, expected)
        self.assertEqual((expected["lines"], expected["malformed"]), (23, 15))
        self.assertNotIn("\x1b", table)

    def test_an_empty_log_has_no_lines(self):
        sent, analysed, _ = play(BUILD, "--log", "/dev/null")
        self.assertEqual(sent, count_log(b""))
        self.assertEqual(analysed, sent)

    def test_the_demo_says_at_its_end_that_all_is_equal(self):
        demo = run_demo(DEMO_SECONDS="2", LOG="", PACE="")
        self.assertEqual(demo.returncode, 0, demo.stderr)
        self.assertEqual(demo.stderr, "")
        self.assertRegex(demo.stdout.splitlines()[-1],
                         r"^(\d+) lines sent, \1 analysed; .*: all equal\.$")

    def test_the_demo_fails_where_a_total_differs(self):
        with tempfile.TemporaryDirectory() as name:
            examples = pathlib.Path(name) / "examples"
            examples.mkdir()
            (examples / "traffic").symlink_to(PROGRAMS / "traffic")
            monitor = examples / "log_monitor"
            monitor.write_text(f'#!/bin/sh\n"{PROGRAMS}/log_monitor" "$@" | sed "s/4xx=/4xx=9/"\n')
            monitor.chmod(0o755)
            demo = run_demo(name, DEMO_SECONDS="1")
        self.assertEqual(demo.returncode, 1)
        self.assertRegex(demo.stderr, r"the totals differ: 4xx: \d+ sent, 9\d+ analysed; please")

    def test_an_interrupted_demo_still_compares(self):
        with subprocess.Popen([ROOT / "tools" / "demo.sh", BUILD], text=True, env=os.environ,
                              stdout=subprocess.PIPE, start_new_session=True) as demo:
            lines = []
            for line in demo.stdout:
                lines.append(line)
                if line[:2].isdigit() and line[2] == ":":
                    os.killpg(demo.pid, signal.SIGINT)
                    break
            lines.extend(demo.stdout)
            self.assertEqual(demo.wait(SECONDS_MAX), 0)
        self.assertRegex(lines[-1], "all equal")

    def test_a_log_that_is_not_there_is_named(self):
        for log, reason in (("no.log", "No such file or directory"), ("/tmp", "Is a directory")):
            demo = run_demo(LOG=log)
            self.assertEqual(demo.returncode, 1)
            self.assertIn(f"traffic: can't read the log: {log} ({reason})", demo.stderr)

    def test_wrong_arguments_are_refused(self):
        cases = (
            (["log_monitor"], "usage: log_monitor HOST PORT [BATCH_MILLISECONDS]"),
            (["log_monitor", "localhost", "x"], "port"),
            (["log_monitor", "localhost", "9", "0"], "interval must be positive"),
            (["traffic", "--sed", "1"], "don't know what to do with --sed; usage: traffic [--port"),
            (["traffic", "--seed"], "don't know what to do with --seed; usage: traffic [--port"),
            (["traffic", "--pace", "fast"], "--pace must be a number from 1 to 10000000: got fast"),
        )
        for (program, *arguments), message in cases:
            outcome = subprocess.run([PROGRAMS / program, *arguments], capture_output=True,
                                     text=True, timeout=SECONDS_MAX, check=False)
            self.assertEqual(outcome.returncode, 1, outcome)
            self.assertTrue(outcome.stderr.startswith(f"{program}: "), outcome.stderr)
            self.assertIn(message, outcome.stderr)

    def test_a_port_that_is_taken_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            outcome = subprocess.run([PROGRAMS / "traffic", "--port", str(port)], check=False,
                                     capture_output=True, text=True, timeout=SECONDS_MAX)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn(f"can't listen on port {port}; give another with --port", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
