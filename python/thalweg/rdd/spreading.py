# SPDX-License-Identifier: Apache-2.0
"""Rows spread evenly over partitions: the partitions that PySpark's repartition() makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count, islice
from operator import itemgetter
from typing import Any

from thalweg._engine import Partitioner, Rdd

_PACK_ROWS_MAX = 10
_MASK = (1 << 64) - 1


def spread(rdd: Rdd, partitions: int, batch_size: int) -> Rdd:
    """Packs of up to ten rows, dealt to the partitions in turn.

    Each partition starts dealing at a place of its own, or the first ones would get the most.
    """
    pack_rows = min(_PACK_ROWS_MAX, batch_size or _PACK_ROWS_MAX)

    def deal(partition: int, rows: Iterator[Any]) -> Iterator[tuple[int, tuple[Any, ...]]]:
        packs = iter(lambda: tuple(islice(rows, pack_rows)), ())
        return zip(count(first_place(partition, partitions) + 1), packs)

    dealt = rdd.map_partitions(deal, False, "repartition")
    return dealt.partition_by(Partitioner(partitions, int)).map_partitions(
        lambda _, packs: chain.from_iterable(map(itemgetter(1), packs)), False, "repartition"
    )


def first_place(partition: int, partitions: int) -> int:
    """Where Spark starts dealing a partition: a draw below ``partitions``, seeded with its number.

    >>> first_place(0, 1)
    0
    """
    state = _scrambled(partition)
    while True:
        state ^= (state << 21) & _MASK
        state ^= state >> 35
        state ^= (state << 4) & _MASK
        bits = state & 0x7FFFFFFF
        if partitions & (partitions - 1) == 0:  # As java.util.Random.nextInt(bound) does.
            return (partitions * bits) >> 31
        place = bits % partitions
        if bits - place + (partitions - 1) < 1 << 31:
            return place


def _scrambled(seed: int) -> int:
    """A seed of 64 bits, as Spark makes it: two rounds of MurmurHash3 over the number's bytes."""
    data = seed.to_bytes(8, "big", signed=True)
    low = _murmur3(data, 0x3C074A61)
    high = _murmur3(data, low)
    return (high << 32) | low


def _murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3 (32 bits) of whole words."""
    mixed = seed
    for at in range(0, len(data), 4):
        word = int.from_bytes(data[at : at + 4], "little")
        word = (word * 0xCC9E2D51) & 0xFFFFFFFF
        word = ((word << 15) | (word >> 17)) & 0xFFFFFFFF
        mixed ^= (word * 0x1B873593) & 0xFFFFFFFF
        mixed = ((mixed << 13) | (mixed >> 19)) & 0xFFFFFFFF
        mixed = (mixed * 5 + 0xE6546B64) & 0xFFFFFFFF
    mixed ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = ((mixed ^ (mixed >> shift)) * factor) & 0xFFFFFFFF
    return mixed ^ (mixed >> 16)
