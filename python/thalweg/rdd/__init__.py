# SPDX-License-Identifier: Apache-2.0
"""RDD: a partitioned collection with its lineage."""

from typing import TypeVar

from thalweg._engine import portable_hash
from thalweg.rdd.numbers import BoundedFloat
from thalweg.rdd.saving import SaveActions

__all__ = ["RDD", "BoundedFloat", "portable_hash"]

T = TypeVar("T")


class RDD(SaveActions[T]):
    """A collection in partitions: computed when an action asks for it, and again when a part of it
    is lost.

    A Context makes the first ones, from a list or from files. Transformations (map, reduce_by_key)
    make an RDD of another at once and compute nothing; actions (collect, count, save_as_text_file)
    compute.

    >>> words = context.parallelize(["to be", "or not", "to be"]).flat_map(str.split)
    >>> counts = words.map(lambda word: (word, 1)).reduce_by_key(lambda a, b: a + b)
    >>> counts.sort_by(lambda row: (-row[1], row[0])).take(2)
    [('be', 2), ('to', 2)]

    Functions given to transformations run on the engine's threads, in this process: they may use
    any object of the program but contexts, RDDs and streams. They should not change what they are
    given, except where it says so. Rows are any objects; rows that are kept, shuffled or written
    are any objects that can be pickled.

    The methods and their meaning are PySpark's, named in snake_case.
    """
