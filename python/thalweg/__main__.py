# SPDX-License-Identifier: Apache-2.0
"""The ``thalweg`` command: ``thalweg run job.py``, also as ``python -m thalweg run job.py``;
``thalweg connectors`` and ``thalweg connect test``."""

import sys
from collections.abc import Sequence
from typing import NoReturn, Optional

USAGE = """\
thalweg: streams in batches, on a native engine

  thalweg run [options] job.py [arguments]   runs a program written for PySpark or for Thalweg
  thalweg connectors [NAME]                  what can be read and written, and with which options
  thalweg connect test NAME KEY=VALUE...     tries a connector's options, step by step
  thalweg --version
  thalweg run --help                         its options
"""


def main(arguments: Optional[Sequence[str]] = None) -> NoReturn:
    """Runs the command line; ends the process.

    Exit status: 0 well; 1 the program failed; 2 the command line made no sense; 3 something outside
    could not be reached; 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        from thalweg import run

        sys.exit(run.main(words[1:]))
    if words[:1] in (["connectors"], ["connect"]):
        from thalweg import connectors_command

        if words[0] == "connectors":
            sys.exit(connectors_command.show(words[1:]))
        sys.exit(connectors_command.connect(words[1:]))
    if words[:1] == ["--version"]:
        from thalweg import __version__

        print(f"thalweg {__version__}")
        sys.exit(0)
    if words[:1] in (["--help"], ["-h"]):
        print(USAGE, end="")
        sys.exit(0)
    if words:
        print(f"thalweg: there is no command {words[0]!r}", file=sys.stderr)
    print(USAGE, end="", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
