#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses Thalweg as a stranger would: installs it, builds the README's first program outside of the
source tree with find_package(thalweg), and counts words with it.

The program connects to a small line server here, which sends "hello world hello". It must print
(hello,2), and end with exit code 0 within seconds of SIGINT. No LD_LIBRARY_PATH is set.
"""
import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

LINE = b"hello world hello\n"
EXPECTED = "(hello,2)"
ANSWER_SECONDS_MAX = 180
END_SECONDS_MAX = 60
PORT = 9999

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
find_package(thalweg REQUIRED)
add_executable(outside main.cc)
target_link_libraries(outside PRIVATE thalweg::thalweg)
"""


def first_program(readme):
    """The first C++ block of the README that is a whole program."""
    for block in re.findall(r"^```cpp\n(.*?)^```", readme.read_text(), re.M | re.S):
        if "int main(" in block:
            return block
    sys.exit(f"{readme} has no ```cpp block with a main()")


def run(*command, **options):
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if outcome.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{outcome.stdout}{outcome.stderr}")
    return outcome.stdout


def clean_environment():
    hidden = ("LD_LIBRARY_PATH", "CMAKE_PREFIX_PATH", "thalweg_DIR", "DESTDIR")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def listen():
    """A listening socket: on the README's port where it is free, else on any."""
    for port in (PORT, 0):
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            server.close()
            continue
        server.listen()
        return server
    sys.exit("no port to listen on")


def serve(server, done):
    """Sends the line to whoever connects, and keeps the connection open until the end."""
    server.settimeout(0.2)
    connections = []
    while not done.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        connection.sendall(LINE)
        connections.append(connection)
    for connection in [*connections, server]:
        connection.close()


def count_words(program):
    """Runs the program until it has answered, then interrupts it. Returns what went wrong."""
    lines = []
    process = subprocess.Popen([program], env=clean_environment(), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    reader.start()
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while process.poll() is None and time.monotonic() < deadline:
        if any(EXPECTED in line for line in list(lines)):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    try:
        code = process.wait(END_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        code = f"none within {END_SECONDS_MAX} s of SIGINT"
    reader.join(5)
    output = "".join(lines)
    if EXPECTED not in output:
        return f"did not print {EXPECTED} within {ANSWER_SECONDS_MAX} s; it printed:\n{output}"
    return None if code == 0 else f"exit code after SIGINT: {code}; it printed:\n{output}"


def build_outside(arguments, program, folder):
    """Installs into one folder, builds in another; returns the program's path."""
    prefix, source, build = folder / "prefix", folder / "source", folder / "build"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(PROJECT)
    (source / "main.cc").write_text(program)
    environment = clean_environment()
    run(arguments.cmake, "--install", arguments.build, "--prefix", prefix, env=environment)
    run(arguments.cmake, "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={arguments.compiler}", "-DCMAKE_BUILD_TYPE=Release", env=environment)
    run(arguments.cmake, "--build", build, env=environment)
    return build / "outside"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--readme", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--compiler", default="g++")
    arguments = parser.parse_args()

    program = first_program(arguments.readme)
    with tempfile.TemporaryDirectory(prefix="thalweg-install-") as name, listen() as server:
        port = server.getsockname()[1]
        if port != PORT:
            print(f"port {PORT} is busy; using {port}")
            program = program.replace(str(PORT), str(port))
        executable = build_outside(arguments, program, pathlib.Path(name))
        done = threading.Event()
        thread = threading.Thread(target=serve, args=(server, done))
        thread.start()
        problem = count_words(executable)
        done.set()
        thread.join()
    if problem:
        sys.exit(f"the README's program {problem}")
    print("installed, built outside the tree, counted, and ended by SIGINT")
    return 0


if __name__ == "__main__":
    sys.exit(main())
