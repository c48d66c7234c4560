# SPDX-License-Identifier: Apache-2.0
"""``thalweg run job.py`` runs a program as ``python job.py`` does, and finds ``pyspark``."""

import os
import subprocess
import sys
import time

import pytest

from programs import PYTHON, running, thalweg_run

JOB_SECONDS_MAX = 180
#: How long a function takes that is interrupted.
SLEEP_SECONDS = 30


@pytest.fixture
def job(tmp_path):
    """Writes a program, runs it, and gives what it was: (exit status, output, errors)."""

    def run(text, *arguments, options=(), command=thalweg_run, path=()):
        script = tmp_path / "job.py"
        script.write_text(text)
        done = subprocess.run(
            [sys.executable, *command(*options, str(script), *arguments)],
            capture_output=True,
            text=True,
            timeout=JOB_SECONDS_MAX,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PYTHON), *map(str, path)])},
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def plain(*words):
    return list(words)


@pytest.fixture
def another_pyspark(tmp_path):
    """A folder with a package called pyspark, as the real one may be installed."""
    package = tmp_path / "installed" / "pyspark"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = 'another'\n")
    return package.parent


def test_a_program_sees_what_python_would_show_it(job):
    text = (
        "import sys, os\n"
        "print(sys.argv[1:], __name__, __file__ == sys.argv[0], os.path.realpath(sys.path[0])"
        " == os.path.realpath(os.path.dirname(__file__)))\n"
        "import __main__; print(__main__.__file__ == __file__, __doc__, __spec__)\n"
    )
    assert job(text, "a", "--conf", "b") == job(text, "a", "--conf", "b", command=plain)


def test_modules_beside_the_program_are_found(job, tmp_path):
    (tmp_path / "beside.py").write_text("answer = 42\n")
    assert job("import beside; print(beside.answer)") == (0, "42\n", "")


def test_pyspark_is_thalwegs_also_where_another_is_installed(job, another_pyspark):
    status, output, errors = job(
        "import pyspark, pyspark.streaming, thalweg.pyspark\n"
        "from pyspark.streaming import StreamingContext\n"
        "from pyspark.sql.functions import *\n"
        "print(pyspark is thalweg.pyspark, StreamingContext.__module__, pyspark.__name__)\n",
        path=[another_pyspark],
    )
    assert (status, output) == (0, "True thalweg.pyspark.streaming.context thalweg.pyspark\n"), (
        errors
    )


def test_real_uses_the_installed_pyspark(job, another_pyspark):
    text = "import pyspark; print(pyspark.__version__)"
    assert job(text, options=["--real"], path=[another_pyspark]) == (0, "another\n", "")


def test_other_imports_are_left_alone(job):
    text = "import sys; print([type(finder).__name__ for finder in sys.meta_path])"
    ours = job(text)[1]
    plainly = job(text, command=plain)[1]
    assert ours.count(",") == plainly.count(",") + 1


def test_a_module_that_thalweg_lacks_is_not_found(job):
    status, _, errors = job("import pyspark.pandas")
    assert status == 1
    assert "No module named 'pyspark.pandas'" in errors
    assert "--real" in errors


def test_an_error_looks_as_python_shows_it(job):
    text = "def f():\n    raise ValueError('no')\n\nf()\n"
    status, output, errors = job(text)
    assert (status, output, errors) == job(text, command=plain)
    assert "run.py" not in errors


def test_a_syntax_error_looks_as_python_shows_it(job):
    assert job("def f(:\n") == job("def f(:\n", command=plain)


def test_the_exit_status_is_the_programs(job):
    assert job("import sys; sys.exit(7)")[0] == 7
    assert job("import sys; sys.exit('no')")[0] == 1
    assert job("pass")[0] == 0


def test_a_missing_program_is_misuse():
    with running(*thalweg_run("nowhere.py")) as program:
        assert program.wait() == 2
        assert "nowhere.py" in program.errors[0]


