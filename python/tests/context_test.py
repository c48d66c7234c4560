# SPDX-License-Identifier: Apache-2.0
"""Contexts: one at a time, their settings, files and jobs."""

import os
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

import thalweg
from thalweg import Conf, Context
from thalweg.errors import WrongStateError
from thalweg.pyspark import InheritableThread, SparkConf, SparkContext


def test_a_second_context_is_refused_and_told_where_the_first_was_made(context: Context) -> None:
    with pytest.raises(ValueError, match="conftest.py:[0-9]+; stop\\(\\) it first"):
        Context("local", "second")


def test_a_context_can_be_made_after_the_first_one_stopped() -> None:
    Context("local", "first").stop()
    with Context("local", "second") as second:
        assert second.parallelize([1]).count() == 1


def test_get_or_create_gives_the_active_context_or_a_new_one() -> None:
    made = Context.get_or_create(Conf().set_master("local[3]").set_app_name("made"))
    try:
        assert Context.get_or_create() is made
        assert (made.master, made.app_name, made.default_parallelism) == ("local[3]", "made", 3)
    finally:
        made.stop()


def test_stop_twice_is_stop_once() -> None:
    context = Context("local")
    context.stop()
    context.stop()


def test_nothing_runs_on_a_stopped_context() -> None:
    context = Context("local", "stopped")
    rdd = context.parallelize([1])
    context.stop()
    for call in (rdd.collect, rdd.count, lambda: context.parallelize([1])):
        with pytest.raises(WrongStateError, match="was stopped; make a new one"):
            call()


@pytest.mark.parametrize("master", ["spark://host:7077", "yarn", "local-cluster[2,1,1024]", "x"])
def test_a_master_that_is_a_cluster_is_refused(master: str) -> None:
    with pytest.raises(thalweg.UnsupportedError, match="local\\[4\\].*" + re.escape(master)):
        Context(master, "test")
    assert Context._active is None


@pytest.mark.parametrize("master, threads", [("local", 1), ("local[3]", 3), ("local[2,4]", 2)])
def test_a_local_master_says_how_many_threads(master: str, threads: int) -> None:
    with Context(master, "test") as context:
        assert context.default_parallelism == threads


def test_spark_default_parallelism_is_the_number_of_partitions() -> None:
    conf = Conf().set("spark.default.parallelism", 5)
    with Context("local[2]", "test", conf=conf) as context:
        pairs = context.parallelize([(1, 1)])
        assert pairs.get_num_partitions() == 5
        assert pairs.repartition(2).reduce_by_key(max).get_num_partitions() == 5
        assert pairs.join(pairs).get_num_partitions() == 5


def test_arguments_win_over_settings() -> None:
    conf: Any = SparkConf()
    conf.setMaster("local[3]").setAppName("from conf")
    with SparkContext("local[2]", conf=conf) as sc:
        assert (sc.master, sc.appName) == ("local[2]", "from conf")
        assert sc.getConf().get("spark.master") == "local[2]"


def test_a_spark_context_is_named_as_in_a_shell_when_not_named() -> None:
    with SparkContext() as sc:
        assert (sc.master, sc.appName) == ("local[*]", "pyspark-shell")
        assert repr(sc) == "<SparkContext master=local[*] appName=pyspark-shell>"


def test_the_class_knows_the_active_context() -> None:
    with SparkContext("local") as sc:
        assert SparkContext._active_spark_context is sc
    assert SparkContext._active_spark_context is None


def test_there_is_no_java_to_reach_into(sc: SparkContext) -> None:
    with pytest.raises(AttributeError, match="there is no Java here"):
        sc._jsc


def test_a_prefix_of_other_file_systems_is_read_from_a_directory(folder: str) -> None:
    with open(os.path.join(folder, "a.txt"), "w") as file:
        file.write("1\n2\n")
    mapped = f"hdfs://localhost:9000/user/data={folder}"
    with Context("local", "test", conf=Conf().set("thalweg.files.map", mapped)) as context:
        assert context.text_file("hdfs://localhost:9000/user/data").collect() == ["1", "2"]
        assert context.text_file("hdfs://localhost:9000/user/data/a.txt").count() == 2
        with pytest.raises(thalweg.EngineError, match="hdfs"):  # Another name with that beginning.
            context.text_file("hdfs://localhost:9/user/database").count()


def test_checkpoints_are_read_by_their_owner_only(context: Context, folder: str) -> None:
    context.set_checkpoint_dir(folder + "/checkpoints")
    directory = context.get_checkpoint_dir()
    assert directory is not None
    assert os.stat(directory).st_mode & 0o077 == 0


