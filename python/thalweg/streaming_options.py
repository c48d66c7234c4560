# SPDX-License-Identifier: Apache-2.0
"""What a streaming context takes from the settings."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thalweg.errors import WrongValueError

if TYPE_CHECKING:
    from thalweg.conf import Conf

_log = logging.getLogger("thalweg")

_PREFIX = "spark.streaming."
_TAKEN = frozenset(
    _PREFIX + key
    for key in [
        "backpressure.enabled",
        "backpressure.initialRate",
        "blockInterval",
        "receiver.maxRate",
        "stopGracefullyOnShutdown",
    ]
)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class StreamingOptions:
    """The settings that begin with ``spark.streaming.``; others of them are ignored, which is
    logged at level DEBUG.

    >>> from thalweg import Conf
    >>> StreamingOptions.of(Conf().set("spark.streaming.blockInterval", "50ms")).block_seconds
    0.05
    """

    block_seconds: float = 0.2
    backpressure: bool = False
    initial_rate: float = 0.0
    receiver_rate_max: float = 0.0
    stops_gracefully: bool = False

    @staticmethod
    def of(conf: Conf) -> StreamingOptions:
        """Those of ``conf``. Errors: WrongValueError for a value of the wrong kind."""
        for key, value in conf.get_all():
            if key.startswith(_PREFIX) and key not in _TAKEN:
                _log.debug("%s=%s is ignored: this engine has nothing to set there", key, value)

        def text(key: str, otherwise: str) -> str:
            return conf.get(_PREFIX + key, otherwise) or otherwise

        def number(key: str) -> float:
            try:
                return float(text(key, "0"))
            except ValueError:
                raise WrongValueError(
                    f"{_PREFIX}{key} has to be records a second, but is {text(key, '')!r}"
                ) from None

        def flag(key: str) -> bool:
            value = text(key, "false").strip().lower()
            if value not in ("true", "false"):
                raise WrongValueError(f"{_PREFIX}{key} has to be true or false, but is {value!r}")
            return value == "true"

        return StreamingOptions(
            seconds_of(text("blockInterval", "200ms"), _PREFIX + "blockInterval"),
            flag("backpressure.enabled"),
            number("backpressure.initialRate"),
            number("receiver.maxRate"),
            flag("stopGracefullyOnShutdown"),
        )

    def of_engine(self) -> dict[str, Any]:
        """The arguments of the engine's StreamingContext."""
        return {
            "block_interval": self.block_seconds,
            "backpressure": self.backpressure,
            "initial_rate": self.initial_rate,
            "receiver_max_rate": self.receiver_rate_max,
        }


def seconds_of(text: str, what: str, unit: str = "ms") -> float:
    """A length of time as Spark writes it, ``200ms`` or ``1s``; a bare number is in ``unit``.

    Errors: WrongValueError, naming ``what``.

    >>> seconds_of("200ms", "it"), seconds_of("2m", "it"), seconds_of("5", "it", "s")
    (0.2, 120.0, 5.0)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    scale = _UNITS.get(match[2] or unit) if match else None
    if match is None or scale is None:
        raise WrongValueError(f"{what} has to be a time such as 200ms or 1s, but is {text!r}")
    return float(match[1]) * scale
