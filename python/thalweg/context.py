# SPDX-License-Identifier: Apache-2.0
"""The context: where RDDs come from."""

from __future__ import annotations

import atexit
import getpass
import html
import logging
import os
import re
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Optional, TypeVar

import thalweg
from thalweg import _engine
from thalweg.accumulator import Accumulator, AccumulatorParam, param_for
from thalweg.broadcast import Broadcast
from thalweg.call_site import call_site
from thalweg.conf import Conf
from thalweg.errors import UnsupportedError, WrongStateError, WrongValueError
from thalweg.job_properties import JobProperties
from thalweg.rdd import RDD
from thalweg.sources import Sources
from thalweg.task_context import in_task
from thalweg.task_files import TaskFiles

T = TypeVar("T")
U = TypeVar("U")
C = TypeVar("C", bound="Context")

_LOG_LEVELS = {
    "ALL": logging.NOTSET + 1,
    "TRACE": logging.DEBUG - 5,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "OFF": logging.CRITICAL + 1,
}


class Context(Sources, TaskFiles, JobProperties):
    """Threads, memory and settings of a program, and where its RDDs come from.

    One context may be active in a process; stop() it, or use ``with``, before making another.
    ``master``: ``local[N]`` for N threads, ``local[*]`` (the default) for one a core, ``local`` for
    one. ``batch_size``: how many rows parallelize() deals out together, 0 to choose by itself.
    ``clock``: for tests.

    Settings of ``conf`` beside PySpark's ``spark.master``, ``spark.app.name`` and
    ``spark.local.dir`` (where to put what does not fit into memory):

    - ``thalweg.memory.bytes.max``: beyond it, blocks go to disk; 0, the default, for half of the
      machine's memory;
    - ``thalweg.state.backend``: where streams keep their states between batches, ``memory`` (the
      default) or ``disk``: in memory as far as it goes, for states larger than it;
    - ``thalweg.state.key.groups``: groups that the keys of states are divided into, 128 by default;
      fixed for the life of a checkpoint. States on disk are read and written group by group.

    Errors: WrongValueError for a setting that makes no sense; WrongStateError when another context
    is active; UnsupportedError for a master that is a cluster; WrongStateError when made within a
    task.

    >>> context.parallelize([1, 2, 3]).map(lambda x: x * x).sum()
    14
    """

    _rdd_class: ClassVar[Any] = RDD
    _active: ClassVar[Optional[Context]] = None
    _made: ClassVar[weakref.WeakSet[Context]] = weakref.WeakSet()
    _lock: ClassVar[threading.RLock] = threading.RLock()
    _system_properties: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        master: Optional[str] = None,
        app_name: Optional[str] = None,
        *,
        environment: Optional[dict[str, Any]] = None,
        py_files: Optional[Iterable[str]] = None,
        batch_size: int = 0,
        conf: Optional[Conf] = None,
        clock: Optional[_engine.VirtualClock] = None,
    ) -> None:
        if in_task():
            raise WrongStateError(
                "a context can't be made within a task; make it in the program that builds the job",
                "CONTEXT_ONLY_VALID_ON_DRIVER",
            )
        settings = Conf().set_all(conf.get_all() if conf is not None else [])
        if master:
            settings.set_master(master)
        if app_name:
            settings.set_app_name(app_name)
        if environment:
            settings.set_executor_env(pairs=environment.items())
        settings.set_if_missing("spark.master", "local[*]")
        settings.set_if_missing("spark.app.name", "thalweg")
        self._conf = settings
        self.master = settings.get("spark.master") or ""
        self.app_name = settings.get("spark.app.name") or ""
        self.environment = dict(environment or {})
        self._batch_size = batch_size
        self._call_site = call_site()
        self._stopped = False
        self._checkpoint_root: Optional[str] = None
        self._checkpoint_dir: Optional[str] = None
        self._start_time_ms = int(time.time() * 1000)
        #: Called by stop() before the session goes: streaming contexts stop here.
        self._before_stop: list[Callable[[], None]] = []
        self._start_jobs()
        with Context._lock:
            self._refuse_second()
            self._session = _engine.Session(
                _checked_master(self.master),
                self.app_name,
                memory_bytes_max=_number(settings, "thalweg.memory.bytes.max", 0),
                spill_directory=_spill_directory(settings),
                key_group_count=_number(settings, "thalweg.state.key.groups", 128),
                clock=clock,
                states_on_disk=_states_on_disk(settings),
            )
            Context._active = self
            Context._made.add(self)
        self._start_files(py_files or ())

    @staticmethod
    def _refuse_second() -> None:
        other = Context._active
        if other is not None:
            raise SecondContextError(
                f"only one context may be active in a process, and {other!r} was made at "
                f"{other._call_site}; stop() it first, or use get_or_create()"
            )

    @classmethod
    def get_or_create(cls: type[C], conf: Optional[Conf] = None) -> C:
        """The active context, or a new one of ``conf``.

        >>> thalweg.Context.get_or_create() is context
        True
        """
        with Context._lock:
            active: Any = Context._active
            return active if active is not None else cls(conf=conf)

    def stop(self) -> None:
        """Ends the context, and what streams it has; a second call changes nothing.

        Its RDDs can't be computed afterwards.

        >>> context.stop()
        >>> context.parallelize([1])
        Traceback (most recent call last):
        thalweg.errors.WrongStateError: the context ... was stopped; make a new one
        """
        # Without the lock: a batch that is waited for may ask for the active context.
        for call in list(self._before_stop):
            call()
        with Context._lock:
            if self._stopped:
                return
            self._stopped = True
            if Context._active is self:
                Context._active = None
        self._remove_files()

    def __enter__(self: C) -> C:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Settings and what can be asked.

    def get_conf(self) -> Conf:
        """A copy of the settings.

        >>> context.get_conf().get("spark.master")
        'local[2]'
        """
        return Conf(False).set_all(self._conf.get_all())

    def set_log_level(self: C, log_level: str) -> C:
        """What the logger ``thalweg`` shows: ALL, DEBUG, INFO, WARN, ERROR, FATAL, OFF, TRACE.

        Returns the context. Errors: WrongValueError for other words.

        >>> context.set_log_level("WARN") is context
        True
        """
        level = _LOG_LEVELS.get(log_level.upper())
        if level is None:
            raise WrongValueError(
                f"the log level must be one of {', '.join(sorted(_LOG_LEVELS))}: got {log_level!r}"
            )
        logging.getLogger("thalweg").setLevel(level)
        return self

    def set_checkpoint_dir(self: C, dir_name: str) -> C:
        """Where RDD.checkpoint() writes: a new directory in ``dir_name``. Returns the context.

        Made when missing, readable by its owner only, since checkpoints are unpickled.
        Errors: OSError when it can't be made.

        >>> folder in context.set_checkpoint_dir(folder).get_checkpoint_dir()
        True
        """
        self._checkpoint_root = self._local(dir_name)
        self._checkpoint_dir = os.path.join(self._checkpoint_root, str(uuid.uuid4()))
        os.makedirs(self._checkpoint_dir, mode=0o700)
        return self

    def get_checkpoint_dir(self) -> Optional[str]:
        """The directory that RDD.checkpoint() writes to, None before set_checkpoint_dir().

        >>> context.get_checkpoint_dir() is None
        True
        """
        return self._checkpoint_dir

    @classmethod
    def set_system_property(cls, key: str, value: str) -> None:
        """Sets a property of the process; ``spark.*`` ones are defaults of settings.

        >>> thalweg.Context.set_system_property("answer", "42")
        >>> thalweg.Context.get_system_property("answer")
        '42'
        """
        Context._system_properties[key] = value
        if key.startswith(("spark.", "thalweg.")):
            Conf.defaults[key] = value

    @classmethod
    def get_system_property(cls, key: str) -> Optional[str]:
        """What set_system_property() set, None without.

        >>> thalweg.Context.get_system_property("nothing") is None
        True
        """
        return Context._system_properties.get(key)

    @property
    def version(self) -> str:
        """The version of this package.

        >>> context.version == thalweg.__version__
        True
        """
        return thalweg.__version__

    @property
    def application_id(self) -> str:
        """A name for this run of the program.

        >>> context.application_id.startswith("local-")
        True
        """
        return f"local-{self._start_time_ms}"

    @property
    def start_time(self) -> int:
        """When the context was made, in milliseconds since 1970.

        >>> context.start_time > 1_600_000_000_000
        True
        """
        return self._start_time_ms

    @property
    def ui_web_url(self) -> Optional[str]:
        """None: there is no page yet.

        >>> context.ui_web_url is None
        True
        """
        return None

    @property
    def default_parallelism(self) -> int:
        """How many partitions parallelize() makes: spark.default.parallelism, else the threads.

        >>> context.default_parallelism
        2
        """
        chosen = self._conf.get("spark.default.parallelism")
        return int(chosen) if chosen is not None else self._session.worker_count

    @property
    def default_min_partitions(self) -> int:
        """How many partitions files are read into at least: 2, or 1 where there is one thread.

        >>> context.default_min_partitions
        2
        """
        return min(self.default_parallelism, 2)

    @property
    def resources(self) -> dict[str, Any]:
        """No resources beyond processors: an empty dict.

        >>> context.resources
        {}
        """
        return {}

    def spark_user(self) -> str:
        """The user that runs the program.

        >>> len(context.spark_user()) > 0
        True
        """
        return getpass.getuser()

    # Shared values.

    def broadcast(self, value: T) -> Broadcast[T]:
        """A value that all tasks may read; see Broadcast.

        Errors: DriverOnlyError for contexts, RDDs and streams.

        >>> context.broadcast([1, 2]).value
        [1, 2]
        """
        return Broadcast(value)

    def accumulator(
        self, value: T, accum_param: Optional[AccumulatorParam[T]] = None
    ) -> Accumulator[T]:
        """A sum that tasks add to, starting from ``value``; see Accumulator.

        Errors: WrongTypeError when ``value`` is no number and there is no ``accum_param``.

        >>> context.accumulator(1).value
        1
        """
        return Accumulator(value, param_for(value, accum_param))

    # Jobs.

    def run_job(
        self,
        rdd: RDD[T],
        partition_func: Callable[[Iterable[T]], Iterable[U]],
        partitions: Optional[Sequence[int]] = None,
        allow_local: bool = False,
    ) -> list[U]:
        """The rows that ``partition_func`` makes of the given partitions, of all where None.

        >>> numbers = context.parallelize(range(6), 3)
        >>> context.run_job(numbers, lambda rows: [sum(rows)], [0, 2])
        [1, 9]
        """
        mapped = rdd.map_partitions(partition_func)
        with self._job():
            parts = mapped._engine.collect_partitions(partitions)
        return [row for part in parts for row in part]

    def streaming(self, batch_duration: float = 1.0) -> Any:
        """A StreamingContext of this context with batches of ``batch_duration`` seconds.

        It keeps its checkpoints in the directory given to set_checkpoint_dir(), if any.
        """
        stream_context = self._streaming_class()(self, batch_duration)
        if self._checkpoint_root is not None:
            stream_context.checkpoint(self._checkpoint_root)
        return stream_context

    @staticmethod
    def _streaming_class() -> Any:
        return thalweg.StreamingContext

    def show_profiles(self) -> None:
        """Refused: see dump_profiles()."""
        raise _no_profiles("show_profiles")

    def dump_profiles(self, path: str) -> None:
        """Refused: functions run in this process, where any profiler of Python sees them."""
        raise _no_profiles("dump_profiles")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} master={self.master} appName={self.app_name}>"

    def _repr_html_(self) -> str:
        name, master = html.escape(self.app_name), html.escape(self.master)
        return f"<b>{type(self).__name__}</b> {name}, {master}, version {self.version}"

    def _refuse_when_stopped(self) -> None:
        if self._stopped:
            raise WrongStateError(f"the context {self!r} was stopped; make a new one")