def test_a_checkpointed_rdd_is_not_computed_again(context: Context, folder: str) -> None:
    context.set_checkpoint_dir(folder)
    calls = context.accumulator(0)

    def counted(row: int) -> int:
        calls.add(1)
        return row

    rdd = context.parallelize([1, 2, 3], 2).map(counted).cache()
    rdd.checkpoint()
    assert rdd.collect() == rdd.collect() == [1, 2, 3]
    assert rdd.is_checkpointed()
    assert calls.value == 3
    file = rdd.get_checkpoint_file()
    assert file is not None and os.path.isdir(file)


def test_added_files_go_with_the_context(folder: str) -> None:
    with open(os.path.join(folder, "a.txt"), "w") as file:
        file.write("x")
    with Context("local") as context:
        context.add_file(folder + "/a.txt")
        place = context.file_path("a.txt")
        assert os.path.exists(place)
        assert context.list_files == [f"file:{folder}/a.txt"]
    assert not os.path.exists(place)


def test_a_directory_is_added_only_as_a_whole(context: Context, folder: str) -> None:
    os.mkdir(folder + "/inner")
    with pytest.raises(ValueError, match="recursive=True"):
        context.add_file(folder + "/inner")
    context.add_file(folder + "/inner", recursive=True)
    assert os.path.isdir(context.file_path("inner"))


def test_local_properties_belong_to_their_thread(context: Context) -> None:
    context.set_local_property("colour", "blue")
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(context.get_local_property("colour")))
    thread.start()
    thread.join()
    assert seen == [None]


def test_an_inheritable_thread_has_the_properties_of_its_starter(sc: SparkContext) -> None:
    sc.set_local_property("colour", "blue")
    seen: list[Any] = []
    thread = InheritableThread(target=lambda: seen.append(sc.get_local_property("colour")))
    sc.set_local_property("colour", "green")
    thread.start()
    thread.join()
    assert seen == ["green"]


def test_the_status_tracker_knows_the_jobs_of_a_group(context: Context) -> None:
    context.set_job_group("nightly", "counts")
    context.parallelize([1]).count()
    with pytest.raises(thalweg.FunctionError):
        context.parallelize([0]).map(lambda row: 1 // row).collect()
    tracker = context.status_tracker()
    known = [tracker.get_job_info(number) for number in tracker.get_job_ids_for_group("nightly")]
    assert [job.status for job in known if job is not None] == ["SUCCEEDED", "FAILED"]
    assert tracker.get_active_jobs_ids() == []


def test_a_running_job_is_not_cancelled_in_silence(context: Context) -> None:
    started, finish = threading.Event(), threading.Event()

    def wait(row: int) -> int:
        started.set()
        finish.wait(30)
        return row

    thread = threading.Thread(target=context.parallelize([1], 1).map(wait).collect)
    thread.start()
    try:
        assert started.wait(30)
        with pytest.raises(thalweg.UnsupportedError, match="Ctrl-C"):
            context.cancel_all_jobs()
    finally:
        finish.set()
        thread.join()
    context.cancel_all_jobs()


def test_accumulators_count_all_that_threads_add(context: Context) -> None:
    total = context.accumulator(0)
    context.parallelize(range(20_000), 8).for_each(lambda row: total.add(1))
    assert total.value == 20_000


def test_the_value_of_an_accumulator_is_refused_within_tasks(context: Context) -> None:
    total = context.accumulator(0)
    with pytest.raises(thalweg.FunctionError, match="VALUE_NOT_ACCESSIBLE"):
        context.parallelize([1]).map(lambda row: total.value).collect()


def test_a_context_is_not_made_within_a_task(context: Context) -> None:
    with pytest.raises(thalweg.FunctionError, match="CONTEXT_ONLY_VALID_ON_DRIVER"):
        context.parallelize([1]).for_each(lambda row: Context("local"))


def test_the_package_is_imported_in_little_time_and_without_pyarrow() -> None:
    program = (
        "import sys, time; begin = time.perf_counter(); import thalweg; thalweg.Context;"
        "print(time.perf_counter() - begin, 'pyarrow' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    seconds, *heavy = done.stdout.split()
    print("import thalweg took", seconds, "s")
    assert heavy == ["False", "False"], done.stderr


def test_a_context_that_nobody_stops_leaves_nothing_behind(folder: str) -> None:
    program = (
        "import thalweg; context = thalweg.Context('local[2]');"
        f"open({folder + '/a.txt'!r}, 'w').close(); context.add_file({folder + '/a.txt'!r});"
        "print(context.parallelize([1]).count(), context.file_path(''))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    count, place = done.stdout.split()
    assert (done.returncode, count, os.path.exists(place)) == (0, "1", False), done.stderr
