# SPDX-License-Identifier: Apache-2.0
"""What torture.py needs of Kafka: records that go into a topic, and what a reader of committed
records finds in others."""

import collections
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
import kafka_broker  # pylint: disable=wrong-import-position

PARTITIONS = {"in": 3, "raw": 1, "window": 1, "state": 1}
Skipped = kafka_broker.Skipped


class Topics:
    """Puts lines into the topic that the program reads."""

    def __init__(self, directory, lines):
        self.lines = lines
        self.given = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.broker = kafka_broker.Broker(directory / "broker")
        self.broker.start()
        for topic, partitions in PARTITIONS.items():
            self.broker.create_topic(topic, partitions)
        self.producer = self.broker.begin("ConsoleProducer", "--topic", "in",
                                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def arguments(self):
        return [self.broker.address]

    def start(self):
        self.thread.start()

    def run(self):
        while not self.stopped.wait(0.02):
            lines = self.lines.make(20)
            self.producer.stdin.write("".join(line + "\n" for line in lines))
            self.producer.stdin.flush()
            self.given.extend(lines)

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.producer.stdin.close()
        self.producer.wait()

    def close(self):
        self.broker.stop()

    def missing(self, found):
        return collections.Counter(self.given) - found

    def unwanted(self, found):
        return found - collections.Counter(self.given)


class TopicOutputs:
    """What the program has written to topics, by the time of the batch."""

    def __init__(self, topics, files):
        self.topics = topics
        self.files = files
        self.records = {}

    def batches(self, prefix):
        """While the program runs: how far it is. After read_all(): what is in the topic."""
        return self.records.get(prefix) or self.files.batches(prefix)

    def read_all(self, batch_ms, slide_ms):
        """Reads the topics. A batch without rows is one that wrote none."""
        ends = self.files.batches("window")
        first = min(ends) - slide_ms + batch_ms
        for topic, step, begin in (("raw", batch_ms, first), ("window", slide_ms, min(ends)),
                                   ("state", batch_ms, first)):
            found = collections.defaultdict(list)
            for record in self.topics.broker.read(topic):
                batch, _, line = record.partition(" ")
                found[int(batch)].append(line)
            for batch in range(begin, max(ends) + 1, step):
                found[batch].extend([])
            self.records[topic] = dict(found)

    @staticmethod
    def lines(batch):
        return batch
