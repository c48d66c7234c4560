# SPDX-License-Identifier: Apache-2.0
"""Counts all words that ever came in over the network, beginning with a few known ones.

nc -lk 9999
python stateful_word_count.py localhost 9999
"""

import sys
import tempfile
from typing import Optional

from thalweg import Context, StreamingContext

if len(sys.argv) != 3:
    sys.exit("usage: stateful_word_count.py HOST PORT")
host, port = sys.argv[1], int(sys.argv[2])


def add_up(new_ones: list[int], total: Optional[int]) -> int:
    return sum(new_ones, total or 0)


context = Context("local[2]", "stateful word count")
streaming = StreamingContext(context, 1)
streaming.checkpoint(tempfile.mkdtemp())
known = context.parallelize([("hello", 1), ("world", 1)])

totals = (
    streaming.socket_text_stream(host, port)
    .flat_map(str.split)
    .map(lambda word: (word, 1))
    .update_state_by_key(add_up, initial_rdd=known)
)
totals.transform(lambda rdd: rdd.sort_by_key()).print()

streaming.start()
streaming.await_termination()
