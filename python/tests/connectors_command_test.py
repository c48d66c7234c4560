# SPDX-License-Identifier: Apache-2.0
"""``thalweg connectors`` and ``thalweg connect test``: what they print, and how they end."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest

from programs import PYTHON, LineServer

ROOT = PYTHON.parent
SECONDS_MAX = 180
PASSWORD = "correct-horse"


def thalweg(*words):
    """(exit status, output, errors) of a command line."""
    done = subprocess.run(
        [sys.executable, "-m", "thalweg", *words],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, "PYTHONPATH": str(PYTHON)},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def steps(output):
    """{step: outcome} of what connect test printed."""
    return {line.split()[1]: line.split()[0] for line in output.splitlines()}


def test_connectors_are_listed_with_their_ways():
    status, output, _ = thalweg("connectors")
    assert status == 0
    ways = {line.split()[0]: line for line in output.splitlines()}
    assert "reads, writes" in ways["kafka"]
    assert "writes" in ways["console"]
    assert "reads" not in ways["console"]


def test_a_connectors_options_are_shown_with_their_aliases():
    status, output, _ = thalweg("connectors", "kafka")
    assert status == 0
    assert "kafka.bootstrap.servers  (text; required; also bootstrap.servers)" in output
    assert "kafka.sasl.password  (***)" in output


def test_the_options_can_be_had_as_json():
    status, output, _ = thalweg("connectors", "socket", "--json")
    assert status == 0
    (connector,) = json.loads(output)
    assert connector["options"][0]["name"] == "host"


def test_an_unknown_connector_is_misuse_and_the_nearest_is_named():
    status, _, errors = thalweg("connectors", "kafak")
    assert status == 2
    assert 'did you mean "kafka"?' in errors


# proves: socket: connect test
def test_a_server_that_answers_passes_all_steps():
    with LineServer() as server:
        program = subprocess.Popen(
            [sys.executable, "-m", "thalweg", "connect", "test", "socket"]
            + ["host=127.0.0.1", f"port={server.port}"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PYTHON)},
        )
        server.accept()  # Whether somebody listens.
        server.accept()
        server.send("hello", "again")
        output, _ = program.communicate(timeout=SECONDS_MAX)
    assert program.returncode == 0
    assert steps(output)["connect"] == "passed"
    assert f'passed   sample          127.0.0.1:{server.port}: "hello"' in output


# proves: socket: connect test
def test_nobody_there_ends_with_3_and_says_what_to_do():
    port = unused_port()
    status, output, _ = thalweg("connect", "test", "socket", "host=127.0.0.1", f"port={port}")
    assert status == 3
    assert steps(output) == {"options": "passed", "resolve": "passed", "connect": "failed"}
    assert f"no connection: 127.0.0.1:{port} (Connection refused); see that a server" in output


def test_a_host_that_is_not_known_ends_with_3():
    status, output, _ = thalweg(
        "connect", "test", "socket", "host=nowhere.invalid", "port=1"
    )
    assert status == 3
    assert steps(output)["resolve"] == "failed"
    assert "host not found: nowhere.invalid:1" in output


@pytest.mark.parametrize(
    "words", [["kafka"], ["kafka", "bootstrap.server=x"], ["socket", "host=a", "port=b"]]
)
def test_bad_options_are_misuse(words):
    status, output, _ = thalweg("connect", "test", *words)
    assert status == 2
    assert steps(output) == {"options": "failed"}


# proves: kafka: secrets redacted
def test_secrets_are_not_shown():
    status, output, errors = thalweg(
        "connect",
        "test",
        "kafka",
        f"kafka.bootstrap.servers=127.0.0.1:{unused_port()}",
        "subscribe=orders",
        f"kafka.sasl.password={PASSWORD}",
    )
    assert status == 3
    assert "kafka.sasl.password=***" in output
    assert PASSWORD not in output + errors
    status, output, errors = thalweg("connect", "test", "kafka", PASSWORD)
    assert status == 2
    assert PASSWORD not in output + errors


def test_the_pages_have_the_options_of_the_registry():
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "connector_tables.py", "--check"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PYTHON)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# proves: files: connect test
def test_a_path_is_taken_for_what_it_is(tmp_path: pathlib.Path):
    status, output, _ = thalweg(
        "connect", "test", "--write", "files", f"path={tmp_path / 'out'}"
    )
    assert status == 0, output
    assert steps(output)["sample"] == "skipped"
