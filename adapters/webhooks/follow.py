"""Following the log of tickets: deliveries into the queue, then the facts, then the checkpoint.

In this order, so that a crash in between adds the same deliveries again, decided by the same facts,
to no effect: an event whose facts are stored has its deliveries in the queue.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from aiokafka.errors import KafkaError

from adapters.webhooks.courses import Courses
from adapters.webhooks.directory import Directory
from adapters.webhooks.facts import Facts, Life, life_after
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

    async def load(self, ids: Collection[str]) -> dict[str, Life]:
        found = await self._tickets.find_by_id(set(ids))
        return {id: msgspec.convert(one, Life) for id, one in found.items()}

    async def store(self, lives: Mapping[str, Life]) -> None:
        if lives:
            await self._tickets.bulk_write(
                [
                    ReplaceOne[Document]({"_id": id}, msgspec.to_builtins(one), upsert=True)
                    for id, one in lives.items()
                ],
                ordered=False,
            )


class Follower:
    """Puts into the queue what webhooks that go along are to be told of these lanes.

    most: deliveries that may wait for a webhook before it has to catch up; wake: called after each
    batch. positions: by lane the next offset; turn: held while one of them moves.
    """

    def __init__(
        self,
        cluster: Cluster,
        checkpoints: Checkpoints,
        lanes: Collection[int],
        *,
        directory: Directory,
        courses: Courses,
        queue: Queue,
        facts: FactsTable,
        public_url: str,
        most: int,
        wake: Callable[[], None],
        progress: Progress,
    ) -> None:
        self.sources = [Source(TICKETS, lane) for lane in lanes]
        self.positions: dict[int, int] = {}
        self.turn = asyncio.Lock()
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._directory = directory
        self._courses = courses
        self._queue = queue
        self._facts = facts
        self._public_url = public_url
        self._most = most
        self._room: dict[str, int] = {}
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
        async with self.turn:
            self.positions = {source.partition: offset for source, offset in offsets.items()}
        partitions = {self._cluster.partition(*source): source for source in self.sources}
        async with self._cluster.consumer() as kafka:
            kafka.assign(list(partitions))
            for tp, source in partitions.items():
                kafka.seek(tp, offsets[source])
            while True:
                batches = await kafka.getmany(timeout_ms=_POLL_MS, max_records=MOST_RECORDS)
                for tp, records in batches.items():
                    batch = [read(record, TICKETS, CONSUMER) for record in records]
                    next = records[-1].offset + 1
                    async with self.turn:
                        await self._take(tp.partition, batch)
                        await self._checkpoints.store({CONSUMER: {partitions[tp]: next}})
                        self.positions[tp.partition] = next
                self._progress.beat(CONSUMER)

    async def _take(self, lane: int, batch: Sequence[Recorded[object]]) -> None:
        lives = await self._facts.load({recorded.aggregate_id for recorded in batch})
        changed: dict[str, Life] = {}
        news: list[tuple[Recorded[object], Facts]] = []
        for recorded in batch:
            id = recorded.aggregate_id
            before = lives.get(id, Life())
            if recorded.sequence <= before.sequence:
                continue  # its deliveries are in the queue
            lives[id] = changed[id] = after = life_after(before, recorded)
            news.append((recorded, after.at(recorded.sequence)))
        deliveries: list[Delivery] = []
        for id, webhook in self._directory.webhooks.items():
            if not self._courses.is_along(id, lane):
                continue
            told = [
                delivery_of(id, recorded, facts, self._public_url)
                for recorded, facts in news
                if is_told(webhook, recorded, facts)
            ]
            if told and not await self._has_room(id, len(told)):
                await self._courses.go_on(id, lane, batch[0].position.offset)
            else:
                deliveries += told
        await self._queue.add(deliveries)
        await self._facts.store(changed)
        if deliveries:
            self._wake()

    async def _has_room(self, webhook_id: str, count: int) -> bool:
        """Whether its queue takes so many. Counted anew only when it might be full."""
        room = self._room.get(webhook_id, 0)
        if room <= 0:
            room = self._most - await self._queue.waiting(webhook_id, "", self._most)
        self._room[webhook_id] = room - count
        return room > 0


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


def is_told(webhook: Webhook, recorded: Recorded[object], facts: Facts) -> bool:
    """History is not told as it comes in; who wants it asks for a replay."""
    return (
        not webhook.retired
        and recorded.origin == "live"
        and recorded.recorded_at >= webhook.since
        and webhook.wants(recorded.type, facts.named())
    )
