# SPDX-License-Identifier: Apache-2.0
"""Counts the words of files as they appear in a directory: of this machine, or hdfs://, s3://.

thalweg run file_word_count.py DIRECTORY   # and move files into it
"""

import operator
import sys

from pyspark import SparkContext
from pyspark.streaming import StreamingContext

if len(sys.argv) != 2:
    sys.exit("usage: file_word_count.py DIRECTORY")

context = SparkContext(appName="file word count")
streaming = StreamingContext(context, 1)

words = streaming.textFileStream(sys.argv[1]).flatMap(lambda line: line.split(" "))
words.map(lambda word: (word, 1)).reduceByKey(operator.add).pprint()

streaming.start()
streaming.awaitTermination()
