"""Streams that are told of tickets: how soon, for how much memory, and what a read takes meanwhile.

Once every stream follows a share of the tickets, as teams do, and once all follow the same list, so
that each change goes to all of them: more than any desk asks, and as much as one process can send.
The time runs from before the command is sent until each reader has its bytes. The readers run on
the same machine, in a process of their own, so that whoever reads a page waits for the gateway and
not for them.
"""

import asyncio
import contextlib
import multiprocessing
import re
import resource
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import NamedTuple

import httpx
import uvloop

from bench.frame import Aim, Chapter, Figure, at_most, at_most_times, percentile
from bench.stack import process, running
from bench.tickets import agent_token, open_tickets
from libs.settings import Settings

STREAMS, CHANGES = 5_000, 60
# How many streams are opened at a time, and how often (s) something changes and is read.
AT_ONCE = 40
EVERY_SECONDS = 0.5
READS_A_CHANGE = 10
_ROW = re.compile(rb'"ticket_id":"([^"]+)"[^}]*"sequence":(\d+)')

Step = tuple[str, int]


class Audience(NamedTuple):
    """Who follows what. lists: among how many lists the streams are shared out, each with a ticket
    of its own; at_once: of how many of these tickets something changes at a time."""

    name: str
    lists: int
    at_once: int
    aims: Sequence[Aim]


AUDIENCES = (
    Audience("100 lists", 100, 10, [at_most_times(2)]),
    Audience("one list", 1, 1, []),
)


def chapter(quick: bool) -> Chapter:
    streams, changes = (1_000, 10) if quick else (STREAMS, CHANGES)
    with running() as settings:
        figures = uvloop.run(measure(settings, streams, changes))
    return Chapter(
        "(p) Streams",
        figures,
        f"{streams:,} streams of one process. 100 lists: each is told of the tickets with one of "
        f"100 tags, of which 10 change each {EVERY_SECONDS} s; one list: all are told of one "
        f"ticket that changes as often; {changes} times each. Reads of a page, one at a time, with "
        "the streams and without.",
    )


class Reader:
    """One stream: what came, and when."""

    def __init__(self) -> None:
        self.heard: dict[Step, float] = {}
        self.stands = asyncio.Event()

    async def follow(self, settings: Settings, token: str, tag: str) -> None:
        """Read until cancelled."""
        source, sink = await asyncio.open_connection("127.0.0.1", settings.http_port)
        path = f"/v1/stream?tag={tag}"
        head = f"GET {path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\n\r\n"
        sink.write(head.encode())
        try:
            while part := await source.read(65_536):
                now = time.perf_counter()
                self.stands.set()
                for ticket, sequence in _ROW.findall(part):
                    self.heard[ticket.decode(), int(sequence)] = now
        finally:
            sink.close()


async def measure(settings: Settings, count: int, changes: int) -> list[Figure]:
    token = agent_token(settings)
    tickets = await open_tickets(settings, max(each.lists for each in AUDIENCES))
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=60,
    ) as client:
        figures = []
        for audience in AUDIENCES:
            concerned = tickets[: audience.lists]
            for place, ticket in enumerate(concerned):
                tags = {"add": [_tag(audience, place)]}
                (await client.post(f"/v1/tickets/{ticket}/tags", json=tags)).raise_for_status()
            _, before = await changing(client, concerned, audience.at_once, changes)
            gateway = process("gateway")
            bare = gateway.memory_info().rss
            async with following(settings, token, audience, count) as readers:
                each = (gateway.memory_info().rss - bare) / count
                sent, during = await changing(client, concerned, audience.at_once, changes)
                await asyncio.sleep(5)
                heard = await readers.heard()
            figures += _figures(audience, sent, heard, before, during)
            if audience is AUDIENCES[0]:  # later ones get what earlier ones have left
                figures.append(Figure("memory of the gateway a stream", each / 1024, "KiB"))
    return figures


