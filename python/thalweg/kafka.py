# SPDX-License-Identifier: Apache-2.0
"""Records of Kafka's topics."""

from __future__ import annotations

from typing import NamedTuple, Optional

__all__ = ["KafkaRecord"]


class KafkaRecord(NamedTuple):
    """A record of a topic.

    >>> KafkaRecord("orders", 0, 17, 0, None, b"3 apples").value
    b'3 apples'
    """

    topic: str
    partition: int
    offset: int
    #: Microseconds since 1970; 0 where the record has none.
    timestamp: int
    key: Optional[bytes]
    value: Optional[bytes]
