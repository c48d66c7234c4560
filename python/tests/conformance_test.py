# SPDX-License-Identifier: Apache-2.0
"""The cases of tests/semantics/dstream_cases.json that Python can say, through PySpark's names.

Its head explains the format. Where PySpark and Scala differ, these are PySpark's answers.
"""

import json
import operator
import pathlib
from collections.abc import Callable
from typing import Any, Optional

import pytest
from streams_of_docstrings import wait_for
from thalweg._engine import EngineError, VirtualClock
from thalweg.context import Context
from thalweg.pyspark import SparkConf, SparkContext
from thalweg.pyspark.streaming import DStream, StreamingContext

CASES = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "tests/semantics/dstream_cases.json").read_text()
)["cases"]

#: What Python has no way to say, and why.
NOT_SAID = {
    "mapWithState": "PySpark has no mapWithState",
    "transform_returning_null_is_error": "None from transform() is no batch in PySpark",
    "update_state_iterator_form_with_initial": "PySpark has one form of updateStateByKey",
}

#: Where PySpark's answer is another than Scala's: what becomes of keys without values in a window.
WITHOUT_ZEROS = {
    "count_by_window",
    "java_reduce_by_window_inverse",
    "reduce_by_key_and_window_inverse_big",
    "reduce_by_key_and_window_inverse_key_removed",
}


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def fail_on_1(x: int) -> int:
    if x == 1:
        raise RuntimeError("This is a special error")
    return x


def extended(values: list[Any], state: Optional[list[Any]]) -> list[Any]:
    state = [] if state is None else state
    state.extend(values)
    return state


FUNCTIONS: dict[Optional[str], Optional[Callable[..., Any]]] = {
    None: None,
    "add": operator.add,
    "append_as_string": lambda a, b: a + text_of(b),
    "concat": operator.add,
    "contains_a": lambda text: "a" in text,
    "fail_on_1": fail_on_1,
    "identity": lambda x: x,
    "letters": list,
    "pair_with_1": lambda x: (x, 1),
    "pair_with_x": lambda x: (x, "x"),
    "plus_10": lambda x: x + 10,
    "plus_2": lambda x: x + 2,
    "plus_4": lambda x: x + 4,
    "plus_8": lambda x: x + 8,
    "second": lambda pair: pair[1],
    "state_extend_list": extended,
    "state_sum": lambda values, state: sum(values) + (state or 0),
    "sub": operator.sub,
    "sum_partition": lambda rows: [sum(rows)],
    "swap": lambda pair: (pair[1], pair[0]),
    "to_string": text_of,
    "upper": str.upper,
    "upper_concat_partition": lambda rows: ["".join(rows).upper()],
    "v_and_plus_10": lambda x: [x, x + 10],
    "value_not_zero": lambda pair: pair[1] != 0,
    "value_positive": lambda pair: pair[1] > 0,
    "value_with_key_letters": lambda pair: [(pair[1], letter) for letter in pair[0]],
    "x_and_2x": lambda x: [x, 2 * x],
}

#: Operators that take one function, and those that take none.
OF_A_FUNCTION = (
    "map filter flatMap mapPartitions mapValues flatMapValues reduce reduceByKey".split()
)
PLAIN = "count countByValue glom groupByKey".split()
OF_TWO = "cogroup join leftOuterJoin rightOuterJoin fullOuterJoin".split()


def row_of(value: Any) -> Any:
    """A row out of JSON: its lists are tuples."""
    return tuple(map(row_of, value)) if isinstance(value, list) else value


