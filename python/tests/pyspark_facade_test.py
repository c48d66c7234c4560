# SPDX-License-Identifier: Apache-2.0
"""PySpark's names of our methods: how they are spelled, and that what help() shows works."""

import doctest
import inspect
import tempfile
from typing import Any

import pytest

import thalweg.pyspark
from thalweg.errors import WrongTypeError
from thalweg.pyspark import RDD, SparkConf, SparkContext, StorageLevel, errors
from thalweg.pyspark.naming import argument_name, camel_case, method_name

OPTIONS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("reduce_by_key", "reduceByKey"),
        ("for_each", "foreach"),
        ("for_each_rdd", "foreachRDD"),
        ("empty_rdd", "emptyRDD"),
        ("to_df", "toDF"),
        ("new_api_hadoop_rdd", "newAPIHadoopRDD"),
        ("show_profiles", "show_profiles"),
        ("__init__", "__init__"),
    ],
)
def test_a_method_is_spelled_as_pyspark_does(ours: str, theirs: str) -> None:
    assert method_name(ours) == theirs


def test_an_argument_is_spelled_as_pyspark_does() -> None:
    assert argument_name("text_file", "use_unicode") == "use_unicode"
    assert argument_name("stop", "stop_gracefully") == "stopGraceFully"
    assert camel_case("num_partitions") == "numPartitions"


def test_keyword_arguments_are_taken_in_pysparks_spelling(sc: Any) -> None:
    rdd = sc.parallelize([(1, 1), (1, 2)], numSlices=2)
    added: Any = rdd.reduceByKey(max, numPartitions=3, partitionFunc=lambda key: 2)
    assert added.glom().collect() == [[], [], [(1, 2)]]


def test_an_unknown_keyword_argument_is_refused(sc: Any) -> None:
    with pytest.raises(TypeError, match="numSlice"):
        sc.parallelize([1], numSlice=2)


def test_operators_give_rdds_of_the_same_kind(sc: Any) -> None:
    rdd: Any = sc.parallelize([(1, 2)])
    for made in (rdd.map(str), rdd.groupByKey(), rdd.union(rdd), rdd.sortByKey(), rdd.keys()):
        assert type(made) is RDD


def test_pysparks_exceptions_catch_what_the_native_side_raises(sc: Any) -> None:
    with pytest.raises(errors.PySparkTypeError) as caught:
        sc.parallelize([1]).persist("memory")
    assert isinstance(caught.value, errors.PySparkException)
    assert isinstance(caught.value, WrongTypeError)
    theirs: Any = caught.value
    assert theirs.getMessage() == str(theirs)


def test_exceptions_tell_their_condition(sc: Any) -> None:
    with pytest.raises(errors.PySparkRuntimeError) as caught:
        conf: Any = SparkConf()
        conf.setExecutorEnv()
    with pytest.raises(errors.PySparkPicklingError) as caught:
        sc.broadcast(sc)
    theirs: Any = caught.value
    assert theirs.getCondition() == "CONTEXT_ONLY_VALID_ON_DRIVER"


def test_storage_levels_take_pysparks_arguments() -> None:
    make: Any = StorageLevel
    level = make(useDisk=True, useMemory=True, useOffHeap=False, deserialized=False)
    assert level == StorageLevel.MEMORY_AND_DISK
    assert level.useDisk and not level.useOffHeap


def test_dir_shows_pysparks_names_only(sc: Any) -> None:
    shown = dir(sc.parallelize([1]))
    assert "reduceByKey" in shown and "reduce_by_key" not in shown
    assert "setCheckpointDir" in dir(sc)


def test_documents_spellings_of_contexts_are_understood_with_one_hint(
    sc: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert sc.setLoggingLevel("WARN") is sc
    hints = [record.message for record in caplog.records if "setLoggingLevel" in record.message]
    assert len(hints) <= 1
    assert all("setLogLevel" in hint for hint in hints)


def translated() -> list[tuple[str, str]]:
    """(name, documentation) of what the loop added to contexts and RDDs."""
    return [
        (f"{kind.__name__}.{name}", inspect.getdoc(member) or "")
        for kind in (RDD, SparkContext, SparkConf, StorageLevel)
        for name, member in vars(kind).items()
        if not name.startswith("_") and ">>>" in (getattr(member, "__doc__", None) or "")
    ]


@pytest.mark.parametrize("name, text", translated(), ids=lambda value: value.split("\n")[0][:40])
def test_the_example_that_help_shows_works_in_pysparks_words(name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, SparkContext("local[2]", "examples") as sc:
        if "heckpoint" in name and "Dir" not in name:
            sc.set_checkpoint_dir(folder)
        names = {**vars(thalweg.pyspark), "sc": sc, "folder": folder, "thalweg": thalweg}
        test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=OPTIONS)
        runner.run(test, out=said.append)
        assert runner.failures == 0, "".join(said)