@pytest.mark.parametrize(
    "arguments", [["--for", "soon", "x.py"], ["--conf", "x", "x.py"], ["--unknown", "x.py"], []]
)
def test_a_bad_command_line_is_misuse(arguments):
    with running(*thalweg_run(*arguments)) as program:
        assert program.wait() == 2
        assert "usage: thalweg run" in program.errors[0]


def test_options_are_defaults_of_settings(job):
    options = ["--master", "local[3]", "--conf", "job.colour=blue=green"]
    status, output, errors = job(
        "from pyspark import SparkContext\n"
        "sc = SparkContext(appName='x')\n"
        "print(sc.master, sc.defaultParallelism, sc.getConf().get('job.colour'))\n",
        options=options,
    )
    assert (status, output) == (0, "local[3] 3 blue=green\n"), errors


def test_what_the_program_says_counts_more_than_options(job):
    text = "from pyspark import SparkContext; print(SparkContext('local[1]', 'x').master)"
    assert job(text, options=["--master", "local[3]"]) == (0, "local[1]\n", "")


STREAMS = """
import time
from pyspark import SparkContext
from pyspark.streaming import StreamingContext
sc = SparkContext("local[2]", "x")
ssc = StreamingContext(sc, 0.1)
"""


def test_for_stops_the_streams_gracefully(job):
    status, output, errors = job(
        STREAMS + "ssc.queueStream([[1], [2]]).count().foreachRDD(lambda r: print(r.collect()))\n"
        "ssc.start()\nssc.awaitTermination()\nprint('after', ssc.getActive())\n",
        options=["--for", "600ms"],
    )
    assert status == 0, errors
    assert output.splitlines()[:2] == ["[1]", "[1]"]
    assert output.splitlines()[-1] == "after None"


def test_ui_says_that_it_comes_later(job):
    status, _, errors = job("pass", options=["--ui"])
    assert status == 0
    assert "later" in errors


@pytest.mark.parametrize(
    "work",
    [
        "ssc.awaitTermination()",
        f"time.sleep({SLEEP_SECONDS})",
        f"sc.parallelize([1, 2]).map(lambda x: time.sleep({SLEEP_SECONDS})).count()",
    ],
)
def test_ctrl_c_ends_a_program_that_waits_without_a_traceback(work, tmp_path):
    script = tmp_path / "job.py"
    script.write_text(
        STREAMS + f"ssc.queueStream([[1]]).map(lambda x: time.sleep({SLEEP_SECONDS})).pprint()\n"
        "ssc.start()\nprint('started', flush=True)\n" + work + "\n"
    )
    with running(*thalweg_run(str(script))) as program:
        assert program.line() == "started"
        status, seconds = program.interrupt()
    assert status == 130
    assert seconds < SLEEP_SECONDS / 2  # It did not wait for the function: it takes 0.7 s.
    assert program.errors == []


#: Another thread gets the signal: the main one does not hear that it came, as where it comes just
#: before a call starts to wait.
UNHEARD = f"""
import signal, threading, time
def interrupt():
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
try:
    threading.Timer(0.1, interrupt).start()
    time.sleep({SLEEP_SECONDS})
"""


def test_ctrl_c_just_before_a_call_waits_ends_that_call(job):
    began = time.monotonic()
    text = UNHEARD + "except KeyboardInterrupt:\n    print('heard')\ntime.sleep(0.5)\nprint('once')"
    assert job(text) == (0, "heard\nonce\n", "")
    assert time.monotonic() - began < SLEEP_SECONDS / 2


def test_ctrl_c_is_not_repeated_for_a_handler_of_the_program(job):
    text = (
        "import signal, time\nsignal.signal(signal.SIGINT, lambda *_: print('mine', flush=True))\n"
        + UNHEARD.replace(f"time.sleep({SLEEP_SECONDS})", "time.sleep(1)")
        + "finally:\n    print('end')"
    )
    assert job(text) == (0, "mine\nend\n", "")