def json_of(value: Any) -> Any:
    """A row as JSON has it: tuples and groups are lists."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return [json_of(item) for item in value]


def ordered(batch: list[Any]) -> list[str]:
    """Rows that can be compared as a multiset, lists of values within them as well."""

    def plain(value: Any) -> str:
        if isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list):
            return json.dumps([value[0], inner(value[1])])
        return json.dumps(value)

    def inner(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return sorted((inner(item) for item in value), key=json.dumps)

    return sorted(map(plain, batch))


class ClockedContext(SparkContext):
    """PySpark's context on a clock of the test's."""

    def __init__(self, conf: SparkConf, clock: VirtualClock) -> None:
        Context.__init__(self, conf=conf, clock=clock)


class Case:
    """One case, on a context whose clock the test moves."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts
        self.clock = VirtualClock()
        conf = SparkConf().set("spark.master", "local[2]").set("spark.app.name", "conformance")
        self.sc = ClockedContext(conf, self.clock)
        self.ssc = StreamingContext(self.sc, facts["batch_ms"] / 1000)

    def stream(self) -> DStream[Any]:
        facts = self.facts
        other = self.queue("input2", "pre2") if "input2" in facts else None
        stream = self.applied(facts, self.queue("input", "pre"), other)
        for step in facts.get("post", []):
            stream = self.applied(step, stream)
        return stream

    def queue(self, name: str, before: str) -> DStream[Any]:
        partitions = self.facts.get("input_partitions", 2)
        rdds = [self.sc.parallelize(map(row_of, rows), partitions) for rows in self.facts[name]]
        stream = self.ssc.queueStream(rdds)
        for step in self.facts.get(before, []):
            stream = self.applied(step, stream)
        return stream

    def applied(
        self, step: dict[str, Any], stream: Any, other: Optional[DStream[Any]] = None
    ) -> Any:
        name, params = step["op"], step.get("params", {})
        function = FUNCTIONS[params.get("fn")]
        window = params.get("window_ms", 0) / 1000
        slide = params["slide_ms"] / 1000 if "slide_ms" in params else None
        if name in OF_A_FUNCTION:
            return getattr(stream, name)(function)
        if name in PLAIN:
            return getattr(stream, name)()
        if name in OF_TWO:
            return getattr(stream, name)(other)
        if name == "identity":
            return stream
        if name == "repartition":
            return stream.repartition(params["num_partitions"])
        if name == "combineByKey":
            create, add, merge = (
                FUNCTIONS[params[key]] for key in ("create", "merge_value", "merge_combiners")
            )
            return stream.combineByKey(create, add, merge, params.get("num_partitions"))
        if name == "updateStateByKey":
            initial = [row_of(row) for row in params["initial"]] if "initial" in params else None
            if initial is not None:
                initial = [
                    (key, list(state) if isinstance(state, tuple) else state)
                    for key, state in initial
                ]
            return stream.updateStateByKey(function, initialRDD=initial)
        if name == "window":
            return stream.window(window, slide)
        if name in ("countByWindow", "countByValueAndWindow", "groupByKeyAndWindow"):
            return getattr(stream, name)(window, slide)
        if name in ("reduceByWindow", "reduceByKeyAndWindow"):
            inverse = FUNCTIONS[params.get("inv_fn")]
            keep = FUNCTIONS[params.get("filter_fn")]
            more = {"filterFunc": keep} if name == "reduceByKeyAndWindow" else {}
            return getattr(stream, name)(function, inverse, window, slide, **more)
        if name == "transform":
            what = params["rdd_op"]
            if what == "sortByKey":
                return stream.transform(lambda rdd: rdd.sortByKey())
            inner = FUNCTIONS[what["params"]["fn"]]
            return stream.transform(lambda rdd: rdd.map(inner))
        if name == "transformWith":
            return stream.transformWith(lambda a, b: getattr(a, params["rdd_op"])(b), other)
        if name == "unionSelfMapped":
            images = [stream.map(FUNCTIONS[fn]) for fn in params["fns"]]
            if step["api"] == "transform":
                return self.ssc.transform([stream, *images], self.sc.union)
            if step["api"] == "union_of":
                return self.ssc.union(stream, *images)
            return stream.union(*images)
        raise KeyError(name)

    def run(self, stream: DStream[Any]) -> tuple[list[list[Any]], list[int], Optional[str]]:
        """(rows of each batch, numbers of partitions, the failure)."""
        batches: list[list[Any]] = []
        partitions: list[int] = []

        def gather(rdd: Any) -> None:
            partitions.append(rdd.getNumPartitions())
            batches.append([json_of(row) for row in rdd.collect()])

        stream.foreachRDD(gather)
        per_slide = round(stream.slide_duration * 1000) // self.facts["batch_ms"]
        expected = len(self.facts.get("expected", []))
        failure = None
        self.ssc.start()
        for number in range(1, max(len(self.facts["input"]), expected * per_slide) + 1):
            self.clock.advance_to(number * self.facts["batch_ms"])
            try:
                wait_for(self.ssc, number)
            except EngineError as error:
                failure = str(error)
        return batches, partitions, failure


def can_be_said(facts: dict[str, Any]) -> bool:
    if facts["status"] != "run" or "recovery" in facts or not facts.get("input"):
        return False
    if facts["name"] in NOT_SAID or facts["op"] in NOT_SAID:
        return False
    if any(batch is None for batch in facts["input"] + facts.get("input2", [])):
        return False  # A queue always has a batch.
    try:
        case_operators(facts)
    except KeyError:
        return False
    return True


def case_operators(facts: dict[str, Any]) -> None:
    """Errors: KeyError for an operator that is none of PySpark's streams."""
    known = {*OF_A_FUNCTION, *PLAIN, *OF_TWO, "identity", "repartition", "combineByKey"}
    known |= {"updateStateByKey", "window", "countByWindow", "countByValueAndWindow"}
    known |= {"groupByKeyAndWindow", "reduceByWindow", "reduceByKeyAndWindow", "transform"}
    known |= {"transformWith", "unionSelfMapped"}
    if facts["op"] not in known:
        raise KeyError(facts["op"])


SAID = [facts for facts in CASES if can_be_said(facts)]


def without_zeros(batches: list[list[Any]]) -> list[list[Any]]:
    return [
        [row for row in batch if (row[1] if isinstance(row, list) else row) != 0]
        for batch in batches
    ]


@pytest.mark.parametrize("facts", SAID, ids=[facts["name"] for facts in SAID])
def test_a_case_gives_what_pyspark_gives(facts: dict[str, Any]) -> None:
    case = Case(facts)
    try:
        wanted = facts.get("expect_error", facts.get("expect_error_from_await"))
        if facts["name"] == "py_window_not_multiple_of_batch_is_error":
            with pytest.raises(ValueError, match="must be a positive multiple of the parent"):
                case.stream()
            return
        batches, partitions, failure = case.run(case.stream())
    finally:
        case.ssc.stop()
    if wanted is None:
        assert failure is None
    else:
        assert failure is not None and wanted in failure
    expected = facts["expected"]
    if facts["name"] in WITHOUT_ZEROS:
        expected = without_zeros(expected)
    if facts["ordered"]:
        assert batches == expected
    else:
        assert list(map(ordered, batches)) == list(map(ordered, expected))
    if "expected_partitions" in facts:
        assert set(partitions) == {facts["expected_partitions"]}


def test_most_cases_can_be_said() -> None:
    print(f"{len(SAID)} of {len(CASES)} cases are said in Python")
    assert len(SAID) >= 60
