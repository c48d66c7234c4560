# SPDX-License-Identifier: Apache-2.0
"""Kills a streaming program again and again, and compares what it wrote with what it should have.

    torture.py PROGRAM --kills 60 [--seed 1] [--job files|receiver|kafka] [--canary NAME]

The oracle is this file: it reads the lines that went in and, from the program's own record of
which lines were in which batch (raw-TIME), computes every window and state anew. Checked:

- every line that went in (files, kafka), or that was acknowledged (receiver), is in exactly one
  batch;
- no batch is missing between the first and the last, and each has its window and its state;
- every window and state is what the batches up to its time make of it.

What the program wrote to topics is what a reader of committed records sees. Ends with 77 where
there can be no Kafka.
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import kafka_topics

SECONDS_MAX = 180
# For all that a campaign left to be worked on, as long as there is progress.
CATCH_UP_SECONDS_MAX = 3600
# A batch lists all files that there are.
FILES_MAX = 5000
SKIPPED = 77


class Timing:
    """Of a job, in milliseconds: as in torture_job.cc."""

    def __init__(self, job):
        self.batch = 250 if job == "kafka" else 50
        self.slide = 2 * self.batch
        self.window = 10 * self.batch
        # How long a life lasts that is to end at a point.
        self.patience_seconds = 4.0 if job == "kafka" else 1.0


def parse(line):
    words = line.split(" ")
    if len(words) != 3:
        return None
    try:
        return words[1], int(words[2])
    except ValueError:
        return None


class Lines:
    """Numbered lines, the same for the same seed: some malformed, keys skewed, values signed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.next = 0

    def make(self, count):
        made = []
        for _ in range(count):
            number = self.next
            self.next += 1
            if self.random.random() < 0.01:
                made.append(f"{number} malformed")
            else:
                key = int(self.random.paretovariate(1.2)) % 50
                made.append(f"{number} key{key} {self.random.randint(-1000, 1000)}")
        return made


class Files:
    """Puts files into the directory that the program watches."""

    def __init__(self, directory, seed, kills):
        self.lines = Lines(seed)
        # A life lasts a second at most.
        self.pause_seconds = max(0.02, kills / FILES_MAX)
        self.directory = directory / "in"
        self.directory.mkdir()
        self.hidden = directory / "making"
        self.hidden.mkdir()
        self.given = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def arguments(self):
        return []

    def start(self):
        self.thread.start()

    def run(self):
        number = 0
        while not self.stopped.wait(self.pause_seconds):
            lines = self.lines.make(20)
            name = f"{number:06}"
            number += 1
            (self.hidden / name).write_text("\n".join(lines) + "\n")
            # The time of change must be that of the appearance, also on a busy machine.
            os.utime(self.hidden / name)
            os.rename(self.hidden / name, self.directory / name)
            self.given.extend(lines)

    def stop(self):
        self.stopped.set()
        self.thread.join()

    def missing(self, found):
        return collections.Counter(self.given) - found

    def unwanted(self, found):
        return found - collections.Counter(self.given)


class Server:
    """Sends lines to whoever connects and remembers which were acknowledged. What was on its way
    when the connection broke is lost, and counted."""

    def __init__(self, directory, seed):
        self.lines = Lines(seed)
        self.sent = []
        self.acknowledged = set()
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.listener.settimeout(0.05)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def arguments(self):
        return [str(self.port)]

    def start(self):
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                continue
            with connection:
                self.serve(connection)

    def serve(self, connection):
        connection.settimeout(1)
        waiting = b""
        try:
            while not self.stopped.wait(0.01):
                lines = self.lines.make(10)
                self.sent.extend(lines)
                connection.sendall(("\n".join(lines) + "\n").encode())
                last = int(lines[-1].split(" ")[0])
                # One bunch at a time, so that an acknowledgement stands for all before it.
                while last not in self.acknowledged:
                    got = connection.recv(4096)
                    if not got:
                        return
                    waiting += got
                    *numbers, waiting = waiting.split(b"\n")
                    for number in numbers:
                        self.acknowledged.add(int(number))
        except OSError:
            return

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.listener.close()

    def missing(self, found):
        numbers = {int(line.split(" ")[0]) for line in found}
        return collections.Counter(n for n in self.acknowledged if n not in numbers)

    def unwanted(self, found):
        return found - collections.Counter(self.sent)