def test_ctrl_c_waits_while_the_program_blocks_it(job):
    text = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
os.kill(os.getpid(), signal.SIGINT)
print("blocked", signal.SIGINT in signal.sigpending())
try:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
except KeyboardInterrupt:
    print("heard")
"""
    assert job(text) == (0, "blocked True\nheard\n", "")


def test_ctrl_c_in_a_forked_process_stays_there(job):
    text = """
import os, signal, time
child = os.fork()
if child == 0:
    signal.signal(signal.SIGINT, lambda *_: os._exit(7))
    signal.raise_signal(signal.SIGINT)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
time.sleep(0.5)
print('end')
"""
    assert job(text) == (0, "7\nend\n", "")


#: 40 MB of rows, of which most lie on disk when the sort begins to read them.
SPILLS = """
from pyspark import SparkConf, SparkContext
conf = SparkConf().setMaster("local[2]").setAppName("x")
conf.set("thalweg.memory.bytes.max", str(4 << 20)).set("spark.local.dir", {directory!r})
sc = SparkContext(conf=conf)
rows = sc.parallelize(range(100_000), 4).map(lambda x: (x * 7919 % 100_003, "v" * 400)).sortByKey()
print(rows.count(), sc._session.spilled_bytes > 0, flush=True)
"""


@pytest.mark.parametrize(
    "end, wanted",
    [
        ("", 0),
        ("sc.stop()", 0),
        ("1 / 0", 1),
        ("child = os.fork()\nif child == 0: raise SystemExit\n"
         "os.waitpid(child, 0); assert os.listdir(sc._conf.get('spark.local.dir'))", 0),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT); time.sleep(30)", 130),
        (f"signalled(); rows.map(lambda x: time.sleep({SLEEP_SECONDS})).count()", 130),
    ],
)
def test_nothing_that_was_spilled_stays(end, wanted, job, tmp_path):
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    text = (
        "import os, signal, threading, time\n"
        "def signalled():\n"
        "    threading.Timer(1, os.kill, [os.getpid(), signal.SIGINT]).start()\n"
    )
    status, output, errors = job(text + SPILLS.format(directory=str(spilled)) + end)
    assert (status, output) == (wanted, "100000 True\n"), errors
    assert list(spilled.iterdir()) == []


def test_a_program_that_ends_stops_its_streams(job):
    status, output, errors = job(
        STREAMS + "import threading\nprinted = threading.Event()\n"
        "numbers = ssc.queueStream([[1], [2]])\nnumbers.pprint()\n"
        "numbers.foreachRDD(lambda rdd: printed.set())\nssc.start()\nprinted.wait()\n"
    )
    assert status == 0
    # A batch that runs at that moment is told so.
    assert [line for line in errors.splitlines() if "the job was stopped" not in line] == []
    assert "\n1\n" in output


def test_a_program_may_end_while_threads_of_its_own_use_the_engine(job):
    status, output, errors = job(
        "import threading\n"
        + STREAMS
        + "ssc.queueStream([[1]]).foreachRDD(lambda rdd: time.sleep(0.02))\nssc.start()\n"
        "def count():\n"
        "    while True: sc.parallelize(range(1000)).map(str).count()\n"
        "for work in (ssc.awaitTermination, count, count):\n"
        "    threading.Thread(target=work, daemon=True).start()\n"
        "time.sleep(0.2)\nprint('end')\n"
    )
    assert (status, output, errors) == (0, "end\n", "")


def test_help_and_version_are_there():
    for arguments, said in [(["--help"], "thalweg run"), (["--version"], "thalweg ")]:
        done = subprocess.run(
            [sys.executable, "-m", "thalweg", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PYTHON)},
            timeout=JOB_SECONDS_MAX,
            check=True,
        )
        assert said in done.stdout


def test_an_unknown_command_is_misuse():
    with running("-m", "thalweg", "fly") as program:
        assert program.wait() == 2
        assert "fly" in program.errors[0]
