# SPDX-License-Identifier: Apache-2.0
"""A real Kafka broker for tests in Python, and Kafka's own tools, which write and read beside the
program under test."""

import pathlib
import subprocess
import time
import uuid

SCRIPT = pathlib.Path(__file__).resolve().with_name("kafka.sh")
TOOLS = "org.apache.kafka.tools."
SKIPPED = 77
READ_SECONDS_MAX = 300


class Skipped(Exception):
    """This machine can't run a broker; says why."""


class Broker:
    """A broker whose files are in a folder. Started again it has the same address and topics."""

    def __init__(self, folder):
        self.folder = folder
        self.address = None

    def start(self):
        started = subprocess.run([SCRIPT, "start", self.folder], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, check=False)
        if started.returncode == SKIPPED:
            raise Skipped(started.stderr.strip())
        if started.returncode != 0:
            raise RuntimeError(started.stderr)
        self.address = started.stdout.split()[-1]

    def stop(self):
        subprocess.run([SCRIPT, "stop", self.folder], check=False)

    def begin(self, name, *arguments, **streams):
        """Starts one of Kafka's tools."""
        return subprocess.Popen([SCRIPT, "tool", self.folder, TOOLS + name, "--bootstrap-server",
                                 self.address, *arguments], text=True, **streams)

    def run(self, name, *arguments, given=None):
        """What a tool prints."""
        with self.begin(name, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE) as tool:
            output, errors = tool.communicate(given)
        if tool.returncode != 0:
            raise RuntimeError(f"{name}: {errors}")
        return output

    def create_topic(self, name, partitions):
        self.run("TopicCommand", "--create", "--topic", name, "--partitions", str(partitions))

    def write(self, topic, lines):
        self.run("ConsoleProducer", "--topic", topic, given="".join(x + "\n" for x in lines))

    def read(self, topic, *arguments):
        """The records of a topic that are committed, in order, as lines: all that are there now,
        however long it takes a slow machine to read them, up to READ_SECONDS_MAX."""
        ends = self.ends(topic)
        group = "reader-" + uuid.uuid4().hex
        deadline = time.monotonic() + READ_SECONDS_MAX
        lines = []
        while True:
            # The consumer gives up when nothing came for a while, and remembers where it was.
            output = self.run("consumer.ConsoleConsumer", "--topic", topic, "--from-beginning",
                              "--group", group, "--timeout-ms", "10000", "--command-property",
                              "isolation.level=read_committed", *arguments)
            lines += output.splitlines()
            places = self.places(group)
            if all(places.get(partition, -1) >= end for partition, end in ends.items()):
                return lines
            if time.monotonic() > deadline:
                raise RuntimeError(f"topic {topic}: read up to {places} in {READ_SECONDS_MAX} "
                                   f"seconds, but it ends at {ends}")

    def ends(self, topic):
        """Behind the last record of each partition, committed or not."""
        rows = self.run("GetOffsetShell", "--topic", topic).split()
        return {int(row.split(":")[1]): int(row.split(":")[2]) for row in rows}

    def places(self, group):
        """Up to where a group has read, by partition."""
        rows = self.run("consumer.group.ConsumerGroupCommand", "--describe", "--group", group)
        columns = [row.split() for row in rows.splitlines() if row.startswith(group)]
        return {int(row[2]): int(row[3]) for row in columns if row[3].isdigit()}
