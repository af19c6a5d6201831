"""Folding a whole log in memory: documents are written when all of it is folded, not once a batch.

Up to a limit nothing is read back, because a fresh build holds nothing. Beyond it (or after a
kill) everything is written, the checkpoint after it, and memory starts empty: from then on a
document that is not in memory is read before it is folded. So logs of any length fit.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from libs.events.builds import collection_of, consumer_of
from libs.events.checkpoints import Checkpoints
from libs.events.codec import KafkaRecord
from libs.events.documents import insert_new
from libs.events.envelope import Recorded
from libs.events.folding import Held
from libs.events.guarded import Write, write
from libs.events.kafka import Cluster, end_offsets
from libs.events.projection import Projection, Table
from libs.events.projector import read
from libs.events.sources import Source, sources_of
from libs.mongo import Collection, Database, Document

MEMORY_BYTES = 1024 * 1024 * 1024
# What a document costs as Python objects, at most: so much each, and so much a byte of its events.
DOCUMENT_BYTES = 2_000
BYTES_PER_EVENT_BYTE = 2
SLICE = 2_000
INSERT = 1_000
STREAMS = 3
# What comes in while we fold is folded, too, until less than this is left for the projectors.
REMAINDER = 2_000

# Called with events done and events in all, every now and then.
OnProgress = Callable[[int, int], None]


class Overtaken(Exception):
    """Somebody else is writing this build."""


class Bulk:
    """One build from wherever its checkpoint stands to (almost) the end of the log."""

    def __init__(
        self,
        projection: Projection,
        build: str,
        *,
        cluster: Cluster,
        database: Database,
        checkpoints: Checkpoints,
        lanes: int,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._consumer = consumer_of(projection, build)
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._partitions = {
            cluster.partition(*source): source for source in sources_of(projection.sources, lanes)
        }
        self._streams = asyncio.Semaphore(STREAMS)
        self._tables = [
            BulkTable(
                table,
                database[collection_of(projection, table.name, build)],
                self._streams,
                database[collection_of(projection, table.leaving.table, build)]
                if table.leaving
                else None,
            )
            for table in projection.tables
        ]
        self._writing = [
            partial(one.write, database[collection_of(projection, one.name, build)])
            for one in projection.written
        ]
        self._memory_bytes = memory_bytes

    async def run(self, on_progress: OnProgress) -> int:
        """Fold and write. Returns the number of events read.

        Raises Overtaken when somebody else turns out to write the same build.
        """
        start = await self._checkpoints.load(self._consumer, self._partitions.values())
        fresh = not any(start.values()) and not [t for t in self._tables if await t.holds_any()]
        for table in self._tables:
            table.fresh = fresh
        async with self._cluster.consumer(group=self._consumer) as kafka:
            kafka.assign(list(self._partitions))
            for tp, source in self._partitions.items():
                kafka.seek(tp, start[source])
            # A group that has committed is one that erasures wait for.
            await self._commit(kafka, start)
            try:
                with _no_garbage_collection():
                    return await self._read(kafka, on_progress)
            finally:
                for table in self._tables:
                    await table.stop()

    async def _read(self, kafka: AIOKafkaConsumer, on_progress: OnProgress) -> int:
        events, left = 0, REMAINDER + 1
        while left > REMAINDER:
            ends = await end_offsets(self._cluster, self._partitions, "read_committed")
            while await self._left(kafka, ends):
                batches = await kafka.getmany(timeout_ms=500, max_records=SLICE)
                events += await self._take(batches)
                if sum(table.memory_bytes for table in self._tables) > self._memory_bytes:
                    await self._flush(kafka)
                done = sum([await kafka.position(tp) for tp in self._partitions])
                on_progress(done, max(done, sum(ends.values())))
            ends = await end_offsets(self._cluster, self._partitions, "read_committed")
            left = await self._left(kafka, ends)
        await self._flush(kafka)
        return events

    async def _left(self, kafka: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> int:
        return sum([max(0, end - await kafka.position(tp)) for tp, end in ends.items()])

    async def _take(self, batches: Mapping[TopicPartition, Sequence[KafkaRecord]]) -> int:
        recorded: list[Recorded[object]] = []
        size = 0
        for tp, records in batches.items():
            topic = self._partitions[tp].topic
            for record in records:
                recorded.append(read(record, topic, self._consumer))
                size += len(record.value or b"")
        for table in self._tables:
            await table.take(recorded, size)
        for write_all in self._writing:
            await write_all(recorded)
        return len(recorded)

    async def _flush(self, kafka: AIOKafkaConsumer) -> None:
        """Everything to the database, then the checkpoint, then Kafka's copy of it."""
        for table in self._tables:
            await table.flush()
        offsets = {source: await kafka.position(tp) for tp, source in self._partitions.items()}
        await self._checkpoints.store({self._consumer: offsets})
        await self._commit(kafka, offsets)

    async def _commit(self, kafka: AIOKafkaConsumer, offsets: Mapping[Source, int]) -> None:
        await kafka.commit(
            {tp: OffsetAndMetadata(offsets[s], "") for tp, s in self._partitions.items()}
        )


