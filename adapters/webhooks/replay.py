"""Telling a webhook again what was recorded since an instant: a second reading of the log.

It goes its own way beside what is new, no faster than the receiver takes it, and is resumed where
it was. A filter is asked about each ticket as it is now.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from adapters.webhooks.directory import Directory, Replay
from adapters.webhooks.facts import Facts
from adapters.webhooks.follow import CONSUMER, MOST_RECORDS, TICKETS, FactsTable, delivery_of
from adapters.webhooks.queue import Queue
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster, end_offsets
from libs.events.projector import read
from libs.mongo import Database, Document, PyMongoError
from libs.telemetry import Progress

log = logging.getLogger(__name__)

PART = "webhooks-replay"
# So many of a replay may wait in the queue; the log is read on when there are fewer.
MOST_WAITING = 1_000
_POLL_MS = 200
_LOOK_SECONDS = 0.5
_AGAIN_SECONDS = 2.0


class Replayer:
    """Carries out the replays that were asked for, one after the other, on these lanes."""

    def __init__(
        self,
        cluster: Cluster,
        database: Database,
        lanes: Collection[int],
        *,
        directory: Directory,
        queue: Queue,
        facts: FactsTable,
        public_url: str,
        progress: Progress,
    ) -> None:
        self._cluster = cluster
        self._replays = database["replays"]
        self._lanes = lanes
        self._directory = directory
        self._queue = queue
        self._facts = facts
        self._public_url = public_url
        progress.expect(PART, has_work=lambda: False)
        progress.ready(PART)

    async def run(self) -> None:
        """Carry out what is asked for until cancelled."""
        done: set[tuple[str, int]] = set()
        while True:
            for replay in list(self._directory.replays):
                for lane in self._lanes:
                    if (replay.id, lane) in done:
                        continue
                    try:
                        await self._replay(replay, lane)
                    except (KafkaError, PyMongoError, OSError) as error:
                        log.warning("a replay waits: %r", error)
                    else:
                        done.add((replay.id, lane))
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _replay(self, replay: Replay, lane: int) -> None:
        """One lane of it, from where it was; nothing where it is done."""
        id = f"{replay.id}/{lane}"
        known = await self._replays.find_one({"_id": id})
        tp = self._cluster.partition(TICKETS, lane)
        if known is None:
            known = await self._begin(id, replay, tp)
        at, end = known["next"], known["end"]
        if at >= end:
            return
        async with self._cluster.consumer() as kafka:
            kafka.assign([tp])
            kafka.seek(tp, at)
            while at < end:
                if self._directory.webhooks[replay.webhook_id].retired:
                    at = end
                elif await self._queue.waiting(replay.webhook_id, replay.id) >= MOST_WAITING:
                    await asyncio.sleep(_LOOK_SECONDS)
                    continue
                else:
                    batches = await kafka.getmany(timeout_ms=_POLL_MS, max_records=MOST_RECORDS)
                    records = [one for one in batches.get(tp, []) if one.offset < end]
                    await self._take(replay, [read(one, TICKETS, CONSUMER) for one in records])
                    at = await kafka.position(tp)
                await self._replays.update_one({"_id": id}, {"$set": {"next": at}})

    async def _begin(self, id: str, replay: Replay, tp: TopicPartition) -> Document:
        """From the first record since then to where the log ends now."""
        milliseconds = int(replay.since.timestamp() * 1_000)
        async with self._cluster.consumer() as kafka:
            kafka.assign([tp])
            first = (await kafka.offsets_for_times({tp: milliseconds}))[tp]
        end = (await end_offsets(self._cluster, [tp], "read_committed"))[tp]
        document: Document = {"_id": id, "next": first.offset if first else end, "end": end}
        await self._replays.replace_one({"_id": id}, document, upsert=True)
        return document

    async def _take(self, replay: Replay, batch: Sequence[Recorded[object]]) -> None:
        webhook = self._directory.webhooks[replay.webhook_id]
        facts = await self._facts.load({recorded.aggregate_id for recorded in batch})
        await self._queue.add(
            [
                delivery_of(replay.webhook_id, recorded, about, self._public_url, replay.id)
                for recorded in batch
                if replay.since <= recorded.recorded_at < replay.asked_at
                for about in (facts.get(recorded.aggregate_id, Facts()),)
                if webhook.wants(recorded.type, about.named())
            ]
        )