def abandon_disk() -> None:
    """Removes what contexts wrote to disk for want of memory: for the end of the process, which
    waits for no tasks, and where a session may stay whose interpreter ends."""
    for context in list(Context._made):
        try:
            context._session.abandon_disk()
        except _engine.EngineError as error:
            logging.getLogger("thalweg").warning("what was spilled stays on disk: %s", error)


atexit.register(abandon_disk)


class SecondContextError(WrongStateError, ValueError):
    """A context was made while another one was active; PySpark has a ValueError here."""


def _checked_master(master: str) -> str:
    """The engine's master: local, local[N], local[*]; a number of retries after N is dropped."""
    local = re.fullmatch(r"(local)(?:\[\s*(\*|[0-9]+)\s*(?:,\s*[0-9]+\s*)?\])?", master.strip())
    if local is None:
        raise MasterError(
            f"Thalweg runs on the threads of one machine, as master local[4] or local[*]: got "
            f"{master!r}; run one program a machine to use several"
        )
    if local[2] == "0":
        raise MasterError(f"a master needs at least 1 thread: got {master!r}")
    return "local" if local[2] is None else f"local[{local[2]}]"


class MasterError(UnsupportedError, ValueError):
    """A master that is no ``local[...]``."""


def _number(settings: Conf, name: str, otherwise: int) -> int:
    text = settings.get(name) or str(otherwise)
    try:
        return int(text)
    except ValueError:
        raise WrongValueError(f"{name} must be a whole number: got {text!r}") from None


def _states_on_disk(settings: Conf) -> bool:
    backend = settings.get("thalweg.state.backend") or "memory"
    if backend not in ("memory", "disk"):
        raise WrongValueError(f"thalweg.state.backend must be memory or disk: got {backend!r}")
    return backend == "disk"


def _spill_directory(settings: Conf) -> str:
    chosen = settings.get("spark.local.dir") or ""
    return chosen.split(",")[0] or tempfile.gettempdir()


def _no_profiles(method: str) -> UnsupportedError:
    return UnsupportedError(
        f"{method}() shows what PySpark's own profiler saw of its worker processes; here functions "
        "run in this process: use cProfile, or a sampling profiler as py-spy",
        "INCORRECT_CONF_FOR_PROFILE",
    )
