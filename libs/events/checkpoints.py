"""Checkpoints: how far each consumer of a service has stored what it made of the log.

One document a consumer in the service's database: the next offset to read of every source
partition, and the id of the ledger that these offsets belong to. It is written after the documents
that it stands for and only ever moves forward, so whoever starts from it misses nothing; Kafka's
committed offsets are a copy for people and tools.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
import time
from collections.abc import Iterable, Mapping

from libs.events.envelope import Position
from libs.events.kafka import Cluster
from libs.events.sources import Offsets, Source
from libs.mongo import Database, Document, DuplicateKeyError, PyMongoError, UpdateOne

log = logging.getLogger(__name__)

# Somebody waits for a position that another process stores: how often (s) the database is asked.
FIRST_LOOK_SECONDS = 0.02
LOOK_SECONDS = 0.01
# What a consumer in this process has announced within so long, nobody asks the database for.
FED_SECONDS = 0.25


class Stopped(Exception):
    """A consumer must not go on; the message tells a person why and what to do."""


class Checkpoints:
    """The checkpoints of one service's consumers, and who waits for them."""

    def __init__(self, database: Database, ledger_id: str) -> None:
        self.ledger_id = ledger_id
        self._database = database
        self._collection = database["checkpoints"]
        self._stored: dict[str, dict[str, int]] = {}
        self._announced: dict[tuple[str, str], float] = {}
        self._waiting: dict[tuple[str, str], list[tuple[int, int, asyncio.Future[None]]]] = {}
        self._order = itertools.count()
        self._looking: asyncio.Task[None] | None = None

    async def begin(self, consumer: str, offsets: Offsets) -> None:
        """A consumer that starts at these next offsets, unless it is there already."""
        document: Document = {
            "_id": consumer,
            "ledger": self.ledger_id,
            "next": {source.key: offset for source, offset in offsets.items()},
        }
        with contextlib.suppress(DuplicateKeyError):
            await self._collection.insert_one(document)

    async def load(self, consumer: str, sources: Iterable[Source]) -> dict[Source, int]:
        """Its next offset of each of these sources.

        Raises Stopped when the checkpoint is missing, lacks a source or belongs to another ledger:
        starting over by itself would fold old events into documents that already hold them.
        """
        document = await self._collection.find_one({"_id": consumer})
        if document is None:
            raise Stopped(
                f"the checkpoint of {consumer} is missing from its database: restore it, or rebuild"
            )
        if document["ledger"] != self.ledger_id:
            raise Stopped(
                f"the checkpoint of {consumer} belongs to the ledger {document['ledger']}, but "
                f"this Kafka holds the ledger {self.ledger_id}: point it at the Kafka it was "
                "built from, or drop its database"
            )
        stored: dict[str, int] = document["next"]
        missing = [source for source in sources if source.key not in stored]
        if missing:
            raise Stopped(
                f"{consumer} has no position in {missing[0]}: a new "
                "source needs a new version of what folds it"
            )
        self._learn(consumer, stored)
        return {source: stored[source.key] for source in sources}

    async def store(self, moved: Mapping[str, Offsets]) -> None:
        """Move these consumers forward to these next offsets; one behind the stored is ignored."""
        changes = {name: {s.key: n for s, n in offsets.items()} for name, offsets in moved.items()}
        writes = [_forward(name, change) for name, change in changes.items()]
        if len(writes) == 1:
            await self._collection.update_one(writes[0][0], writes[0][1])
        elif writes:
            await self._collection.bulk_write([UpdateOne(*write) for write in writes])
        for name, change in changes.items():
            self._learn(name, change)

    def announce(self, consumer: str, offsets: Offsets) -> None:
        """Tell who waits in this process that the documents are there, before the checkpoint is."""
        self._learn(consumer, {source.key: offset for source, offset in offsets.items()})
        now = time.monotonic()
        self._announced |= {(consumer, source.key): now for source in offsets}

    async def next_offsets(self, consumer: str) -> dict[str, int] | None:
        """What is stored, by the sources' keys; None without a checkpoint. For people and flips."""
        return await next_offsets(self._database, consumer)

    async def drop(self, consumer: str) -> None:
        """Forget a consumer that is gone for good."""
        await self._collection.delete_one({"_id": consumer})
        self._stored.pop(consumer, None)

    async def passed(self, consumer: str, position: Position, timeout: float) -> bool:
        """Whether the consumer has stored what it made of this record, within so many seconds.

        Told at once by a consumer in this process; else the database is asked while one waits.
        """
        key = Source.of(position).key
        if self._stored.get(consumer, {}).get(key, 0) > position.offset:
            return True
        if timeout <= 0:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((consumer, key), [])
        heapq.heappush(waiting, (position.offset, next(self._order), future))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return False
        return True

    def _learn(self, consumer: str, offsets: Mapping[str, int]) -> None:
        known = self._stored.setdefault(consumer, {})
        for key, offset in offsets.items():
            known[key] = max(offset, known.get(key, 0))
            waiting = self._waiting.get((consumer, key))
            while waiting and waiting[0][0] < offset:
                _, _, future = heapq.heappop(waiting)
                if not future.done():
                    future.set_result(None)

    async def _look(self) -> None:
        """Ask the database for the checkpoints that are waited for, until nobody waits."""
        pause = FIRST_LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            pause = LOOK_SECONDS
            for key, waiting in list(self._waiting.items()):
                while waiting and waiting[0][2].done():
                    heapq.heappop(waiting)
                if not waiting:
                    del self._waiting[key]
            if not self._waiting:
                return
            lately = time.monotonic() - FED_SECONDS
            elsewhere = (at for at in self._waiting if self._announced.get(at, 0.0) < lately)
            consumers = sorted({consumer for consumer, _ in elsewhere})
            if not consumers:
                continue
            try:
                found = await self._collection.find({"_id": {"$in": consumers}}).to_list()
            except PyMongoError as error:
                log.warning("cannot look at checkpoints: %s", error)
                pause = 0.5
                continue
            for document in found:
                self._learn(document["_id"], document["next"])


async def next_offsets(database: Database, consumer: str) -> dict[str, int] | None:
    """What is stored of a consumer, by the sources' keys."""
    document = await database["checkpoints"].find_one({"_id": consumer})
    return document["next"] if document else None


async def check_ends(cluster: Cluster, consumer: str, offsets: Offsets) -> None:
    """Raises Stopped unless the log still holds everything from these next offsets on."""
    partitions = {source: cluster.partition(*source) for source in offsets}
    if not partitions:
        return
    async with cluster.consumer(isolation="read_uncommitted") as reader:
        begins = await reader.beginning_offsets(list(partitions.values()))
        ends = await reader.end_offsets(list(partitions.values()))
    for source, offset in offsets.items():
        begin, end = begins[partitions[source]], ends[partitions[source]]
        if offset > end:
            raise Stopped(
                f"the checkpoint of {consumer} stands at {offset} of {source}, which ends at "
                f"{end}: this log has lost its tail or is another one; restore it"
            )
        if offset < begin:
            raise Stopped(
                f"{consumer} needs {source} from {offset} on, which begins at {begin}: "
                "events have been deleted; restore them"
            )


def _forward(consumer: str, change: Mapping[str, int]) -> tuple[Document, Document]:
    return {"_id": consumer}, {"$max": {f"next.{key}": offset for key, offset in change.items()}}
