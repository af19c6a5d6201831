"""Streams that are all told of the same ticket: how soon, for how much memory, and what a read
takes meanwhile.

Every stream follows the list of all tickets, so each change goes to all of them: more than any desk
asks. The time runs from before the command is sent until each reader has its bytes; the readers run
on the same machine, in a process of their own, so that whoever reads a page waits for the gateway
and not for them.
"""

import asyncio
import contextlib
import multiprocessing
import re
import resource
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from multiprocessing.connection import Connection

import httpx
import uvloop

from bench.frame import Chapter, Figure, at_most, at_most_times, percentile
from bench.stack import process, running
from bench.tickets import agent_token, open_tickets
from libs.settings import Settings

STREAMS, CHANGES = 5_000, 60
# How many streams are opened at a time, and how often (s) something changes and is read.
AT_ONCE = 40
EVERY_SECONDS = 0.5
READS_A_CHANGE = 10
_SEQUENCE = re.compile(rb'"sequence":(\d+)')


def chapter(quick: bool) -> Chapter:
    streams, changes = (1_000, 10) if quick else (STREAMS, CHANGES)
    with running() as settings:
        figures = uvloop.run(measure(settings, streams, changes))
    return Chapter(
        "(p) Streams",
        figures,
        f"{streams:,} streams of one process, all told of each of {changes} changes, one each "
        f"{EVERY_SECONDS} s; reads of a ticket's page, one at a time, with them and without.",
    )


class Reader:
    """One stream: what came, and when."""

    def __init__(self) -> None:
        self.heard: dict[int, float] = {}
        self.stands = asyncio.Event()

    async def follow(self, settings: Settings, token: str) -> None:
        """Read until cancelled."""
        source, sink = await asyncio.open_connection("127.0.0.1", settings.http_port)
        head = f"GET /v1/stream HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\n\r\n"
        sink.write(head.encode())
        try:
            while part := await source.read(65_536):
                now = time.perf_counter()
                self.stands.set()
                for found in _SEQUENCE.finditer(part):
                    self.heard[int(found[1])] = now
        finally:
            sink.close()


async def measure(settings: Settings, count: int, changes: int) -> list[Figure]:
    token = agent_token(settings)
    [ticket] = await open_tickets(settings, 1)
    gateway = process("gateway")
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=60,
    ) as client:
        _, before = await changing(client, ticket, changes)
        bare = gateway.memory_info().rss
        async with following(settings, token, count) as readers:
            each = (gateway.memory_info().rss - bare) / count
            sent, during = await changing(client, ticket, changes)
            await asyncio.sleep(5)
            heard = await readers.heard()
    delays = sorted(
        one[sequence] - began
        for sequence, began in sent.items()
        for one in heard
        if sequence in one
    )
    missing = len(sent) * count - len(delays)
    return [
        Figure("from a command to a stream, p50", percentile(delays, 50) * 1e3, "ms"),
        Figure(
            "from a command to a stream, p99",
            percentile(delays, 99) * 1e3,
            "ms",
            aims=[at_most(1_000)],
        ),
        Figure("not told", missing, "events", aims=[at_most(0)]),
        Figure("memory of the gateway a stream", each / 1024, "KiB"),
        *(
            Figure(
                f"a page beside the streams, p{percent}",
                percentile(during, percent) * 1e3,
                "ms",
                "without streams",
                percentile(before, percent) * 1e3,
                aims,
            )
            for percent, aims in ((50, [at_most_times(2)]), (99, []))
        ),
    ]


class Readers:
    """The process that reads the streams."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def heard(self) -> Sequence[Mapping[int, float]]:
        """By sequence, when each of them heard of it. They hear no more."""
        self._pipe.send("enough")
        heard: Sequence[Mapping[int, float]] = await asyncio.to_thread(self._pipe.recv)
        return heard


@contextlib.asynccontextmanager
async def following(settings: Settings, token: str, count: int) -> AsyncIterator[Readers]:
    """So many streams, each of which has been answered, while the block runs."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    reading = spawn.Process(target=_read, args=(settings, token, count, theirs), daemon=True)
    reading.start()
    try:
        if not await asyncio.to_thread(ours.poll, 300):
            raise TimeoutError("the streams were not all answered")
        ours.recv()
        yield Readers(ours)
    finally:
        reading.terminate()
        reading.join()


def _read(settings: Settings, token: str, count: int, pipe: Connection) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_read_together(settings, token, count, pipe))


async def _read_together(settings: Settings, token: str, count: int, pipe: Connection) -> None:
    readers = [Reader() for _ in range(count)]
    async with asyncio.TaskGroup() as reading:
        tasks = []
        for start in range(0, count, AT_ONCE):
            some = readers[start : start + AT_ONCE]
            tasks += [reading.create_task(reader.follow(settings, token)) for reader in some]
            async with asyncio.timeout(30):
                await asyncio.gather(*(reader.stands.wait() for reader in some))
        pipe.send("open")
        await asyncio.to_thread(pipe.recv)
        for task in tasks:
            task.cancel()
    pipe.send([reader.heard for reader in readers])


async def changing(
    client: httpx.AsyncClient, ticket: str, changes: int
) -> tuple[dict[int, float], list[float]]:
    """When each change was sent, by its sequence, and the seconds of reads meanwhile, ascending."""
    sent: dict[int, float] = {}
    reads: list[float] = []
    for number in range(changes):
        began = time.perf_counter()
        body = {"agent_id": f"agent-{number % 7}-{time.time_ns() % 997}"}
        done = await client.post(f"/v1/tickets/{ticket}/assignment", json=body)
        done.raise_for_status()
        sent[done.json()["sequence"]] = began
        for _ in range(READS_A_CHANGE):
            asked = time.perf_counter()
            (await client.get(f"/v1/tickets/{ticket}")).raise_for_status()
            reads.append(time.perf_counter() - asked)
        await asyncio.sleep(max(0.0, began + EVERY_SECONDS - time.perf_counter()))
    return sent, sorted(reads)
