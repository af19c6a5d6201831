"""The desk's setup as this process knows it: folded from the log, and followed as it goes on.

No group and no checkpoint: a desk has a few hundred events in one partition, so every start reads
them all, and what is in memory is never older than the start.
"""

import asyncio
import logging

from aiokafka.errors import KafkaError

from libs.events import topics
from libs.events.codec import decode_event
from libs.events.envelope import Recorded
from libs.events.ids import partition_of
from libs.events.kafka import Cluster, Ledger, end_offsets
from libs.events.published.setup import DESK_ID, Setup
from libs.telemetry import Progress
from services.intake.setup import DESK

log = logging.getLogger(__name__)

NAME = "setup"


class SetupTail:
    """Follows the desk. Decisions ask it for the present snapshot (``current``)."""

    def __init__(self, cluster: Cluster, ledger: Ledger, progress: Progress) -> None:
        self._cluster = cluster
        self._topic = topics.events(DESK.name)
        self._tp = cluster.partition(self._topic, partition_of(DESK_ID, ledger.lanes))
        self._desk = DESK.state()
        self._next = 0
        self._progress = progress
        self._standing = asyncio.Event()
        progress.expect(NAME)

    def current(self) -> Setup:
        """What the desk has set up, as far as it was read."""
        return self._desk.setup

    async def standing(self) -> None:
        """Wait until everything is read that was in the log when it began."""
        await self._standing.wait()

    async def run(self) -> None:
        """Follow the log until cancelled; go on where it was when Kafka fails.

        Raises UnknownType for an event that this program does not know.
        """
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("the tail of the desk's setup begins again: %r", error)
            await asyncio.sleep(0.5)

    def _fold(self, recorded: Recorded[object]) -> None:
        """An event comes again where Kafka failed before its place was noted."""
        if recorded.sequence > self.current().version:
            self._desk = DESK.evolve(self._desk, recorded)

    async def _follow(self) -> None:
        end = (await end_offsets(self._cluster, [self._tp], "read_committed"))[self._tp]
        async with self._cluster.consumer() as consumer:
            consumer.assign([self._tp])
            consumer.seek(self._tp, self._next)
            while True:
                self._progress.beat(NAME)
                if self._next >= end and not self._standing.is_set():
                    log.info("the desk's setup stands at version %d", self.current().version)
                    self._progress.ready(NAME)
                    self._standing.set()
                wait_ms = 1_000 if self._standing.is_set() else 100
                for records in (await consumer.getmany(timeout_ms=wait_ms)).values():
                    for record in records:
                        if record.key == DESK_ID.encode():
                            self._fold(decode_event(record, self._topic))
                self._next = await consumer.position(self._tp)
