# SPDX-License-Identifier: Apache-2.0
"""``thalweg run job.py``: runs a program written for PySpark on this engine, unchanged."""

from __future__ import annotations

import argparse
import builtins
import os
import re
import sys
import threading
import time
import types
from collections.abc import Sequence

from thalweg import ctrl_c

OK = 0
FAILED = 1
MISUSED = 2
UNREACHABLE = 3

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def main(arguments: Sequence[str]) -> int:
    """Runs what the words after ``thalweg run`` say; the exit status."""
    options = _parser().parse_args(arguments)
    if options.ui:
        print("thalweg: --ui: the web page comes in a later version", file=sys.stderr)
    try:
        with open(options.script, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"thalweg: can't read {options.script!r}: {error.strerror}", file=sys.stderr)
        return MISUSED
    if options.real:
        _prepare_real(options)
    else:
        _prepare(options)
    return _run(options.script, source, options.arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="thalweg run",
        description="Runs a program written for PySpark, or for Thalweg itself.",
        epilog="exit status: 0 well, 1 the program failed, 2 bad command line, 3 something outside "
        "could not be reached, 130 interrupted",
    )
    parser.add_argument(
        "--master", help="local, local[N] or local[*], where the program does not say (local[*])"
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=_duration,
        metavar="30s",
        help="stop the streams gracefully so long after their start (ms, s, m, h)",
    )
    parser.add_argument(
        "--conf",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting, where the program does not make it; may be given several times",
    )
    parser.add_argument("--ui", action="store_true", help="the web page (comes later)")
    parser.add_argument(
        "--real", action="store_true", help="use the installed PySpark instead, to compare"
    )
    parser.add_argument("script", metavar="job.py", help="the program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    return parser


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 500ms, 30s or 5m")
    return float(match[1]) * _SECONDS[match[2] or "s"]


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    # An address in a key holds no "=", but thalweg.files.map=PREFIX=DIR has one in its value.
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _prepare(options: argparse.Namespace) -> None:
    from thalweg import import_hook
    from thalweg.conf import Conf

    import_hook.install()
    Conf.defaults = dict(options.conf)
    if options.master is not None:
        Conf.defaults["spark.master"] = options.master
    if options.seconds is not None:
        from thalweg.streaming_context import StreamingContext

        StreamingContext.run_seconds_max = options.seconds


def _prepare_real(options: argparse.Namespace) -> None:
    words = [] if options.master is None else ["--master", options.master]
    for key, value in options.conf:
        words += ["--conf", f"{key}={value}"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*words, "pyspark-shell"])
    if options.seconds is not None:
        timer = threading.Thread(target=_stop_real, args=[options.seconds], daemon=True)
        timer.start()


def _stop_real(seconds: float) -> None:
    """Stops the real PySpark's streams when they have run for so long."""
    active = None
    while active is None:
        time.sleep(0.1)
        module = sys.modules.get("pyspark.streaming")
        active = module.StreamingContext._activeContext if module is not None else None
    time.sleep(seconds)
    active.stop(True, True)


def _run(script: str, source: bytes, arguments: Sequence[str]) -> int:
    """Runs ``source`` as ``python script arguments`` would."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=script, __builtins__=builtins, __cached__=None)
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    sys.modules["__main__"] = module
    ctrl_c.answer()
    try:
        exec(compile(source, script, "exec"), module.__dict__)
        return OK
    except KeyboardInterrupt:
        return ctrl_c.ended()
    except SystemExit:
        raise
    except BaseException as error:
        return _report(error)


def _report(error: BaseException) -> int:
    """Shows an error as ``python script`` would, without the frames above the program's."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    sys.excepthook(type(error), error.with_traceback(traceback), traceback)
    return UNREACHABLE if getattr(error, "code", None) == "unavailable" else FAILED
