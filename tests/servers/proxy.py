#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A proxy between a client and a real server that plays a bad network.

    proxy.py PROTOCOL PORT CONTROL_PORT       PROTOCOL: kafka, http or bytes

What it does is said on the control port, one command a line, each answered by a line:

    to HOST:PORT            where connections go
    replace FROM TO         a text in the heads of HTTP answers: what the server advertises
    omit NAME               a header of HTTP requests that servers don't get; "nothing" ends it
    clear                   from now on nothing is done; what is held is released
    refuse                  connections, those there are too, are reset
    half-open               connections are accepted, and nothing passes either way
    delay MS                each piece of an answer comes so much later
    rate BYTES              answers come at so many bytes a second
    swallow                 answers vanish, connections stay
    reset-after BYTES [TIMES]   a connection is reset behind so many bytes of answers
    end-after BYTES [TIMES]     the same, but it is closed as if all were well
    hold KEY                Kafka: the next request of this kind waits, and what comes behind it
    hold-too KEY            Kafka: beside that, the next one of another kind
    release [KEY]           lets it go on, or them, whether or not its client is still there;
                            answers when the server has answered, at most after 5 s
    cut-answer KEY [TIMES]  Kafka: half of the answer to such a request, then a reset
    drop-answer KEY [TIMES]     Kafka: no answer to such a request
    answer STATUS [TIMES]   HTTP: the proxy answers itself
    met [COUNT]             waits until that was done so often; says how often it was