class Outputs:
    """What the program has written: a batch counts once its directory has _SUCCESS."""

    def __init__(self, directory):
        self.directory = directory

    def batches(self, prefix):
        found = {}
        for path in self.directory.glob(prefix + "-*"):
            if (path / "_SUCCESS").exists():
                found[int(path.name.split("-")[1])] = path
        return found

    @staticmethod
    def lines(path):
        lines = []
        for part in sorted(path.glob("part-*")):
            text = part.read_text()
            lines.extend(text.split("\n")[:-1])
        return lines


def differences(outputs, source, timing):
    """What is wrong with the outputs, as texts."""
    wrong = []
    raw = {t: outputs.lines(p) for t, p in outputs.batches("raw").items()}
    windows = outputs.batches("window")
    states = outputs.batches("state")
    if not raw:
        return ["nothing was written"]
    found = collections.Counter(line for lines in raw.values() for line in lines)
    for line, count in list(source.missing(found).items())[:5]:
        wrong.append(f"lost {count} x: {line}")
    for line, count in list(source.unwanted(found).items())[:5]:
        wrong.append(f"{count} x too often: {line}")

    first, last = min(raw), max(raw)
    sums = {}
    totals = {}
    parsed = {t: [p for p in map(parse, lines) if p] for t, lines in raw.items()}
    for t in range(first, last + 1, timing.batch):
        if t not in raw:
            wrong.append(f"batch {t} is missing")
            continue
        for key, value in parsed[t]:
            count, total = totals.get(key, (0, 0))
            totals[key] = (count + 1, total + value)
            sums[key] = sums.get(key, 0)
        if t not in states:
            wrong.append(f"state {t} is missing")
        else:
            expected = sorted(f"({k},({c},{s}))" for k, (c, s) in totals.items())
            if sorted(outputs.lines(states[t])) != expected:
                wrong.append(f"state {t} is wrong")
        if (t - (first - timing.batch)) % timing.slide == 0:
            if t not in windows:
                wrong.append(f"window {t} is missing")
                continue
            window = dict.fromkeys(sums, 0)
            for back in range(t - timing.window + timing.batch, t + 1, timing.batch):
                for key, value in parsed.get(back, []):
                    window[key] += value
            expected = sorted(f"({k},{v})" for k, v in window.items())
            if sorted(outputs.lines(windows[t])) != expected:
                wrong.append(f"window {t} is wrong")
    return wrong


