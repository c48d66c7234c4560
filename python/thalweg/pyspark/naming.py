# SPDX-License-Identifier: Apache-2.0
"""PySpark's names for Thalweg's classes.

``thalweg.RDD.reduce_by_key(func, num_partitions)`` is PySpark's
``RDD.reduceByKey(func, numPartitions)``. One loop says so for all methods, and tables hold what no
rule can know. A class of the facade looks like this::

    @pyspark_names
    class RDD(thalweg.RDD[T]):
        ...what PySpark does differently, if anything...

Methods, class methods and properties of the native class are then there under both names; keyword
arguments are taken in PySpark's spelling, and ``help()`` shows PySpark's words.
"""

import collections
import functools
import inspect
import logging
import re
from collections.abc import Callable
from typing import Any, Optional, TypeVar

C = TypeVar("C", bound=type)

#: Methods whose PySpark name is not the camelCase of ours.
METHODS = {
    "create_rdd": "createRDD",
    "dump_profiles": "dump_profiles",
    "empty_rdd": "emptyRDD",
    "for_each": "foreach",
    "for_each_partition": "foreachPartition",
    "for_each_rdd": "foreachRDD",
    "hadoop_rdd": "hadoopRDD",
    "is_cached": "is_cached",
    "new_api_hadoop_file": "newAPIHadoopFile",
    "new_api_hadoop_rdd": "newAPIHadoopRDD",
    "save_as_new_api_hadoop_dataset": "saveAsNewAPIHadoopDataset",
    "save_as_new_api_hadoop_file": "saveAsNewAPIHadoopFile",
    "print": "pprint",
    "show_profiles": "show_profiles",
    "to_df": "toDF",
}

#: Arguments whose PySpark name is not the camelCase of ours: for all methods, or for one.
ARGUMENTS = {
    "accum_param": "accum_param",
    "initial_rdd": "initialRDD",
    "profiler_cls": "profiler_cls",
    "relative_sd": "relativeSD",
    "stop_gracefully": "stopGraceFully",
    "use_unicode": "use_unicode",
}
METHOD_ARGUMENTS: dict[tuple[str, str], str] = {}

#: Methods of ours that PySpark has no word for; they are left out of the facade.
NATIVE_ONLY: frozenset[str] = frozenset()

_TupleField = type(vars(collections.namedtuple("_Example", "field"))["field"])
_log = logging.getLogger("thalweg")
_hinted: set[str] = set()


@functools.cache
def camel_case(name: str) -> str:
    """``reduce_by_key`` as ``reduceByKey``.

    >>> camel_case("reduce_by_key"), camel_case("count")
    ('reduceByKey', 'count')
    """
    if name.startswith("_"):
        return name
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def method_name(name: str) -> str:
    """PySpark's name of our method ``name``.

    >>> method_name("for_each_rdd"), method_name("map_values")
    ('foreachRDD', 'mapValues')
    """
    return METHODS.get(name) or camel_case(name)


def argument_name(method: str, name: str) -> str:
    """PySpark's name of the argument ``name`` of our ``method``.

    >>> argument_name("stop", "stop_gracefully"), argument_name("reduce_by_key", "num_partitions")
    ('stopGraceFully', 'numPartitions')
    """
    return METHOD_ARGUMENTS.get((method, name)) or ARGUMENTS.get(name) or camel_case(name)


def pyspark_names(facade: C) -> C:
    """Adds PySpark's names to a class of the facade, which derives from the native one.

    A value class whose objects the native side makes itself (StorageLevel, errors) may be given
    directly, and then has both kinds of names. A name that the class defines itself stays.
    """
    ours = [base for base in facade.__mro__ if base.__module__.split(".")[0] == "thalweg"]
    only_native: set[str] = set()
    for native in ours:
        for name, member in list(vars(native).items()):
            spelled = method_name(name)
            if name.startswith("_") or name in NATIVE_ONLY:
                continue
            if spelled != name:
                only_native.add(name)
            if spelled not in vars(facade):
                translated = _translated(name, member)
                if translated is not None:
                    setattr(facade, spelled, translated)

    def shown(self: Any) -> list[str]:
        return sorted(set(object.__dir__(self)) - only_native)

    if "." in facade.__module__.partition("thalweg.pyspark")[2]:
        setattr(facade, "__dir__", shown)
    return facade


def hint(said: str, usual: str) -> None:
    """Logs once that a program says ``said`` where PySpark's name is ``usual``."""
    if said not in _hinted:
        _hinted.add(said)
        _log.warning("%s is understood, but PySpark calls it %s", said, usual)


def _translated(name: str, member: Any) -> Any:
    """A member of a native class as PySpark would have it; None where it is not for users."""
    if inspect.ismemberdescriptor(member) or type(member) is _TupleField:
        return member
    if isinstance(member, property):
        getter = member.fget
        return property(getter, member.fset, member.fdel, _in_pyspark_words(member.__doc__))
    if isinstance(member, classmethod):
        return classmethod(camel_case_arguments(name, member.__func__))
    if isinstance(member, staticmethod):
        return staticmethod(camel_case_arguments(name, member.__func__))
    if inspect.isfunction(member):
        return camel_case_arguments(name, member)
    return None


def camel_case_arguments(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, the method ``name``, taking its keyword arguments under PySpark's names."""
    signature = inspect.signature(function)
    ours = {
        argument_name(name, parameter): parameter
        for parameter in signature.parameters
        if argument_name(name, parameter) != parameter
    }

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        if named and ours:
            named = {ours.get(key, key): value for key, value in named.items()}
        return function(*arguments, **named)

    spelled = method_name(name)
    call.__name__ = spelled
    call.__qualname__ = function.__qualname__.rpartition(".")[0] + "." + spelled
    call.__doc__ = _in_pyspark_words(function.__doc__)
    setattr(
        call,
        "__signature__",
        signature.replace(
            parameters=[
                parameter.replace(name=argument_name(name, parameter.name))
                for parameter in signature.parameters.values()
            ]
        ),
    )
    return call


def _in_pyspark_words(text: Optional[str]) -> Optional[str]:
    """Documentation with the snake_case words in code as PySpark spells them."""
    if text is None:
        return None

    def spelled(word: re.Match[str]) -> str:
        return ARGUMENTS.get(word[0]) or method_name(word[0])

    text = re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", spelled, text)
    text = re.sub(r"\bthalweg\.(?=Context|RDD|DStream|Streaming)", "", text)
    text = re.sub(r"\b(?=(?:Context|Conf)\b)", "Spark", text)
    return re.sub(r"(?<![\w.])context\b(?=[.)\s])", "sc", text)
