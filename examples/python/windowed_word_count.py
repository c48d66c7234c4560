# SPDX-License-Identifier: Apache-2.0
"""Shows every second how often each word came in the last three.

nc -lk 9999
python windowed_word_count.py localhost 9999
"""

import operator
import sys

from thalweg import Context, StreamingContext

if len(sys.argv) != 3:
    sys.exit("usage: windowed_word_count.py HOST PORT")
host, port = sys.argv[1], int(sys.argv[2])

streaming = StreamingContext(Context("local[2]", "windowed word count"), 1)

counts = (
    streaming.socket_text_stream(host, port)
    .flat_map(str.split)
    .map(lambda word: (word, 1))
    .reduce_by_key_and_window(operator.add, operator.sub, window_duration=3, slide_duration=1)
)
counts.transform(lambda rdd: rdd.sort_by(lambda row: (-row[1], row[0]))).print(5)

streaming.start()
streaming.await_termination()
