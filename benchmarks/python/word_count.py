# SPDX-License-Identifier: Apache-2.0
"""Word count as PySpark's users write it: one program, for PySpark and for Thalweg.

    python benchmarks/python/word_count.py FILE...           the pyspark that is installed
    thalweg run benchmarks/python/word_count.py FILE...      the same program on Thalweg

A first batch of one line says how soon there is a result; then each file is a batch. Prints one
line of JSON: seconds from the start of the process to the first result, words a second in the
batches of the files, and the largest resident memory of the process and its children.
"""

import json
import os
import sys
import threading
import time

from pyspark import SparkContext
from pyspark.streaming import StreamingContext


def seconds_since_process_start() -> float:
    with open("/proc/self/stat") as stat:
        started_ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime") as uptime:
        return float(uptime.read().split()[0]) - started_ticks / os.sysconf("SC_CLK_TCK")


def resident_kib() -> int:
    """Of this process and all below it, now."""
    parents = {}
    resident = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status") as status:
                fields = dict(line.split(":", 1) for line in status)
        except OSError:
            continue  # It has ended meanwhile.
        parents[int(name)] = int(fields["PPid"])
        resident[int(name)] = int(fields.get("VmRSS", "0 kB").split()[0])

    def is_ours(process: int) -> bool:
        while process > 1:
            if process == os.getpid():
                return True
            process = parents.get(process, 0)
        return False

    return sum(kib for process, kib in resident.items() if is_ours(process))


def watch_memory(peak_kib: list) -> None:
    while True:
        peak_kib[0] = max(peak_kib[0], resident_kib())
        time.sleep(0.2)


files = sys.argv[1:]
sc = SparkContext("local[2]", "word count")
sc.setLogLevel("ERROR")
ssc = StreamingContext(sc, 0.1)
done = threading.Event()
first_result = []
results = []
peak_kib = [0]
threading.Thread(target=watch_memory, args=(peak_kib,), daemon=True).start()


def keep(time_of_batch, rdd) -> None:
    begun = time.monotonic()
    counts = rdd.collect()
    if not counts:
        return
    if not first_result:
        first_result.append(seconds_since_process_start())
        return
    results.append((time.monotonic() - begun, sum(count for _, count in counts)))
    if len(results) == len(files):
        done.set()


rdds = [sc.parallelize(["one line"])] + [sc.textFile(file) for file in files]
lines = ssc.queueStream(rdds)
counts = (
    lines.flatMap(lambda line: line.split(" "))
    .map(lambda word: (word, 1))
    .reduceByKey(lambda a, b: a + b)
)
counts.foreachRDD(keep)
ssc.start()
done.wait(900)
ssc.stop(stopSparkContext=False, stopGraceFully=False)
seconds = sum(time_taken for time_taken, _ in results)
words = sum(count for _, count in results)
print(
    json.dumps(
        {
            "first_result_s": round(first_result[0], 3),
            "words": words,
            "words_per_s": round(words / seconds),
            "peak_mib": peak_kib[0] // 1024,
        }
    ),
    flush=True,
)
os._exit(0)
