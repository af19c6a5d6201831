"""Following the log of tickets: deliveries into the queue, then the facts, then the checkpoint.

In this order, so that a crash in between adds the same deliveries again, decided by the same facts,
to no effect: an event whose facts are stored has its deliveries in the queue.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from aiokafka.errors import KafkaError

from adapters.webhooks.directory import Directory
from adapters.webhooks.facts import Facts, facts_after
from adapters.webhooks.queue import Delivery, Queue, delivery_id
from libs.events.checkpoints import Checkpoints, check_ends
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster
from libs.events.projector import read
from libs.events.published.setup import Webhook
from libs.events.sources import Source
from libs.events.topics import events
from libs.mongo import Database, Document, PyMongoError, ReplaceOne
from libs.telemetry import Progress
from libs.webhooks import body_of, public

log = logging.getLogger(__name__)

CONSUMER = "webhooks.out"
TICKETS = events("tickets")
MOST_RECORDS = 500
_POLL_MS = 200
_AGAIN_SECONDS = 1.0


class FactsTable:
    """The facts of tickets, one document each, with the sequence that they stand at."""

    def __init__(self, database: Database) -> None:
        self._tickets = database["tickets"]

    async def load(self, ids: Collection[str]) -> dict[str, Facts]:
        found = await self._tickets.find_by_id(set(ids))
        return {
            id: msgspec.convert({k: v for k, v in one.items() if k != "_id"}, Facts)
            for id, one in found.items()
        }

    async def store(self, facts: Mapping[str, Facts]) -> None:
        if facts:
            await self._tickets.bulk_write(
                [
                    ReplaceOne[Document]({"_id": id}, msgspec.to_builtins(one), upsert=True)
                    for id, one in facts.items()
                ],
                ordered=False,
            )


class Follower:
    """Puts into the queue what webhooks are to be told of these lanes. wake: called after that."""

    def __init__(
        self,
        cluster: Cluster,
        checkpoints: Checkpoints,
        lanes: Collection[int],
        *,
        directory: Directory,
        queue: Queue,
        facts: FactsTable,
        public_url: str,
        wake: Callable[[], None],
        progress: Progress,
    ) -> None:
        self.sources = [Source(TICKETS, lane) for lane in lanes]
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._directory = directory
        self._queue = queue
        self._facts = facts
        self._public_url = public_url
        self._wake = wake
        self._progress = progress

    async def run(self) -> None:
        """Follow until cancelled; begin again at the checkpoint when a server fails.

        Raises Stopped where going on would harm.
        """
        while True:
            try:
                await self._follow()
            except (KafkaError, PyMongoError, OSError) as error:
                log.warning("webhooks begin again at their checkpoint: %r", error)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self) -> None:
        offsets = await self._checkpoints.load(CONSUMER, self.sources)
        await check_ends(self._cluster, CONSUMER, offsets)
        partitions = {self._cluster.partition(*source): source for source in self.sources}
        async with self._cluster.consumer() as kafka:
            kafka.assign(list(partitions))
            for tp, source in partitions.items():
                kafka.seek(tp, offsets[source])
            while True:
                batches = await kafka.getmany(timeout_ms=_POLL_MS, max_records=MOST_RECORDS)
                for tp, records in batches.items():
                    await self._take([read(record, TICKETS, CONSUMER) for record in records])
                    done = {partitions[tp]: records[-1].offset + 1}
                    await self._checkpoints.store({CONSUMER: done})
                self._progress.beat(CONSUMER)

    async def _take(self, batch: Sequence[Recorded[object]]) -> None:
        facts = await self._facts.load({recorded.aggregate_id for recorded in batch})
        changed: dict[str, Facts] = {}
        deliveries: list[Delivery] = []
        for recorded in batch:
            id = recorded.aggregate_id
            before = facts.get(id, Facts())
            if recorded.sequence <= before.sequence:
                continue  # its deliveries are in the queue
            facts[id] = changed[id] = after = facts_after(before, recorded)
            deliveries += [
                delivery_of(webhook_id, recorded, after, self._public_url)
                for webhook_id, webhook in self._directory.webhooks.items()
                if _is_told(webhook, recorded, after)
            ]
        await self._queue.add(deliveries)
        await self._facts.store(changed)
        if deliveries:
            self._wake()


def delivery_of(
    webhook_id: str, recorded: Recorded[object], facts: Facts, public_url: str, replay: str = ""
) -> Delivery:
    """What this webhook is told of this event."""
    told = public(recorded, facts.number, public_url, bool(replay))
    return Delivery(
        id=delivery_id(webhook_id, recorded.event_id, replay),
        webhook_id=webhook_id,
        event_id=recorded.event_id,
        ticket_id=recorded.aggregate_id,
        type=recorded.type,
        lane=recorded.position.partition,
        offset=recorded.position.offset,
        body=body_of(told).decode(),
        due_at=recorded.recorded_at,
        replay=replay,
    )


def _is_told(webhook: Webhook, recorded: Recorded[object], facts: Facts) -> bool:
    """History is not told as it comes in; who wants it asks for a replay."""
    return (
        not webhook.retired
        and recorded.origin == "live"
        and recorded.recorded_at >= webhook.since
        and webhook.wants(recorded.type, facts.named())
    )