class Campaign:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="thalweg-torture-"))
        self.points_file = self.directory / "points"
        self.timing = Timing(options.job)
        self.outputs = Outputs(self.directory / "out")
        if options.job == "kafka":
            self.source = kafka_topics.Topics(self.directory, Lines(options.seed))
            self.outputs = kafka_topics.TopicOutputs(self.source, self.outputs)
        else:
            self.source = (
                Files(self.directory, options.seed, options.kills)
                if options.job == "files"
                else Server(self.directory, options.seed)
            )
        self.hit = collections.Counter()
        self.tried = collections.Counter()
        self.kills = 0

    def command(self):
        return [self.options.program, self.options.job, str(self.directory),
                *self.source.arguments()]

    def start(self, kill=None):
        environment = dict(os.environ, THALWEG_KILL_POINTS=str(self.points_file))
        if kill:
            environment["THALWEG_KILL"] = kill
        if self.options.canary:
            environment["THALWEG_CANARY"] = self.options.canary
        log = open(self.directory / "log", "ab")
        return subprocess.Popen(self.command(), env=environment, stdout=log, stderr=log)

    def points(self):
        if not self.points_file.exists():
            return []
        return sorted(set(self.points_file.read_text().split()))

    def kill_once(self):
        """One life of the program and its end. Returns what is wrong with the end, if anything."""
        points = self.points()
        # At a point, soon after the start (in the midst of recovery), or at any time.
        way = self.random.random()
        if points and way < 0.6:
            # Those that were tried least first, so that every point has its turn, and one that is
            # seldom reached (a repetition of what was done before) not every turn.
            fewest = min(self.tried[point] for point in points)
            point = self.random.choice([p for p in points if self.tried[p] == fewest])
            self.tried[point] += 1
            program = self.start(f"{point}:{self.random.choice([1, 1, 2, 3, 5])}")
            patience = self.timing.patience_seconds
        else:
            point = None
            program = self.start()
            share = self.random.uniform(0, 0.1 if way < 0.75 else 0.6)
            patience = share * self.timing.patience_seconds
        try:
            program.wait(patience)
        except subprocess.TimeoutExpired:
            point = None
            program.kill()
            program.wait()
        if program.returncode != -signal.SIGKILL:
            return f"the program ended by itself with {program.returncode}: {self.log_end()}"
        self.hit[point or "at any time"] += 1
        self.kills += 1
        return None

    def log_end(self):
        return (self.directory / "log").read_text(errors="replace")[-600:]

    def finish(self):
        """Lets the program run until all that was given is worked on, and stop by itself."""
        given_until = time.time() * 1000 + 500
        program = self.start()
        # Where kills left many batches to be made, that takes its time; a standstill is a failure.
        last = self.wait_for_batches(program, given_until)
        if program.poll() is None and last <= given_until:
            program.kill()
            return f"the program stands still after the batch of {last}: {self.log_end()}"
        program.send_signal(signal.SIGTERM)
        # A graceful stop runs the batches that wait.
        self.wait_for_batches(program, float("inf"))
        if program.poll() is None:
            program.kill()
            return "the program does not stop"
        code = program.returncode
        return None if code == 0 else f"the program ended with {code}: {self.log_end()}"

    def wait_for_batches(self, program, until):
        """Waits for a batch later than `until`, as long as others come. Returns the last one."""
        # A batch has what came before its time, and batches are written in order.
        end = time.monotonic() + CATCH_UP_SECONDS_MAX
        last = 0
        last_seen = time.monotonic()
        while time.monotonic() < min(end, last_seen + SECONDS_MAX) and program.poll() is None:
            time.sleep(0.1)
            newest = max(self.outputs.batches("window"), default=0)
            if newest > last:
                last, last_seen = newest, time.monotonic()
            if last > until:
                break
        return last

    def run(self):
        wrong = []
        # A first life without harm, so that the points are known. What comes before the program has
        # written down when it began is not its to read.
        program = self.start()
        deadline = time.monotonic() + SECONDS_MAX
        while not list(self.directory.glob("checkpoint/MANIFEST-*[0-9]")):
            if time.monotonic() > deadline:
                return [f"the program does not begin: {self.log_end()}"]
            time.sleep(0.01)
        self.source.start()
        time.sleep(0.5)
        program.kill()
        program.wait()
        while self.kills < self.options.kills and not wrong:
            problem = self.kill_once()
            if problem:
                wrong.append(problem)
        self.source.stop()
        if not wrong:
            problem = self.finish()
            wrong += [problem] if problem else []
            if self.options.job == "kafka":
                self.outputs.read_all(self.timing.batch, self.timing.slide)
            wrong += differences(self.outputs, self.source, self.timing)
        return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program")
    arguments.add_argument("--kills", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--job", choices=["files", "receiver", "kafka"], default="files")
    arguments.add_argument("--canary", help="a planted bug: it must be found")
    arguments.add_argument("--keep", action="store_true", help="keep the files")
    options = arguments.parse_args()

    try:
        campaign = Campaign(options)
    except kafka_topics.Skipped as skipped:
        print(skipped)
        return SKIPPED
    try:
        wrong = campaign.run()
    finally:
        if options.job == "kafka":
            campaign.source.close()
    print(
        f"job {options.job}, seed {options.seed}, {campaign.kills} kills, "
        f"{len(campaign.outputs.batches('window'))} windows; by point:"
    )
    for point in sorted([*campaign.points(), "at any time"]):
        print(f"  {campaign.hit[point]:5}  {point}")
    for line in wrong[:20]:
        print("DIFFERENCE:", line)
    if wrong:
        print(f"replay: torture.py {options.program} --job {options.job} --seed {options.seed} "
              f"--kills {options.kills}; files in {campaign.directory}")
    elif not options.keep:
        shutil.rmtree(campaign.directory)
    bound = f"{3 / campaign.kills:.2%}" if campaign.kills else "unknown"
    print(f"{campaign.kills} kills, {len(wrong)} differences; 95 % bound on the rate of failures: "
          f"{bound if not wrong else 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
