# SPDX-License-Identifier: Apache-2.0
"""How many different things were seen, in little memory."""

from __future__ import annotations

import math

_MASK = (1 << 64) - 1
_PRECISION_MIN, _PRECISION_MAX = 4, 24


class DistinctCounter:
    """HyperLogLog: keeps, for each of 2^p groups of hashes, the longest run of leading zeros.

    Small numbers are estimated from the groups that nothing fell into.
    Source: Flajolet, Fusy, Gandouet, Meunier: HyperLogLog (2007).
    """

    def __init__(self, relative_sd: float) -> None:
        wanted = 2.0 * math.log2(1.054 / relative_sd)
        self._precision = min(max(math.ceil(wanted), _PRECISION_MIN), _PRECISION_MAX)
        self._longest = bytearray(1 << self._precision)

    def add(self, digest: int) -> None:
        """Adds a thing by its hash, of which all bits are used."""
        mixed = _mixed(digest & _MASK)
        group = mixed >> (64 - self._precision)
        rest = mixed & ((1 << (64 - self._precision)) - 1)
        run = 64 - self._precision - rest.bit_length() + 1
        if run > self._longest[group]:
            self._longest[group] = run

    def merge(self, other: DistinctCounter) -> None:
        """Adds what another counter of the same size saw."""
        self._longest = bytearray(map(max, self._longest, other._longest))

    def count(self) -> int:
        """The estimate."""
        groups = len(self._longest)
        estimate = 0.7213 / (1 + 1.079 / groups) * groups * groups
        estimate /= math.fsum(2.0**-run for run in self._longest)
        empty = self._longest.count(0)
        if empty and estimate <= 2.5 * groups:
            estimate = groups * math.log(groups / empty)
        return round(estimate)


def _mixed(digest: int) -> int:
    """All bits of a hash spread over all bits: the finisher of MurmurHash3."""
    digest = ((digest ^ (digest >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    digest = ((digest ^ (digest >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
    return digest ^ (digest >> 33)
