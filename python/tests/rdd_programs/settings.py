# SPDX-License-Identifier: Apache-2.0
"""Programs about settings, tasks and mistakes."""

import importlib
import operator
import os
import sys
from typing import Any

from rdd_programs import program, refused, said


@program
def settings_are_text(sc: Any, folder: str) -> Any:
    conf = importlib.import_module(sys.argv[1]).SparkConf(False)
    conf.setMaster("local[3]").setAppName("x").set("k", 1).setIfMissing("k", 2)
    conf.setExecutorEnv("A", "b").setExecutorEnv(pairs=[("C", "d")]).setAll([("y", "z")])
    known = [conf.get(key) for key in ("spark.master", "spark.app.name", "k", "y", "none")]
    return known, conf.get("none", "default"), conf.contains("k"), sorted(conf.getAll())


@program
def properties_of_jobs(sc: Any, folder: str) -> Any:
    sc.setJobGroup("group", "what it does")
    sc.setLocalProperty("mine", "1")
    sc.addJobTag("t1")
    sc.addJobTag("t2")
    sc.removeJobTag("t1")
    tags = sorted(sc.getJobTags())
    sc.clearJobTags()
    return [
        sc.getLocalProperty("spark.jobGroup.id"),
        sc.getLocalProperty("spark.job.description"),
        sc.getLocalProperty("mine"),
        sc.getLocalProperty("none"),
        tags,
        sorted(sc.getJobTags()),
    ]


@program
def the_task_knows_its_partition(sc: Any, folder: str) -> Any:
    context = importlib.import_module(sys.argv[1]).TaskContext
    rdd = sc.parallelize(range(6), 3)
    return [
        rdd.map(lambda x: (x, context.get().partitionId())).collect(),
        rdd.mapPartitions(lambda rows: [context.get().partitionId()]).collect(),
        rdd.map(lambda x: context.get().attemptNumber()).collect(),
        context.get(),
    ]


@program
def added_files_are_found(sc: Any, folder: str) -> Any:
    files = importlib.import_module(sys.argv[1]).SparkFiles
    with open(os.path.join(folder, "number.txt"), "w") as file:
        file.write("100")
    sc.addFile(os.path.join(folder, "number.txt"))

    def times(rows: Any) -> Any:
        with open(files.get("number.txt")) as file:
            number = int(file.readline())
        return [x * number for x in rows]

    return sc.parallelize([1, 2, 3, 4], 2).mapPartitions(times).collect()


@program
def arguments_that_make_no_sense(sc: Any, folder: str) -> Any:
    rdd, empty = sc.parallelize([3, 1, 2], 2), sc.parallelize([], 2)
    return [
        refused(call)
        for call in (
            lambda: rdd.sample(False, -0.5),
            lambda: rdd.randomSplit([1, -1]),
            lambda: rdd.randomSplit([0, 0]),
            lambda: rdd.takeSample(False, -1),
            lambda: rdd.takeOrdered(-1),
            lambda: rdd.coalesce(0),
            lambda: rdd.coalesce(-1),
            lambda: rdd.zip(sc.parallelize([1, 2, 3], 3)),
            lambda: rdd + 5,
            lambda: empty.reduce(operator.add),
            lambda: empty.treeReduce(operator.add),
            lambda: rdd.treeReduce(operator.add, 0),
            lambda: rdd.treeAggregate(0, operator.add, operator.add, 0),
            lambda: empty.first(),
            lambda: empty.max(),
            lambda: rdd.histogram(0),
            lambda: rdd.histogram([1]),
            lambda: rdd.histogram([2, 1]),
            lambda: rdd.histogram([1, 1, 2]),
            lambda: rdd.histogram([1, None]),
            lambda: rdd.histogram("ab"),
            lambda: empty.histogram(2),
            lambda: sc.parallelize(["a", "b"]).histogram(2),
            lambda: rdd.countApproxDistinct(0.0000001),
            lambda: rdd.map(lambda x: (x, 1)).sampleByKey(False, {1: -0.1}),
            lambda: rdd.persist("memory"),
            lambda: sc.accumulator("text"),
            lambda: type(sc)("local", "another"),
            lambda: sc.parallelize(5),
        )
    ] + [refused(lambda: sc.parallelize([1], 0)) != "", refused(lambda: sc.union([])) != ""]


@program
def failing_functions_say_why(sc: Any, folder: str) -> Any:
    def fail(x: int) -> int:
        raise KeyError("a special word")

    rdd = sc.parallelize([1, 2], 2)
    calls = [
        lambda: rdd.map(fail).collect(),
        lambda: rdd.map(lambda x: (x, x)).reduceByKey(operator.add).mapValues(fail).collect(),
        lambda: rdd.mapPartitions(lambda rows: map(fail, rows)).count(),
        lambda: rdd.foreach(fail),
        lambda: rdd.sortBy(fail).collect(),
    ]
    return ["a special word" in said(call) for call in calls]


@program
def keys_that_cannot_be_hashed(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([([1], 2)], 1)
    return ["unhashable" in said(lambda: rdd.groupByKey().collect())]


@program
def a_context_is_for_the_program_only(sc: Any, folder: str) -> Any:
    rdd = sc.parallelize([1, 2], 2)
    return [
        "CONTEXT_ONLY_VALID_ON_DRIVER" in said(lambda: rdd.map(lambda x: sc).collect()),
        "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"
        in said(lambda: rdd.map(lambda x: rdd.count() + x).collect()),
        "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER" in said(lambda: sc.broadcast(rdd)),
        refused(lambda: rdd.map(lambda x: sc).collect()),
    ]
