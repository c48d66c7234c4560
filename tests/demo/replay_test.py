#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays a real access log through the demo and compares every total with a count made here.

The log is apache_access.log in the folder that THALWEG_LOG_SAMPLES names, or in ../shared/data
beside the checkout. It is no part of the repository.
"""
import os
import pathlib
import sys

from demo_programs import ROOT, count_log, play

NAME = "apache_access.log"


def main():
    folders = [os.environ.get("THALWEG_LOG_SAMPLES"), ROOT.parent / "shared" / "data"]
    logs = [pathlib.Path(folder) / NAME for folder in folders if folder]
    log = next((log for log in logs if log.is_file()), None)
    if log is None:
        print(f"skipped: no {NAME}; set THALWEG_LOG_SAMPLES to a folder that holds it")
        return 77
    expected = count_log(log.read_bytes())
    sent, analysed, _ = play(sys.argv[1], "--log", log, "--pace", 20000)
    print(f"counted:  {expected}\nsent:     {sent}\nanalysed: {analysed}")
    if expected["lines"] == 0 or not expected == sent == analysed:
        print("the totals differ")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
