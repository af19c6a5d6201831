"""Streams that are all told of the same ticket: how soon, for how much memory, and what a read
takes meanwhile.

Every stream follows the list of all tickets, so each change goes to all of them: more than any desk
asks. The time runs from before the command is sent until each reader has its bytes; the readers run
on the same machine.
"""

import asyncio
import re
import resource
import time
from collections.abc import Sequence

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
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
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
        readers, tasks = await opened(settings, token, count)
        each = (gateway.memory_info().rss - bare) / count
        sent, during = await changing(client, ticket, changes)
        await asyncio.sleep(5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    delays = sorted(
        reader.heard[sequence] - began
        for sequence, began in sent.items()
        for reader in readers
        if sequence in reader.heard
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


async def opened(
    settings: Settings, token: str, count: int
) -> tuple[Sequence[Reader], Sequence[asyncio.Task[None]]]:
    """So many streams, each of which has been answered."""
    readers = [Reader() for _ in range(count)]
    tasks = []
    for start in range(0, count, AT_ONCE):
        some = readers[start : start + AT_ONCE]
        tasks += [asyncio.create_task(reader.follow(settings, token)) for reader in some]
        async with asyncio.timeout(30):
            await asyncio.gather(*(reader.stands.wait() for reader in some))
    return readers, tasks


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
