# SPDX-License-Identifier: Apache-2.0
"""PySpark's SparkContext."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from thalweg.conf import Conf
from thalweg.context import Context
from thalweg.pyspark.conf import SparkConf
from thalweg.pyspark.naming import hint, pyspark_names
from thalweg.pyspark.rdd import RDD
from thalweg.pyspark.serializers import CPickleSerializer
from thalweg.pyspark.version import __version__

if TYPE_CHECKING:
    from thalweg.pyspark.spelled import SparkContextNames
    from thalweg.pyspark.streaming.context import StreamingContext
else:
    SparkContextNames = Context

__all__ = ["SparkContext"]


class _ActiveContext(type):
    """Lets programs ask the class for the context of the process, as PySpark's own modules do."""

    @property
    def _active_spark_context(cls) -> Optional[Context]:
        return Context._active


@pyspark_names
class SparkContext(SparkContextNames, metaclass=_ActiveContext):
    """thalweg.Context under PySpark's names, with PySpark's arguments.

    ``serializer``, ``gateway``, ``jsc`` and the profilers are accepted and change nothing.

    >>> sc.parallelize([1, 2, 3], numSlices=2).glom().collect()
    [[1], [2, 3]]
    """

    _rdd_class = RDD
    PACKAGE_EXTENSIONS: Iterable[str] = (".zip", ".egg", ".jar")
    #: What PySpark has here while a JVM runs: never.
    _jvm: Any = None
    _gateway: Any = None

    def __init__(
        self,
        master: Optional[str] = None,
        appName: Optional[str] = None,
        sparkHome: Optional[str] = None,
        pyFiles: Optional[list[str]] = None,
        environment: Optional[dict[str, Any]] = None,
        batchSize: int = 0,
        serializer: Any = CPickleSerializer(),
        conf: Optional[Conf] = None,
        gateway: Any = None,
        jsc: Any = None,
        profiler_cls: Any = None,
        udf_profiler_cls: Any = None,
        memory_profiler_cls: Any = None,
    ) -> None:
        settings = SparkConf().setAll(conf.get_all() if conf is not None else [])
        settings.set_if_missing("spark.app.name", "pyspark-shell")
        if sparkHome:
            settings.set_spark_home(sparkHome)
        super().__init__(
            master,
            appName,
            environment=environment,
            py_files=pyFiles,
            batch_size=batchSize,
            conf=settings,
        )

    @property
    def appName(self) -> str:
        """The name of the program."""
        return self.app_name

    @property
    def sparkHome(self) -> Optional[str]:
        """The setting spark.home, None without."""
        return self._conf.get("spark.home")

    @property
    def version(self) -> str:
        """The version of PySpark whose names and behaviour these are."""
        return __version__

    def getConf(self) -> SparkConf:
        """A copy of the settings."""
        return SparkConf(False).set_all(self._conf.get_all())

    def getCheckpointDir(self) -> Optional[str]:
        """The address of the directory that RDD.checkpoint() writes to, None without one."""
        directory = self.get_checkpoint_dir()
        return None if directory is None else "file:" + directory

    if not TYPE_CHECKING:  # To a type checker it would say that there is every name.

        def __getattr__(self, name: str) -> Any:
            if name == "_jsc":
                raise AttributeError(f"there is no Java here, and so no SparkContext.{name}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def setLoggingLevel(self, logLevel: str) -> "SparkContext":
        """setLogLevel(), as some documents call it. Returns the context."""
        hint("SparkContext.setLoggingLevel", "setLogLevel")
        return self.set_log_level(logLevel)

    def streaming(self, batchDuration: float = 1.0) -> "StreamingContext":
        """A StreamingContext of this context, as some documents make it.

        Batches are of ``batchDuration`` seconds; checkpoints go to the checkpoint directory.
        """
        hint("SparkContext.streaming", "StreamingContext(sc, batchDuration)")
        made: StreamingContext = super().streaming(batchDuration)
        return made

    @staticmethod
    def _streaming_class() -> Any:
        from thalweg.pyspark.streaming import StreamingContext

        return StreamingContext
