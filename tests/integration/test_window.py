"""The window on the log's end: each reader gets each record once, in order, at its own pace."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer

from libs.events.ids import new_id
from libs.events.kafka import Cluster
from libs.events.sources import Source, sources_of
from libs.events.window import Reader, Window
from libs.settings import Settings
from tests.support.counter import Counted
from tests.support.lanes import Bench
from tests.support.reading import writer

pytestmark = pytest.mark.integration


class Counting(Cluster):
    """Says how many consumers were opened."""

    opened = 0

    @asynccontextmanager
    async def consumer(self, **options: object) -> AsyncIterator[AIOKafkaConsumer]:
        self.opened += 1
        async with super().consumer(**options) as consumer:  # type: ignore[arg-type]
            yield consumer


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


@contextlib.asynccontextmanager
async def window_on(cluster: Cluster, lanes: int, most_bytes: int) -> AsyncIterator[Window]:
    window = Window(cluster, most_bytes)
    window.include(sources_of(["tickets.events"], lanes))
    task = asyncio.create_task(window.run())
    await window.standing()
    try:
        yield window
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Seen:
    """What one reader has read, by partition."""

    def __init__(self) -> None:
        self.offsets: dict[Source, list[int]] = {}

    @property
    def count(self) -> int:
        return sum(map(len, self.offsets.values()))

    async def read(self, reader: Reader, until: int, most: int, rest: float) -> None:
        async with asyncio.timeout(30):
            while self.count < until:
                batches = await reader.poll(0.2, most)
                assert sum(map(len, batches.values())) <= most
                for source, records in batches.items():
                    self.offsets.setdefault(source, []).extend(r.offset for r in records)
                await asyncio.sleep(rest)


async def test_readers_at_the_end_share_one_consumer(bench: Bench) -> None:
    cluster = Counting(bench.settings)
    lanes = bench.ledger.lanes
    async with writer(bench) as log, window_on(cluster, lanes, 1_000_000) as window:
        start = window.ends(sources_of(["tickets.events"], lanes))
        opened = cluster.opened
        # given three readers that stand where the log ends
        seen = [Seen() for _ in range(3)]
        async with contextlib.AsyncExitStack() as stack:
            readers = [await stack.enter_async_context(window.reader(start)) for _ in seen]
            # when events come
            await log.append_all([(new_id("x"), Counted(1, n)) for n in range(300)])
            await asyncio.gather(
                *(one.read(reader, 300, 50, 0) for one, reader in zip(seen, readers, strict=True))
            )
        # then each has them all, and nobody but the window has asked Kafka
        assert all(one.offsets == seen[0].offsets for one in seen)
        assert cluster.opened == opened


async def test_a_slow_reader_falls_out_reads_alone_and_comes_back(bench: Bench) -> None:
    cluster = Counting(bench.settings)
    lanes = bench.ledger.lanes
    # given a window so small that it holds some twenty events
    async with writer(bench) as log, window_on(cluster, lanes, 4_000) as window:
        start = window.ends(sources_of(["tickets.events"], lanes))
        quick, slow = Seen(), Seen()
        async with window.reader(start) as first, window.reader(start) as second:
            reading = asyncio.gather(
                quick.read(first, 600, 100, 0), slow.read(second, 600, 3, 0.001)
            )
            # when events come faster than one of two readers takes them
            for n in range(20):
                await log.append_all([(new_id("x"), Counted(1, n)) for _ in range(30)])
                await asyncio.sleep(0.06)
            await reading
            opened = cluster.opened
            # then both have each of them once, in order
            assert quick.offsets == slow.offsets
            assert all(offsets == sorted(set(offsets)) for offsets in slow.offsets.values())
            # and at the end both are in the window again
            await asyncio.gather(first.poll(0.5), second.poll(0.5))
            await log.append(new_id("x"), Counted(1, 0))
            await asyncio.gather(quick.read(first, 601, 9, 0), slow.read(second, 601, 9, 0))
            assert cluster.opened == opened
    assert quick.offsets == slow.offsets


async def test_a_reader_from_the_beginning_arrives_in_the_window(bench: Bench) -> None:
    cluster = Counting(bench.settings)
    lanes = bench.ledger.lanes
    async with writer(bench) as log:
        await log.append_all([(new_id("x"), Counted(1, n)) for n in range(100)])
        async with window_on(cluster, lanes, 1_000_000) as window:
            seen = Seen()
            start = dict.fromkeys(sources_of(["tickets.events"], lanes), 0)
            async with window.reader(start) as reader:
                # when it has read what lay before the window, and more comes
                await seen.read(reader, 100, 30, 0)
                opened = cluster.opened
                await log.append_all([(new_id("x"), Counted(1, n)) for n in range(50)])
                await seen.read(reader, 150, 30, 0)
                # then it went over without a gap and without another consumer
                assert cluster.opened == opened
            assert sum(map(len, seen.offsets.values())) == 150
            assert all(o == list(range(len(o))) for o in seen.offsets.values())
