# SPDX-License-Identifier: Apache-2.0
"""Joins the words that come in with a list of how happy words are, and shows the happiest ones of
the last three seconds.

    nc -lk 9999
    thalweg run word_moods.py localhost 9999
"""

import operator
import sys

from pyspark import RDD, SparkContext
from pyspark.streaming import StreamingContext

if len(sys.argv) != 3:
    sys.exit("usage: word_moods.py HOST PORT")
host, port = sys.argv[1], int(sys.argv[2])

context = SparkContext(appName="word moods")
streaming = StreamingContext(context, 1)
moods = context.parallelize([("sun", 3), ("good", 2), ("rain", -1), ("bad", -2)])


def show(rdd: "RDD[tuple[int, str]]") -> None:
    happiest = rdd.take(2)
    if happiest:
        print(", ".join(f"{word} ({mood})" for mood, word in happiest), flush=True)


counts = (
    streaming.socketTextStream(host, port)
    .flatMap(str.split)
    .map(lambda word: (word, 1))
    .reduceByKeyAndWindow(operator.add, operator.sub, 3, 1)
)
(
    counts.transform(lambda rdd: moods.join(rdd))
    .map(lambda row: (row[1][0] * row[1][1], row[0]))
    .transform(lambda rdd: rdd.sortByKey(ascending=False))
    .foreachRDD(show)
)

streaming.start()
streaming.awaitTermination()