One of them holds at a time, beside `to`, `replace` and `omit`.
"""

import asyncio
import contextlib
import socket
import struct
import sys

PIECE_BYTES_MAX = 64 * 1024
HEAD_BYTES_MAX = 64 * 1024
MET_SECONDS_MAX = 60
HELD_SECONDS_MAX = 5
FOR_EVER = 10**9


class Gone(Exception):
    """The connection was ended on purpose."""


class Held:
    """A request that waits, or will."""

    def __init__(self):
        self.met = False
        self.released = asyncio.Event()
        self.answered = asyncio.Event()


class Weather:
    """What is done now, and how often it was done."""

    def __init__(self, name="clear", amount=0, times=FOR_EVER):
        self.name = name
        self.amount = amount
        self.times = times
        self.met = 0
        self.held = {amount: Held()} if name == "hold" else {}

    def holds(self, key):
        """The one that this request is, and counts it; None where it may pass."""
        held = self.held.get(key)
        if held is None or held.met:
            return None
        held.met = True
        self.met += 1
        return held

    def strikes(self, name, amount=None):
        """Whether it is this, and counts it."""
        if self.name != name or self.met >= self.times:
            return False
        if amount is not None and self.amount != amount:
            return False
        self.met += 1
        return True


class Connection:
    """A client, and the server behind the proxy."""

    def __init__(self, proxy, client_in, client_out):
        self.proxy = proxy
        self.client_in, self.client_out = client_in, client_out
        self.server_in = self.server_out = None
        self.keys = {}
        self.held = {}
        self.answered_bytes = 0

    async def run(self):
        if self.proxy.weather.strikes("refuse"):
            self.reset()
            return
        while self.proxy.weather.name == "half-open":
            await asyncio.sleep(0.05)
        try:
            self.server_in, self.server_out = await asyncio.open_connection(*self.proxy.target)
        except OSError:
            self.reset()
            return
        sides = [asyncio.ensure_future(self.requests()), asyncio.ensure_future(self.answers())]
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in sides:
            side.cancel()
            with contextlib.suppress(asyncio.CancelledError, Gone, OSError,
                                     asyncio.IncompleteReadError):
                await side
        for out in (self.client_out, self.server_out):
            out.close()

    def reset(self):
        """Ends it as a crash does: the client is told so at once."""
        linger = struct.pack("ii", 1, 0)
        self.client_out.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                            linger)
        self.client_out.transport.abort()
        if self.server_out is not None:
            self.server_out.transport.abort()

    async def requests(self):
        if self.proxy.protocol == "kafka":
            while True:
                await self.kafka_request()
        if self.proxy.protocol == "http":
            await self.http_request()
        while piece := await self.client_in.read(PIECE_BYTES_MAX):
            await self.to_server(piece)
        # A client that says no more may still listen.
        await asyncio.sleep(FOR_EVER)

    async def answers(self):
        if self.proxy.protocol == "kafka":
            while True:
                await self.kafka_answer()
        if self.proxy.protocol == "http":
            await self.http_answer()
        while piece := await self.server_in.read(PIECE_BYTES_MAX):
            await self.to_client(piece)

    async def kafka_request(self):
        size = await self.client_in.readexactly(4)
        frame = await self.client_in.readexactly(int.from_bytes(size, "big"))
        key, _, number = struct.unpack_from(">hhi", frame)
        self.keys[number] = key
        held = self.proxy.weather.holds(key)
        if held:
            self.held[number] = held
            await held.released.wait()
        await self.to_server(size + frame)
        if held:
            # The server is to have it before it hears that the client has hung up.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(held.answered.wait(), HELD_SECONDS_MAX)

    async def kafka_answer(self):
        size = await self.server_in.readexactly(4)
        frame = await self.server_in.readexactly(int.from_bytes(size, "big"))
        number = int.from_bytes(frame[:4], "big")
        if number in self.held:
            self.held.pop(number).answered.set()
        key = self.keys.pop(number, None)
        if self.proxy.weather.strikes("drop-answer", key):
            return
        if self.proxy.weather.strikes("cut-answer", key):
            await self.to_client((size + frame)[:4 + len(frame) // 2])
            self.reset()
            raise Gone
        await self.to_client(size + frame)

    async def http_request(self):
        """The head, so changed that a connection has one request only."""
        head = await self.client_in.readuntil(b"\r\n\r\n")
        lines = [line for line in head[:-4].split(b"\r\n")
                 if not line.lower().startswith((b"connection:", self.proxy.omitted))]
        if self.proxy.weather.strikes("answer"):
            status = self.proxy.weather.amount
            self.client_out.write(f"HTTP/1.1 {status} Played\r\nContent-Length: 0\r\n"
                                  "Connection: close\r\n\r\n".encode())
            # The client may still send a body; it is read, so that the answer is not lost.
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await self.client_out.drain()
                self.client_out.write_eof()
                await asyncio.wait_for(self.client_in.read(-1), 1)
            raise Gone
        await self.to_server(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n")

    async def http_answer(self):
        head = await self.server_in.readuntil(b"\r\n\r\n")
        for old, new in self.proxy.replaced:
            head = head.replace(old, new)
        await self.to_client(head)

    async def to_server(self, piece):
        while self.proxy.weather.name == "half-open":
            await asyncio.sleep(0.05)
        self.server_out.write(piece)
        await self.server_out.drain()

    async def to_client(self, piece):
        weather = self.proxy.weather
        if weather.strikes("swallow"):
            return
        while self.proxy.weather.name == "half-open":
            await asyncio.sleep(0.05)
        if weather.strikes("delay"):
            await asyncio.sleep(weather.amount / 1000)
        if weather.name == "rate":
            await self.drip(piece, weather)
            return
        if weather.name in ("reset-after", "end-after") and weather.met < weather.times:
            room = weather.amount - self.answered_bytes
            if len(piece) > room:
                weather.met += 1
                self.client_out.write(piece[:max(room, 0)])
                await self.client_out.drain()
                if weather.name == "reset-after":
                    # What was sent is to arrive before the reset overtakes it.
                    await asyncio.sleep(0.05)
                    self.reset()
                raise Gone
        self.answered_bytes += len(piece)
        self.client_out.write(piece)
        await self.client_out.drain()

    async def drip(self, piece, weather):
        """At most a tenth of a second's bytes at a time, as long as the weather lasts."""
        step = max(1, weather.amount // 10)
        for begin in range(0, len(piece), step):
            part = piece[begin:begin + step]
            if self.proxy.weather is weather:
                weather.met += 1
                await asyncio.sleep(len(part) / weather.amount)
            self.client_out.write(part)
            await self.client_out.drain()


class Proxy:
    """Takes connections, and commands about them."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.target = ("127.0.0.1", 1)
        self.replaced = []
        self.omitted = b"nothing:"
        self.weather = Weather()
        self.connections = set()

    async def connect(self, client_in, client_out):
        connection = Connection(self, client_in, client_out)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def change(self, weather):
        for held in self.weather.held.values():
            held.released.set()
        self.weather = weather
        if weather.name == "refuse":
            for connection in list(self.connections):
                connection.reset()

    async def obey(self, words):
        name, values = words[0], words[1:]
        if name == "to":
            host, _, port = values[0].rpartition(":")
            self.target = (host, int(port))
        elif name == "replace":
            self.replaced.append((values[0].encode(), values[1].encode()))
        elif name == "omit":
            self.omitted = values[0].encode() + b":"
        elif name == "hold-too":
            self.weather.held[int(values[0])] = Held()
        elif name == "release":
            for key, held in self.weather.held.items():
                if values and key != int(values[0]):
                    continue
                held.released.set()
                if held.met:
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(held.answered.wait(), HELD_SECONDS_MAX)
        elif name == "met":
            wanted = int(values[0]) if values else 0
            for _ in range(MET_SECONDS_MAX * 20):
                if self.weather.met >= wanted:
                    break
                await asyncio.sleep(0.05)
            return str(self.weather.met)
        elif name in ("clear", "refuse", "half-open", "delay", "rate", "swallow", "reset-after",
                      "end-after", "hold", "cut-answer", "drop-answer", "answer"):
            amount = int(values[0]) if values else 0
            self.change(Weather(name, amount, int(values[1]) if len(values) > 1 else FOR_EVER))
        else:
            return f"unknown command: {name}"
        return "ok"

    async def listen_to_commands(self, commands, answers):
        while line := await commands.readline():
            answer = await self.obey(line.decode().split())
            answers.write(answer.encode() + b"\n")
            await answers.drain()
        answers.close()


async def main():
    protocol, port, control_port = sys.argv[1:]
    proxy = Proxy(protocol)
    control = await asyncio.start_server(proxy.listen_to_commands, "127.0.0.1", int(control_port))
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", int(port),
                                        limit=HEAD_BYTES_MAX)
    async with control, server:
        await asyncio.gather(control.serve_forever(), server.serve_forever())


if __name__ == "__main__":
    asyncio.run(main())
