#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the example tried_out, which docs/connectors/trials.md shows, with a server of lines."""
import pathlib
import re
import socket
import subprocess
import sys
import threading
import unittest

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/release").resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = BUILD / "examples" / "tried_out"
SECONDS_MAX = 120


class TriedOutTest(unittest.TestCase):
    def test_counts_numbers_and_shows_lines(self):
        if not PROGRAM.exists():
            print("skipped: tried_out was not built", flush=True)
            self.skipTest("tried_out was not built")
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(SECONDS_MAX)

            def serve():
                with server.accept()[0] as client:
                    client.sendall("".join(f"line {i}\n" for i in range(7)).encode())
            thread = threading.Thread(target=serve)
            thread.start()
            done = subprocess.run([PROGRAM, "127.0.0.1", str(server.getsockname()[1])],
                                  capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
            thread.join()

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("line 0\n", done.stdout)
        self.assertIn("5 even numbers\n", done.stdout)

    # proves: console: docs snippet; memory: docs snippet; rate: docs snippet; socket: docs snippet
    def test_the_page_shows_the_example(self):
        page = (ROOT / "docs" / "connectors" / "trials.md").read_text()
        snippet = re.search(r"^```cpp\n(.*?)^```", page, re.M | re.S)[1]
        example = (ROOT / "examples" / "cpp" / "tried_out.cc").read_text()
        lines = [line.strip() for line in example.splitlines()]
        for line in snippet.splitlines():
            self.assertIn(line.strip(), lines)


if __name__ == "__main__":
    unittest.main()
