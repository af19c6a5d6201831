"""The senders of whom the desk thinks something, as this process knows them: folded from the log.

Like the tail of the desk's setup: no group, no checkpoint. Most senders are in no event, so all
who are fit into memory; what is here is never older than the start.
"""

import asyncio
import logging
from datetime import datetime

from aiokafka.errors import KafkaError

from libs.events import topics
from libs.events.codec import decode_event
from libs.events.kafka import Cluster, Ledger, end_offsets
from libs.events.published.conversations import Standing
from libs.events.published.senders import sender_id
from libs.telemetry import Progress
from services.intake.senders import SENDER, SenderState
from services.intake.senders.sender import standing

log = logging.getLogger(__name__)

NAME = "senders"


class KnownSenders:
    """Follows the senders. Reception asks it for each message (``standing``)."""

    def __init__(self, cluster: Cluster, ledger: Ledger, progress: Progress) -> None:
        self._cluster = cluster
        self._topic = topics.events(SENDER.name)
        self._next = {cluster.partition(self._topic, n): 0 for n in range(ledger.lanes)}
        self._senders: dict[str, SenderState] = {}
        self._progress = progress
        self._read = asyncio.Event()
        progress.expect(NAME)

    def standing(self, address_ids: tuple[str, ...], at: datetime) -> Standing:
        """What a message from these (an address, its domain) meets at an instant."""
        known = (self._senders.get(sender_id(id)) for id in address_ids)
        return standing((state for state in known if state is not None), at)

    async def ready(self) -> None:
        """Wait until everything is read that was in the log when it began."""
        await self._read.wait()

    async def run(self) -> None:
        """Follow the log until cancelled; go on where it was when Kafka fails.

        Raises UnknownType for an event that this program does not know.
        """
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("the tail of senders begins again: %r", error)
            await asyncio.sleep(0.5)

    async def _follow(self) -> None:
        ends = await end_offsets(self._cluster, list(self._next), "read_committed")
        async with self._cluster.consumer(fetch_max_wait_ms=100) as consumer:
            consumer.assign(list(self._next))
            for tp, offset in self._next.items():
                consumer.seek(tp, offset)
            while True:
                self._progress.beat(NAME)
                if not self._read.is_set() and all(self._next[tp] >= n for tp, n in ends.items()):
                    log.info("%d senders are known", len(self._senders))
                    self._progress.ready(NAME)
                    self._read.set()
                wait_ms = 1_000 if self._read.is_set() else 100
                for records in (await consumer.getmany(timeout_ms=wait_ms)).values():
                    for record in records:
                        recorded = decode_event(record, self._topic)
                        known = self._senders.setdefault(recorded.aggregate_id, SenderState())
                        SENDER.evolve(known, recorded)
                self._next = {tp: await consumer.position(tp) for tp in self._next}
