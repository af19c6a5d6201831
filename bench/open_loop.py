"""An open loop of HTTP requests: each goes out when it is due, whether or not answers have come.

Latency counts from the instant at which a request was due, so a server that stalls cannot hide it
by being asked less. The generator is a process of its own on bare asyncio, since it shares the
machine with what it measures; it tells what it cost itself.
"""

import asyncio
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import httptools
import uvloop

PATIENCE_SECONDS = 30.0
IDLE_SECONDS = 3.0


@dataclass
class Answers:
    """What came back. latencies: seconds, ascending, of the requests that were answered 200 after
    the warm-up; late: seconds by which requests went out too late, ascending; cpu_seconds: of the
    generator, for all ``asked``."""

    asked: int
    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    cpu_seconds: float = 0.0


def generate(port: int, requests: Sequence[bytes], rate: float, warm_up: int) -> Answers:
    """Send these raw requests at a steady rate (1/s) to 127.0.0.1, from a process of its own.

    warm_up: how many of them do not count. Raises TimeoutError when answers stay away.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(_generate, port, requests, rate, warm_up).result()


def post(path: str, token: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str, token: str) -> bytes:
    """The same for reading."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open = True
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server hung up"))

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        """The status of the answer, to come."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Pool:
    """As many connections as there are requests under way, used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[float, Connection]] = []  # since when

    async def ask(self, request: bytes) -> int:
        while self._idle:
            since, connection = self._idle.pop()
            # The server hangs up on those that were idle for some seconds, and may be about to.
            if connection.open and time.perf_counter() - since < IDLE_SECONDS:
                break
            connection.close()
        else:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        status = await connection.ask(request)
        self._idle.append((time.perf_counter(), connection))
        return status


def _generate(port: int, requests: Sequence[bytes], rate: float, warm_up: int) -> Answers:
    gc.disable()
    return uvloop.run(_send_all(port, requests, rate, warm_up))


async def _send_all(port: int, requests: Sequence[bytes], rate: float, warm_up: int) -> Answers:
    answers = Answers(len(requests))
    pool = Pool(port)
    cpu = time.process_time()

    async def send(number: int, due: float) -> None:
        late = time.perf_counter() - due
        status = await pool.ask(requests[number])
        if number >= warm_up:
            answers.statuses[status] += 1
            answers.late.append(late)
            if status == 200:
                answers.latencies.append(time.perf_counter() - due)

    start = time.perf_counter() + 0.1
    async with (
        asyncio.timeout(len(requests) / rate + PATIENCE_SECONDS),
        asyncio.TaskGroup() as group,
    ):
        for number in range(len(requests)):
            due = start + number / rate
            pause = due - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            group.create_task(send(number, due))
    answers.cpu_seconds = time.process_time() - cpu
    answers.latencies.sort()
    answers.late.sort()
    return answers
