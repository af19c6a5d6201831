"""The end of the log in memory, for every reader of one process.

One consumer fetches each record once. A reader that stands within the window takes records from
it, at its own pace; one that is further behind reads by a consumer of its own until it gets there.
So no reader waits for another, and what a record costs to fetch does not grow with its readers.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from libs.events.codec import KafkaRecord
from libs.events.kafka import Cluster, Pace, end_offsets
from libs.events.sources import Offsets, Source

log = logging.getLogger(__name__)

Batches = Mapping[Source, Sequence[KafkaRecord]]

MOST_BYTES = 16 * 1024 * 1024
MOST_IN_A_POLL = 500
# Nobody who reads here is waited for by the millisecond.
PACE_SECONDS = 0.05
WAIT_SECONDS = 1.0


@dataclass
class Stretch:
    """What the window holds of one partition: its records in [start, end), oldest batch first."""

    start: int
    end: int
    batches: deque[Sequence[KafkaRecord]] = field(default_factory=deque)

    def since(self, offset: int) -> list[KafkaRecord]:
        """Its records from an offset on."""
        found: list[Sequence[KafkaRecord]] = []
        for batch in reversed(self.batches):
            if batch[-1].offset < offset:
                break
            found.append(batch)
        return [record for batch in reversed(found) for record in batch if record.offset >= offset]

    def forget_oldest(self) -> int:
        """Give the oldest batch up; says how many bytes that was."""
        oldest = self.batches.popleft()
        self.start = oldest[-1].offset + 1
        return _bytes(oldest)


class Window:
    """The window of one process. Whoever will read says what (``include``) before it runs."""

    def __init__(self, cluster: Cluster, most_bytes: int = MOST_BYTES) -> None:
        self._cluster = cluster
        self._most_bytes = most_bytes
        self._sources: set[Source] = set()
        self._stretches: dict[Source, Stretch] = {}
        self._arrivals: deque[Source] = deque()
        self._bytes = 0
        self._standing = asyncio.Event()
        self._news = asyncio.Event()

    def include(self, sources: Iterable[Source]) -> None:
        """Follow these partitions, too."""
        self._sources.update(sources)

    async def standing(self) -> None:
        """Wait until it stands at the log's end: who starts reading now may need nothing else."""
        await self._standing.wait()

    async def run(self) -> None:
        """Follow the log's end until cancelled; begin again, empty, when Kafka fails."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("the window on the log's end begins again: %r", error)
            self._standing.clear()
            self._stretches.clear()
            self._arrivals.clear()
            self._bytes = 0
            await asyncio.sleep(0.5)

    @asynccontextmanager
    async def reader(self, start: Offsets) -> AsyncIterator["Reader"]:
        """Reads these partitions from these offsets on. Raises KafkaError from polls."""
        async with AsyncExitStack() as stack:
            yield Reader(self, self._cluster, start, stack)

    def covers(self, offsets: Offsets) -> bool:
        """Whether everything from these offsets on is here, or will come."""
        return all(
            source in self._stretches and self._stretches[source].start <= offset
            for source, offset in offsets.items()
        )

    def ends(self, sources: Iterable[Source]) -> dict[Source, int]:
        """How far it has read these."""
        return {source: self._stretches[source].end for source in sources}

    def since(self, source: Source, offset: int) -> list[KafkaRecord]:
        """What it holds of a partition from an offset on."""
        return self._stretches[source].since(offset)

    async def news(self, seconds: float) -> None:
        """Wait until something comes, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _follow(self) -> None:
        partitions = {self._cluster.partition(*source): source for source in self._sources}
        ends = await end_offsets(self._cluster, partitions, "read_committed")
        async with self._cluster.consumer() as kafka:
            kafka.assign(list(partitions))
            for tp, end in ends.items():
                kafka.seek(tp, end)
                self._stretches[partitions[tp]] = Stretch(end, end)
            self._standing.set()
            pace = Pace(PACE_SECONDS)
            while True:
                await pace.rest()
                batches = await kafka.getmany(
                    timeout_ms=math.ceil(WAIT_SECONDS * 1000), max_records=MOST_IN_A_POLL
                )
                pace.polled(batches, MOST_IN_A_POLL)
                for tp, records in batches.items():
                    self._add(partitions[tp], records)
                for tp, source in partitions.items():
                    self._stretches[source].end = await kafka.position(tp)
                self._forget()
                news, self._news = self._news, asyncio.Event()
                news.set()

    def _add(self, source: Source, records: Sequence[KafkaRecord]) -> None:
        self._stretches[source].batches.append(records)
        self._arrivals.append(source)
        self._bytes += _bytes(records)

    def _forget(self) -> None:
        while self._bytes > self._most_bytes:
            self._bytes -= self._stretches[self._arrivals.popleft()].forget_oldest()


class Reader:
    """One reader of some partitions. next: the next offset of each, past transactions' markers."""

    def __init__(
        self, window: Window, cluster: Cluster, start: Offsets, stack: AsyncExitStack
    ) -> None:
        self.next = dict(start)
        self._turns = deque(start)
        self._window = window
        self._cluster = cluster
        self._stack = stack
        self._alone: AIOKafkaConsumer | None = None
        self._pace = Pace(PACE_SECONDS)

    async def poll(self, seconds: float, most: int = MOST_IN_A_POLL) -> Batches:
        """Wait so long for records, and return at most so many."""
        if self._window.covers(self.next):
            if self._alone is not None:
                self._alone = None
                await self._stack.aclose()
            return await self._from_window(seconds, most)
        if self._alone is None:
            self._alone = await self._consumer()
        return await self._by_itself(self._alone, seconds, most)

    async def _from_window(self, seconds: float, most: int) -> Batches:
        batches = self._take(most)
        if not batches:
            await self._window.news(seconds)
            batches = self._take(most) if self._window.covers(self.next) else {}
        return batches

    def _take(self, most: int) -> Batches:
        """From each partition in turn what is new, so that a busy one keeps none back for ever."""
        self._turns.rotate(-1)
        batches: dict[Source, Sequence[KafkaRecord]] = {}
        for source, end in self._window.ends(self._turns).items():
            if end <= self.next[source]:
                continue
            records = self._window.since(source, self.next[source])
            taken = records[:most]
            if taken:
                batches[source] = taken
                most -= len(taken)
            if len(taken) == len(records):
                self.next[source] = end
            elif taken:
                self.next[source] = taken[-1].offset + 1
        return batches

    async def _by_itself(self, kafka: AIOKafkaConsumer, seconds: float, most: int) -> Batches:
        await self._pace.rest(at_most=seconds)
        fetched = await kafka.getmany(timeout_ms=math.ceil(seconds * 1000), max_records=most)
        self._pace.polled(fetched, most)
        partitions = {self._cluster.partition(*source): source for source in self.next}
        for tp, source in partitions.items():
            self.next[source] = await kafka.position(tp)
        return {partitions[tp]: records for tp, records in fetched.items()}

    async def _consumer(self) -> AIOKafkaConsumer:
        kafka = await self._stack.enter_async_context(self._cluster.consumer())
        partitions = {self._cluster.partition(*source): source for source in self.next}
        kafka.assign(list(partitions))
        for tp, source in partitions.items():
            kafka.seek(tp, self.next[source])
        return kafka


def _bytes(records: Sequence[KafkaRecord]) -> int:
    return sum(len(record.value or b"") for record in records)
