# SPDX-License-Identifier: Apache-2.0
"""Counts the numbers of a queue of RDDs by their last digit, one RDD a batch.

python queue_stream.py
"""

import operator
import time

from thalweg import Context, StreamingContext

context = Context("local[2]", "queue stream")
streaming = StreamingContext(context, 1)

queue = [context.parallelize(range(1, 1001), 10) for _ in range(3)]
digits = streaming.queue_stream(queue).map(lambda number: (number % 10, 1))
digits.reduce_by_key(operator.add).transform(lambda rdd: rdd.sort_by_key()).print()

streaming.start()
time.sleep(4)
streaming.stop(stop_spark_context=True, stop_gracefully=True)
