# SPDX-License-Identifier: Apache-2.0
"""Likely mistakes are refused in words their author can use."""

import functools
import operator
import pickle
import re
from typing import Any

import pytest

import thalweg
from thalweg import Context
from thalweg.errors import DriverOnlyError, WrongStateError, WrongTypeError

HERE = re.escape(__file__)


def fail(row: int) -> int:
    raise KeyError("a special word")


def test_a_function_that_fails_keeps_its_traceback_and_names_operator_and_record(
    context: Context,
) -> None:
    with pytest.raises(thalweg.FunctionError, match=r"map .*KeyError.*record \"7\"") as caught:
        context.parallelize([7]).map(fail).collect()
    cause = caught.value.__cause__
    assert isinstance(cause, KeyError)
    assert cause.__traceback__ is not None
    frames = [frame.tb_frame.f_code.co_name for frame in [cause.__traceback__]]
    assert frames == ["fail"]


def test_a_context_in_a_function_is_refused_where_the_function_is_given(context: Context) -> None:
    with pytest.raises(DriverOnlyError, match="'context', in the function <lambda>.*" + HERE):
        context.parallelize([1]).map(lambda row: context.parallelize([row]).count())


def test_an_rdd_in_a_function_is_refused_as_pickling_would(context: Context) -> None:
    rdd = context.parallelize([1])
    for kind in (pickle.PicklingError, WrongStateError):
        with pytest.raises(kind, match="an RDD can't be used.*join\\(\\) the two RDDs"):
            rdd.map_partitions(lambda rows: [rdd.count()])


def test_an_rdd_in_a_nested_function_is_refused(context: Context) -> None:
    rdd = context.parallelize([1])

    def outer(row: int) -> int:
        def inner() -> int:
            return rdd.count()

        return inner()

    with pytest.raises(DriverOnlyError, match="'rdd', in the function outer"):
        rdd.map(outer)


def test_methods_and_partial_functions_are_looked_through(context: Context) -> None:
    rdd = context.parallelize([1])
    bound: Any = functools.partial(lambda other, row: other.count(), rdd)
    for function, where in (
        (rdd.take, "the object of a method given to map"),
        (bound, "an argument of a function given to map"),
        (functools.partial(lambda row, extra: rdd, extra=1), "in the function <lambda>"),
    ):
        with pytest.raises(DriverOnlyError, match=f"an RDD can't be .*{where}"):
            rdd.map(function)


class Unprintable:
    """An object whose text can't be made."""

    def __str__(self) -> str:
        raise ValueError("no text")


class Holder:
    """An object that hides an RDD from those who look at closures only."""

    def __init__(self, rdd: Any) -> None:
        self.rdd = rdd


def test_an_rdd_that_an_object_brings_along_is_refused_by_the_task(context: Context) -> None:
    held = Holder(context.parallelize([1]))
    with pytest.raises(thalweg.FunctionError) as caught:
        context.parallelize([1]).map(lambda row: held.rdd.count()).collect()
    assert isinstance(caught.value.__cause__, WrongStateError)


def test_an_attribute_named_as_a_global_rdd_is_no_rdd(context: Context) -> None:
    scope: dict[str, Any] = {"rdd": context.parallelize([1])}
    exec("def value_of(row): return row.rdd", scope)
    rows = context.parallelize([Holder(5)])
    assert rows.map(scope["value_of"]).collect() == [5]


def test_pickling_an_rdd_or_a_context_is_refused(context: Context) -> None:
    for thing in (context, context.parallelize([1])):
        with pytest.raises(DriverOnlyError, match="can't be pickled"):
            pickle.dumps(thing)


def test_broadcasting_an_rdd_is_refused(context: Context) -> None:
    rdd = context.parallelize([1])
    for value in (rdd, [rdd], {"a": rdd}):
        with pytest.raises(DriverOnlyError, match="an RDD can't be broadcast"):
            context.broadcast(value)


def test_what_is_no_function_is_refused_at_once(context: Context) -> None:
    with pytest.raises(WrongTypeError, match="map needs a function, but got int: 5"):
        context.parallelize([1]).map(5)  # type: ignore[arg-type]


def test_a_key_that_can_not_be_hashed_is_a_type_error(context: Context) -> None:
    rows: Any = context.parallelize([([1], 2)])
    with pytest.raises(thalweg.EngineError) as caught:
        rows.reduce_by_key(operator.add).collect()
    assert isinstance(caught.value.__cause__ or caught.value, TypeError)
    assert "unhashable type: 'list'" in str(caught.value)


def test_a_wrong_type_in_reduce_by_key_names_the_operator(context: Context) -> None:
    rows = context.parallelize([("a", 1), ("a", "x")], 1)
    with pytest.raises(thalweg.FunctionError, match="reduce_by_key|pairs") as caught:
        rows.reduce_by_key(operator.add).collect()
    assert isinstance(caught.value.__cause__, TypeError)


def test_rows_that_are_no_pairs_fail_and_say_so(context: Context) -> None:
    rows: Any = context.parallelize([5])
    with pytest.raises(thalweg.EngineError) as caught:
        rows.reduce_by_key(operator.add).collect()
    assert '"5"' in str(caught.value) or "5" in str(caught.value)


def test_a_number_of_partitions_must_be_a_positive_int(context: Context) -> None:
    pairs = context.parallelize([(1, 2)])
    with pytest.raises(TypeError, match="num_partitions must be an int: got str"):
        pairs.reduce_by_key(operator.add, "2")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="num_partitions must be at least 1: got 0"):
        pairs.group_by_key(0)


def test_checkpoint_without_a_directory_says_what_to_call(context: Context) -> None:
    with pytest.raises(WrongStateError, match="call set_checkpoint_dir\\(\\)"):
        context.parallelize([1]).checkpoint()


def test_a_missing_file_is_not_found(context: Context) -> None:
    with pytest.raises(FileNotFoundError, match="/no/such/file"):
        context.text_file("/no/such/file").count()


def test_an_existing_directory_is_not_written_to(context: Context, folder: str) -> None:
    with pytest.raises(ValueError, match=re.escape(folder)):
        context.parallelize([1]).save_as_text_file(folder)


def test_what_needs_a_cluster_or_hadoop_says_what_to_use_instead(
    context: Context, folder: str
) -> None:
    rdd = context.parallelize([(1, 2)])
    for call, instead in (
        (rdd.barrier, "map_partitions"),
        (rdd.to_df, "pyarrow"),
        (lambda: rdd.with_resources(None), "local"),
        (lambda: rdd.save_as_sequence_file(folder), "save_as_pickle_file"),
        (lambda: rdd.save_as_hadoop_file(folder, "x"), "save_as_text_file"),
        (lambda: context.sequence_file(folder), "pickle_file"),
        (lambda: context.hadoop_rdd("a", "b", "c"), "text_file"),
        (lambda: context.show_profiles(), "cProfile"),
    ):
        with pytest.raises(thalweg.UnsupportedError, match=instead):
            call()


@pytest.mark.parametrize("row", [Unprintable(), "lone surrogate \ud800"], ids=["object", "text"])
def test_a_row_without_text_fails_to_be_saved_rather_than_being_lost(
    row: Any, context: Context, folder: str
) -> None:
    with pytest.raises(thalweg.FunctionError):
        context.parallelize([row]).save_as_text_file(folder + "/out")