class BulkTable:
    """One table of a build while it is folded in memory. fresh: the database holds nothing;
    left: where its documents leave rows behind."""

    def __init__(
        self,
        table: Table,
        collection: Collection,
        streams: asyncio.Semaphore,
        left: Collection | None = None,
    ) -> None:
        self.fresh = False
        self.memory_bytes = 0
        self._table = table
        self._collection = collection
        self._streams = streams
        self._held: dict[str, Held] = {}
        self._appended: list[Document] = []
        self._left_to = left
        self._left: list[Document] = []
        self._writing: set[asyncio.Task[None]] = set()

    async def holds_any(self) -> bool:
        """Whether the database holds documents of it."""
        return await self._collection.find_one({}, {"_id": 1}) is not None

    async def take(self, events: Sequence[Recorded[object]], event_bytes: int) -> None:
        """Fold these events; they are that large together."""
        if self._table.append:
            await self._append(events)
            return
        if not self.fresh:
            await self._load(events)
        key, fold, held = self._table.key, self._table.fold_into(self._left), self._held
        before = len(held)
        for recorded in events:
            id = key(recorded)
            if id is None:
                continue
            one = held.get(id)
            if one is None:
                one = held[id] = Held()
            one.fold_one(fold, recorded)
        self.memory_bytes += (len(held) - before) * DOCUMENT_BYTES
        self.memory_bytes += event_bytes * BYTES_PER_EVENT_BYTE
        if len(self._left) >= INSERT:
            await self._leave()

    async def flush(self) -> None:
        """Write everything and forget it."""
        await self._start(partial(insert_new, self._collection, self._appended))
        self._appended = []
        await self._leave()
        await self._finish()  # a document that was stored would not leave its rows again
        changed = ((id, one) for id, one in self._held.items() if one.stored != one.positions)
        while some := list(islice(changed, INSERT)):
            await self._start(partial(self._write, some))
        await self._finish()
        self._held = {}
        self.memory_bytes = 0
        self.fresh = False

    async def _append(self, events: Sequence[Recorded[object]]) -> None:
        key, fold = self._table.key, self._table.fold
        for recorded in events:
            id = key(recorded)
            if id is not None:
                self._appended.append({"_id": id, **fold(None, recorded)})
        if len(self._appended) >= INSERT:
            some, self._appended = self._appended, []
            await self._start(partial(insert_new, self._collection, some))

    async def _leave(self) -> None:
        if self._left_to is not None:
            some, self._left = self._left, []
            await self._start(partial(insert_new, self._left_to, some))

    async def _load(self, events: Sequence[Recorded[object]]) -> None:
        ids = {id for recorded in events if (id := self._table.key(recorded)) is not None}
        missing = [id for id in ids if id not in self._held]
        if missing:
            for stored in await self._collection.find({"_id": {"$in": missing}}).to_list():
                id = stored["_id"]
                self._held[id] = Held.of(stored)

    async def _write(self, some: Sequence[tuple[str, Held]]) -> None:
        lost = await write(
            self._collection, [Write(held.to_store(id), held.stored) for id, held in some]
        )
        if lost:
            raise Overtaken(f"{self._collection.name} has another writer: {min(lost)} has changed")

    async def _start(self, writing: Callable[[], Awaitable[None]]) -> None:
        """Write in the background, in a few streams; waits while all of them are busy."""
        await self._streams.acquire()

        async def stream() -> None:
            try:
                await writing()
            finally:
                self._streams.release()

        done = {task for task in self._writing if task.done()}
        self._writing -= done
        self._writing.add(asyncio.create_task(stream()))
        for task in done:
            task.result()

    async def _finish(self) -> None:
        writing, self._writing = self._writing, set()
        await asyncio.gather(*writing)

    async def stop(self) -> None:
        """Stop writing, done or not."""
        for task in self._writing:
            task.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Folding makes a million objects that stay and no cycles: collecting them costs a third."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
