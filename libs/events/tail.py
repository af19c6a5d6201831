"""What the log says of some few things, held in memory: folded from its beginning, then followed.

No group and no checkpoint: for what is small enough that every start reads all of it. What is in
memory is never older than the start, and a few milliseconds behind the log.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from libs.events.codec import decode_event
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster, end_offsets
from libs.events.sources import Source
from libs.telemetry import Progress

log = logging.getLogger(__name__)

CATCHING_UP_SECONDS = 0.1
IDLE_SECONDS = 1.0


class Tail:
    """Folds every event of some partitions. ``fold`` sees each once, in its partition's order."""

    def __init__(
        self,
        name: str,
        sources: Sequence[Source],
        fold: Callable[[Recorded[object]], None],
        *,
        cluster: Cluster,
        progress: Progress,
    ) -> None:
        self._name = name
        self._next = dict.fromkeys(sources, 0)
        self._fold = fold
        self._cluster = cluster
        self._progress = progress
        self._standing = asyncio.Event()
        progress.expect(name)

    async def standing(self) -> None:
        """Wait until everything is folded that was in the log when it began."""
        await self._standing.wait()

    async def run(self) -> None:
        """Follow the log until cancelled; go on where it was when Kafka fails.

        Raises UnknownType for an event that this program does not know.
        """
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("the tail of %s begins again: %r", self._name, error)
            await asyncio.sleep(0.5)

    async def _follow(self) -> None:
        partitions = {self._cluster.partition(*source): source for source in self._next}
        ends = await end_offsets(self._cluster, partitions, "read_committed")
        async with self._cluster.consumer(fetch_max_wait_ms=100) as kafka:
            kafka.assign(list(partitions))
            for tp, source in partitions.items():
                kafka.seek(tp, self._next[source])
            while True:
                self._progress.beat(self._name)
                if not self._standing.is_set() and await _passed(kafka, ends):
                    self._progress.ready(self._name)
                    self._standing.set()
                seconds = IDLE_SECONDS if self._standing.is_set() else CATCHING_UP_SECONDS
                batches = await kafka.getmany(timeout_ms=int(seconds * 1000))
                for tp, records in batches.items():
                    source = partitions[tp]
                    for record in records:
                        self._fold(decode_event(record, source.topic))
                        self._next[source] = record.offset + 1


async def _passed(kafka: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    for tp, end in ends.items():
        if await kafka.position(tp) < end:
            return False
    return True