def _figures(
    audience: Audience,
    sent: Mapping[Step, float],
    heard: Sequence[Mapping[Step, float]],
    before: Sequence[float],
    during: Sequence[float],
) -> list[Figure]:
    delays = sorted(at - sent[step] for one in heard for step, at in one.items() if step in sent)
    missing = len(sent) * len(heard) // audience.lists - len(delays)
    late = "from a command to a stream"
    return [
        Figure(f"{audience.name}: {late}, p50", percentile(delays, 50) * 1e3, "ms"),
        Figure(
            f"{audience.name}: {late}, p99",
            percentile(delays, 99) * 1e3,
            "ms",
            aims=[at_most(1_000)],
        ),
        Figure(f"{audience.name}: not told", missing, "events", aims=[at_most(0)]),
        *(
            Figure(
                f"{audience.name}: a page beside it, p{percent}",
                percentile(during, percent) * 1e3,
                "ms",
                "without streams",
                percentile(before, percent) * 1e3,
                aims,
            )
            for percent, aims in ((50, audience.aims), (99, ()))
        ),
    ]


def _tag(audience: Audience, place: int) -> str:
    return f"of-{audience.lists}-{place % audience.lists}"


class Readers:
    """The process that reads the streams."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def heard(self) -> Sequence[Mapping[Step, float]]:
        """When each of them heard of each step. They hear no more."""
        self._pipe.send("enough")
        heard: Sequence[Mapping[Step, float]] = await asyncio.to_thread(self._pipe.recv)
        return heard


@contextlib.asynccontextmanager
async def following(
    settings: Settings, token: str, audience: Audience, count: int
) -> AsyncIterator[Readers]:
    """So many streams, each of which has been answered, while the block runs."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    reading = spawn.Process(
        target=_read, args=(settings, token, audience, count, theirs), daemon=True
    )
    reading.start()
    try:
        if not await asyncio.to_thread(ours.poll, 300):
            raise TimeoutError("the streams were not all answered")
        ours.recv()
        yield Readers(ours)
    finally:
        reading.terminate()
        reading.join()


def _read(settings: Settings, token: str, audience: Audience, count: int, pipe: Connection) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_read_together(settings, token, audience, count, pipe))


async def _read_together(
    settings: Settings, token: str, audience: Audience, count: int, pipe: Connection
) -> None:
    readers = [Reader() for _ in range(count)]
    async with asyncio.TaskGroup() as reading:
        tasks = []
        for start in range(0, count, AT_ONCE):
            some = readers[start : start + AT_ONCE]
            tasks += [
                reading.create_task(reader.follow(settings, token, _tag(audience, start + place)))
                for place, reader in enumerate(some)
            ]
            async with asyncio.timeout(30):
                await asyncio.gather(*(reader.stands.wait() for reader in some))
        pipe.send("open")
        await asyncio.to_thread(pipe.recv)
        for task in tasks:
            task.cancel()
    pipe.send([reader.heard for reader in readers])


async def changing(
    client: httpx.AsyncClient, tickets: Sequence[str], at_once: int, changes: int
) -> tuple[dict[Step, float], list[float]]:
    """When each change was sent, by its step, and the seconds of reads meanwhile, ascending."""
    sent: dict[Step, float] = {}
    reads: list[float] = []

    async def change(ticket: str, agent_id: str) -> None:
        began = time.perf_counter()
        done = await client.post(f"/v1/tickets/{ticket}/assignment", json={"agent_id": agent_id})
        sent[ticket, done.raise_for_status().json()["sequence"]] = began

    for number in range(changes):
        began = time.perf_counter()
        places = range(number * at_once, (number + 1) * at_once)
        some = [tickets[place % len(tickets)] for place in places]
        agent_id = f"agent-{number % 7}-{time.time_ns() % 997}"
        await asyncio.gather(*(change(ticket, agent_id) for ticket in some))
        for _ in range(READS_A_CHANGE):
            asked = time.perf_counter()
            (await client.get(f"/v1/tickets/{tickets[0]}")).raise_for_status()
            reads.append(time.perf_counter() - asked)
        await asyncio.sleep(max(0.0, began + EVERY_SECONDS - time.perf_counter()))
    return sent, sorted(reads)
