# SPDX-License-Identifier: Apache-2.0
"""Settings of a context."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Optional, TypeVar

from thalweg.errors import WrongStateError, WrongValueError

C = TypeVar("C", bound="Conf")


class KeyOrPairsError(WrongValueError, WrongStateError):
    """Both of two arguments were given, or none; PySpark has a RuntimeError here."""


class Conf:
    """Settings by name, all text. The setters return the Conf itself, so that they chain.

    Keys are PySpark's (``spark.master``, ``spark.app.name``, ``spark.default.parallelism``) and
    ours (``thalweg.*``). Unknown keys are kept and change nothing.

    >>> conf = Conf().set_master("local[2]").set("spark.default.parallelism", 4)
    >>> conf.get("spark.master"), conf.get("spark.default.parallelism")
    ('local[2]', '4')
    """

    #: What every new Conf starts with. ``thalweg run`` puts its options here.
    defaults: ClassVar[dict[str, str]] = {}

    def __init__(self, load_defaults: bool = True) -> None:
        self._settings: dict[str, str] = dict(Conf.defaults) if load_defaults else {}

    def set(self: C, key: str, value: Any) -> C:
        """Sets one setting; the value becomes text.

        >>> Conf().set("spark.ui.enabled", False).get("spark.ui.enabled")
        'False'
        """
        self._settings[key] = str(value)
        return self

    def set_if_missing(self: C, key: str, value: Any) -> C:
        """Sets a setting that has no value yet.

        >>> Conf().set("k", 1).set_if_missing("k", 2).get("k")
        '1'
        """
        return self if self.contains(key) else self.set(key, value)

    def set_master(self: C, value: str) -> C:
        """Where to run: ``local``, ``local[N]`` for N threads, ``local[*]`` for one a core.

        >>> Conf().set_master("local[4]").get("spark.master")
        'local[4]'
        """
        return self.set("spark.master", value)

    def set_app_name(self: C, value: str) -> C:
        """The name of the program, for logs and pages.

        >>> Conf().set_app_name("counts").get("spark.app.name")
        'counts'
        """
        return self.set("spark.app.name", value)

    def set_spark_home(self: C, value: str) -> C:
        """Kept for programs written for PySpark; there is no installation to point to.

        >>> Conf().set_spark_home("/opt/spark").get("spark.home")
        '/opt/spark'
        """
        return self.set("spark.home", value)

    def set_executor_env(
        self: C,
        key: Optional[str] = None,
        value: Optional[str] = None,
        pairs: Optional[Iterable[tuple[str, str]]] = None,
    ) -> C:
        """Environment variables for tasks: one as ``key`` and ``value``, or several as ``pairs``.

        Tasks run in this process and see its own environment; these are kept as settings.
        Errors: WrongValueError unless there is exactly one of ``key`` and ``pairs``.

        >>> Conf().set_executor_env("TZ", "UTC").get("spark.executorEnv.TZ")
        'UTC'
        """
        if (key is None) == (pairs is None):
            raise KeyOrPairsError(
                "set_executor_env needs either a key with its value or pairs, and not both",
                "KEY_VALUE_PAIR_REQUIRED",
            )
        for name, text in pairs if pairs is not None else [(key, value)]:
            self.set(f"spark.executorEnv.{name}", text)
        return self

    def set_all(self: C, pairs: Iterable[tuple[str, Any]]) -> C:
        """Sets several settings.

        >>> Conf().set_all([("a", 1), ("b", 2)]).get("b")
        '2'
        """
        for key, value in pairs:
            self.set(key, value)
        return self

    def get(self, key: str, default_value: Optional[str] = None) -> Optional[str]:
        """The value, or ``default_value`` where there is none.

        >>> Conf().get("nothing") is None, Conf().get("nothing", "x")
        (True, 'x')
        """
        return self._settings.get(key, default_value)

    def get_all(self) -> list[tuple[str, str]]:
        """All (key, value).

        >>> Conf().set("k", "v").get_all()
        [('k', 'v')]
        """
        return list(self._settings.items())

    def contains(self, key: str) -> bool:
        """Whether the setting has a value.

        >>> Conf().contains("nothing")
        False
        """
        return key in self._settings

    def to_debug_string(self) -> str:
        """The settings by name, one a line as ``key=value``.

        >>> print(Conf().set("b", 2).set("a", 1).to_debug_string())
        a=1
        b=2
        """
        return "\n".join(f"{key}={value}" for key, value in sorted(self._settings.items()))
