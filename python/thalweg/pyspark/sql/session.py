# SPDX-License-Identifier: Apache-2.0
"""PySpark's ``pyspark.sql.session``: the way to a SparkContext that newer programs take."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, ClassVar, Optional

from thalweg import __version__
from thalweg.errors import UnsupportedError
from thalweg.pyspark.conf import SparkConf
from thalweg.pyspark.context import SparkContext
from thalweg.pyspark.sql.later import refuse_sql

__all__ = ["SparkSession"]

#: What a session has in PySpark and not here.
_OF_SQL = frozenset(
    "addArtifact addArtifacts addTag catalog clearTags client copyFromLocalToFs createDataFrame "
    "dataSource getTags interruptAll interruptOperation interruptTag profile range read readStream "
    "registerProgressHandler removeTag sql streams table tvf udf udtf".split()
)


class _RuntimeConfig:
    """The settings of a session, ``spark.conf``."""

    def __init__(self, conf: SparkConf) -> None:
        self._conf = conf

    def get(self, key: str, default: Optional[str] = None) -> Optional[str]:
        """The value of a setting.

        >>> spark.conf.get("nothing", "x")
        'x'
        """
        return self._conf.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Sets a setting; what the context has read already does not change.

        >>> spark.conf.set("job.colour", "blue")
        """
        self._conf.set(key, value)

    def unset(self, key: str) -> None:
        """Takes a setting away.

        >>> spark.conf.unset("job.colour")
        """
        self._conf._settings.pop(key, None)


class SparkSession:
    """Holds a SparkContext. Make it by ``SparkSession.builder.appName("x").getOrCreate()``.

    SQL and DataFrames come in a later version.

    >>> SparkSession.builder.getOrCreate() is spark
    True
    """

    class Builder:
        """Collects what a session is made with.

        >>> builder = SparkSession.builder.appName("counts").master("local[2]")
        """

        def __init__(self) -> None:
            self._settings: dict[str, str] = {}

        def appName(self, name: str) -> SparkSession.Builder:
            """The name of the program.

            >>> SparkSession.builder.appName("counts").getOrCreate() is spark
            True
            """
            return self.config("spark.app.name", name)

        def master(self, master: str) -> SparkSession.Builder:
            """Where to run: ``local``, ``local[N]``, ``local[*]``, which it is without.

            >>> SparkSession.builder.master("local[2]").getOrCreate() is spark
            True
            """
            return self.config("spark.master", master)

        def config(
            self,
            key: Optional[str] = None,
            value: Optional[Any] = None,
            conf: Optional[SparkConf] = None,
            *,
            map: Optional[dict[str, Any]] = None,
        ) -> SparkSession.Builder:
            """Settings: one, those of a SparkConf, or those of a dict.

            >>> SparkSession.builder.config("job.colour", "blue").getOrCreate() is spark
            True
            """
            if conf is not None:
                self._settings.update(conf.get_all())
            if map is not None:
                self._settings.update({name: str(setting) for name, setting in map.items()})
            if key is not None:
                self._settings[key] = str(value)
            return self

        def enableHiveSupport(self) -> SparkSession.Builder:
            """Refused: there is no Hive.

            >>> SparkSession.builder.enableHiveSupport()
            Traceback (most recent call last):
            ...
            thalweg.errors.UnsupportedError: ...
            """
            refuse_sql("enableHiveSupport")

        def remote(self, url: str) -> SparkSession.Builder:
            """Refused: the engine runs in this process.

            >>> SparkSession.builder.remote("sc://localhost")
            Traceback (most recent call last):
            ...
            thalweg.errors.UnsupportedError: ...
            """
            raise UnsupportedError(
                f"remote({url!r}): there is no server to connect to; leave remote() out, the "
                "engine runs in this process"
            )

        def getOrCreate(self) -> SparkSession:
            """The session that there is, or a new one on the SparkContext that there is, or on one
            made with these settings.

            >>> SparkSession.builder.getOrCreate().sparkContext is spark.sparkContext
            True
            """
            with SparkSession._lock:
                session = SparkSession._active
                if session is None or session._stopped():
                    conf = SparkConf()
                    for key, value in self._settings.items():
                        conf.set(key, value)
                    session = SparkSession(SparkContext.get_or_create(conf))
                    SparkSession._active = session
                for key, value in self._settings.items():
                    session.conf.set(key, value)
                return session

        def create(self) -> SparkSession:
            """As getOrCreate(): one process has one session.

            >>> SparkSession.builder.create() is spark
            True
            """
            return self.getOrCreate()

    class _FreshBuilder:
        """``SparkSession.builder`` is a new builder each time, so that settings do not leak."""

        def __get__(self, instance: Any, owner: Any) -> SparkSession.Builder:
            return SparkSession.Builder()

    builder = _FreshBuilder()
    _active: ClassVar[Optional[SparkSession]] = None
    _lock: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, sparkContext: SparkContext) -> None:
        self._sc = sparkContext
        self.conf = _RuntimeConfig(SparkConf())
        for key, value in sparkContext._conf.get_all():
            self.conf.set(key, value)

    @property
    def sparkContext(self) -> SparkContext:
        """The context for RDDs and streams.

        >>> spark.sparkContext.parallelize([1, 2]).sum()
        3
        """
        return self._sc

    @property
    def version(self) -> str:
        """Thalweg's version."""
        return __version__

    @classmethod
    def getActiveSession(cls) -> Optional[SparkSession]:
        """The session that there is, or None.

        >>> SparkSession.getActiveSession() is spark
        True
        """
        session = cls._active
        return None if session is None or session._stopped() else session

    @classmethod
    def active(cls) -> SparkSession:
        """The session that there is. Errors: RuntimeError without one.

        >>> SparkSession.active() is spark
        True
        """
        session = cls.getActiveSession()
        if session is None:
            raise RuntimeError(
                "there is no active session; make one by SparkSession.builder.getOrCreate()"
            )
        return session

    def newSession(self) -> SparkSession:
        """A session of its own settings on the same SparkContext.

        >>> spark.newSession().sparkContext is spark.sparkContext
        True
        """
        return SparkSession(self._sc)

    def stop(self) -> None:
        """Stops the SparkContext."""
        self._sc.stop()
        with SparkSession._lock:
            if SparkSession._active is self:
                SparkSession._active = None

    def _stopped(self) -> bool:
        return self._sc._stopped

    def __enter__(self) -> SparkSession:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __getattr__(self, name: str) -> Any:
        if name in _OF_SQL:
            refuse_sql(f"SparkSession.{name}")
        raise AttributeError(f"'SparkSession' object has no attribute {name!r}")
