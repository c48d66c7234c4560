# SPDX-License-Identifier: Apache-2.0
"""Every public name of PySpark's contexts, RDDs and streams is there, under the same name.

Real PySpark is asked in a process of its own, since a program may have only one of the two. Where
it is not installed, the tests are skipped; ``THALWEG_PYSPARK`` names the Python that has it.
"""

import importlib
import inspect
import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest

import real_pyspark

#: Classes by the module that PySpark documents them in, as far as they are ours to have.
CLASSES = {
    "pyspark": [
        "Accumulator",
        "AccumulatorParam",
        "BarrierTaskContext",
        "BarrierTaskInfo",
        "Broadcast",
        "InheritableThread",
        "RDD",
        "RDDBarrier",
        "SparkConf",
        "SparkContext",
        "SparkFiles",
        "SparkJobInfo",
        "SparkStageInfo",
        "StatusTracker",
        "StorageLevel",
        "TaskContext",
    ],
    "pyspark.resultiterable": ["ResultIterable"],
    "pyspark.statcounter": ["StatCounter"],
    "pyspark.streaming": ["DStream", "StreamingContext", "StreamingListener"],
}

#: What PySpark has and we do not, and why.
LEFT_OUT = {
    "Broadcast.dump": "how its processes hand a value over",
    "Broadcast.load": "how its processes hand a value over",
    "Broadcast.load_from_path": "how its processes hand a value over",
    "StatCounter.maximum": "set per object, from NumPy",
    "StreamingListener.Java": "what Java calls",
    "TaskContext.from_json": "how its processes hand a task over",
    "BarrierTaskContext.from_json": "how its processes hand a task over",
}

#: Arguments of ours that differ, and why.
OTHER_ARGUMENTS = {
    "Accumulator.__init__": "made by SparkContext.accumulator",
    "BarrierTaskContext.__init__": "never made by programs",
    "Broadcast.__init__": "made by SparkContext.broadcast",
    "DStream.__init__": "made by operators",
    "RDD.__init__": "made by operators",
    "SparkJobInfo.__init__": "made by StatusTracker",
    "SparkStageInfo.__init__": "made by StatusTracker",
    "StatusTracker.__init__": "made by SparkContext.statusTracker",
    "TaskContext.__init__": "never made by programs",
}

ASK = """
import importlib, inspect, json, sys
wanted = json.load(sys.stdin)
answer = {}
for module, classes in wanted.items():
    for name in classes:
        kind = getattr(importlib.import_module(module), name)
        members = {}
        for member in dir(kind):
            if member.startswith("_") and member != "__init__":
                continue
            value = getattr(kind, member)
            try:
                members[member] = [
                    [p.name, str(p.kind), None if p.default is p.empty else repr(p.default)]
                    for p in inspect.signature(value).parameters.values()
                ]
            except (TypeError, ValueError):
                members[member] = None
        answer[name] = members
json.dump(answer, sys.stdout)
"""


@pytest.fixture(scope="module")
def theirs() -> Any:
    return json.loads(real_pyspark.run(ASK, json.dumps(CLASSES)))


def ours(name: str) -> Any:
    (module,) = (module for module, classes in CLASSES.items() if name in classes)
    return getattr(importlib.import_module("thalweg." + module), name)


@pytest.mark.parametrize("name", [name for names in CLASSES.values() for name in names])
def test_a_class_has_every_public_name_of_pysparks(name: str, theirs: Any) -> None:
    missing = [
        f"{name}.{member}"
        for member in theirs[name]
        if not hasattr(ours(name), member) and f"{name}.{member}" not in LEFT_OUT
    ]
    print("missing:", missing)
    assert missing == []


@pytest.mark.parametrize("name", [name for names in CLASSES.values() for name in names])
def test_a_method_takes_pysparks_arguments_with_its_defaults(name: str, theirs: Any) -> None:
    different = []
    for member, parameters in theirs[name].items():
        where = f"{name}.{member}"
        if parameters is None or where in LEFT_OUT or where in OTHER_ARGUMENTS:
            continue
        mine = inspect.signature(getattr(ours(name), member)).parameters
        for parameter, _, default in parameters:
            if parameter not in mine:
                different.append(f"{where}: no argument {parameter}")
            elif default is not None and "<" not in default:
                if repr(mine[parameter].default) != default:
                    got = mine[parameter].default
                    different.append(f"{where}: {parameter}={got!r} and not {default}")
        names = [parameter for parameter in mine if parameter in {p[0] for p in parameters}]
        if names != [p[0] for p in parameters if p[0] in mine]:
            different.append(f"{where}: arguments in another order: {list(mine)}")
    print("different:", different)
    assert different == []


def test_the_package_has_every_name_that_pyspark_exports() -> None:
    import thalweg.pyspark

    names = json.loads(
        real_pyspark.run("import json, pyspark; print(json.dumps(pyspark.__all__))", "")
    )
    assert [name for name in names if not hasattr(thalweg.pyspark, name)] == []


def test_type_checkers_are_told_the_names_that_there_are() -> None:
    tool = pathlib.Path(__file__).resolve().parents[2] / "tools" / "pyspark_stubs.py"
    checked = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
