# SPDX-License-Identifier: Apache-2.0
"""Counts words from a directory in a way that survives the end of the program: started again, it
goes on where it stopped. Words to leave out are a broadcast, how many were left out an accumulator.

    thalweg run recoverable_word_count.py CHECKPOINTS IN OUT
    # move files into IN; kill it; start it again
"""

import operator
import sys
from datetime import datetime

from pyspark import RDD, SparkContext
from pyspark.streaming import StreamingContext

if len(sys.argv) != 4:
    sys.exit("usage: recoverable_word_count.py CHECKPOINTS IN OUT")
checkpoints, directory, out = sys.argv[1:]


def create() -> StreamingContext:
    """Runs at every start: a checkpoint holds data, and the functions are the program's."""
    context = SparkContext(appName="recoverable word count")
    streaming = StreamingContext(context, 1)
    unwanted = context.broadcast(["a", "b", "c"])
    dropped = context.accumulator(0)

    def append(time: datetime, rdd: "RDD[tuple[str, int]]") -> None:
        kept = []
        for word, count in rdd.collect():
            if word in unwanted.value:
                dropped.add(count)
            else:
                kept.append((word, count))
        if kept:
            with open(out, "a") as file:
                print(f"{sorted(kept)}, {dropped.value} words dropped", file=file)

    words = streaming.textFileStream(directory).flatMap(str.split).map(lambda word: (word, 1))
    words.reduceByKey(operator.add).foreachRDD(append)
    totals = words.updateStateByKey(lambda ones, total: sum(ones) + (total or 0))
    totals.transform(lambda rdd: rdd.sortByKey()).pprint()
    return streaming


streaming = StreamingContext.getOrCreate(checkpoints, create)
streaming.start()
streaming.awaitTermination()
