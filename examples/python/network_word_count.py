# SPDX-License-Identifier: Apache-2.0
"""Counts the words that come in over the network, each second. The program is PySpark's, word by
word; `thalweg run` finds Thalweg for it.

    nc -lk 9999                                        # in one terminal: type words
    thalweg run network_word_count.py localhost 9999   # in another: see them counted
"""

import operator
import sys

from pyspark import SparkContext
from pyspark.streaming import StreamingContext

if len(sys.argv) != 3:
    sys.exit("usage: network_word_count.py HOST PORT")
host, port = sys.argv[1], int(sys.argv[2])

context = SparkContext(appName="network word count")
streaming = StreamingContext(context, 1)

lines = streaming.socketTextStream(host, port)
counts = (
    lines.flatMap(lambda line: line.split(" "))
    .map(lambda word: (word, 1))
    .reduceByKey(operator.add)
)
counts.pprint()

streaming.start()
streaming.awaitTermination()
