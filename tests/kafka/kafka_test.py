#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the Kafka example, which docs/connectors/kafka.md shows, against a real broker. Kafka's own
tools write what it reads and read what it writes."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
import kafka_broker  # pylint: disable=wrong-import-position

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
PROGRAM = BUILD / "examples" / "kafka_counts"
ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 300


class KafkaTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="thalweg-kafka-")
        cls.broker = kafka_broker.Broker(pathlib.Path(cls.folder.name) / "broker")
        cls.broker.start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.stop()
        cls.folder.cleanup()

    def arguments(self, name):
        """Of the program, with a checkpoint directory of the test's own."""
        return [PROGRAM, self.broker.address, f"{name}.in", f"{name}.out",
                f"{self.folder.name}/{name}"]

    def run_to_the_end(self, name):
        outcome = subprocess.run([*self.arguments(name), "end"], capture_output=True, text=True,
                                 timeout=SECONDS_MAX, check=False)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome

    def counts(self, topic):
        return sorted(self.broker.read(topic, "--formatter-property", "print.key=true",
                                       "--formatter-property", "key.separator=="))

    # proves: kafka: round trip
    def test_the_example_counts_once_and_goes_on(self):
        self.broker.create_topic("words.in", 2)
        self.broker.create_topic("words.out", 1)
        self.broker.write("words.in", ["to be or not to be", "that is the question"])

        first = self.run_to_the_end("words")
        self.assertRegex(first.stdout, r"words\.in/\d: 0 to \d\n")
        counts = ["be=2", "is=1", "not=1", "or=1", "question=1", "that=1", "the=1", "to=2"]
        self.assertEqual(self.counts("words.out"), counts)

        self.broker.write("words.in", ["to sleep"])
        second = self.run_to_the_end("words")
        self.assertNotIn(": 0 to 2\n", second.stdout)
        self.assertEqual(self.counts("words.out"), sorted([*counts, "sleep=1", "to=1"]))

    # proves: kafka: docs snippet
    def test_the_page_shows_the_example(self):
        page = (ROOT / "docs" / "connectors" / "kafka.md").read_text()
        snippet = re.search(r"^```cpp\n(.*?)^```", page, re.M | re.S)[1]
        example = (ROOT / "examples" / "cpp" / "kafka_counts.cc").read_text()
        lines = [line.strip() for line in example.splitlines()]
        for line in snippet.splitlines():
            self.assertIn(line.strip(), lines)

    def test_a_program_waits_for_a_broker_that_is_down(self):
        self.broker.create_topic("late.in", 1)
        self.broker.create_topic("late.out", 1)
        self.broker.write("late.in", ["better late"])
        self.broker.stop()
        log = pathlib.Path(self.folder.name) / "late.log"
        with open(log, "w", encoding="utf-8") as errors, subprocess.Popen(
                [*self.arguments("late"), "end"], stdout=subprocess.DEVNULL,
                stderr=errors) as program:
            deadline = time.monotonic() + SECONDS_MAX
            while "see that a broker answers at" not in log.read_text(encoding="utf-8"):
                self.assertIsNone(program.poll(), log.read_text(encoding="utf-8"))
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            self.broker.start()
            self.assertEqual(program.wait(SECONDS_MAX), 0, log.read_text(encoding="utf-8"))
        self.assertEqual(self.counts("late.out"), ["better=1", "late=1"])


if __name__ == "__main__":
    if not PROGRAM.exists():
        print("skipped: the Kafka example was not built")
        sys.exit(77)
    try:
        KafkaTest.setUpClass()
    except kafka_broker.Skipped as skipped:
        print(skipped)
        sys.exit(77)
    KafkaTest.setUpClass = classmethod(lambda cls: None)
    unittest.main()
