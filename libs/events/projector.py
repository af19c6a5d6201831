"""A projector: keeps one build of one projection up to date, sharing its partitions in a group.

Poll → fold → one write a table → checkpoint, and nothing else between an event and its visibility.
Where to read from is the checkpoint's say alone: after every change of the assignment all
partitions are sought anew, and what was polled meanwhile is dropped. Folding twice is harmless,
since every document knows its positions.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from libs.events.builds import collection_of, consumer_of
from libs.events.catalogue import UnknownType
from libs.events.checkpoints import Checkpoints, Stopped, check_ends
from libs.events.claim import Claim
from libs.events.codec import KafkaRecord, Malformed, decode_event
from libs.events.documents import Documents
from libs.events.envelope import Position, Recorded
from libs.events.kafka import Cluster, Pace, utc_now
from libs.events.projection import Projection
from libs.events.sources import Source
from libs.events.tracing import tracing
from libs.mongo import Database, PyMongoError
from libs.telemetry import Telemetry

log = logging.getLogger(__name__)

MAX_BATCH = 500
# A poll that found nothing for so long settles what is left: the offsets of commit markers, which
# carry no event, and Kafka's copy of the offsets.
IDLE_MS = 200
COMMIT_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
# A build that may not lead waits so long for the one that does, which may have stopped for good:
# then a step back when its readers change over is better than documents that grow old.
LED_SECONDS = 5.0


class Projector:
    """One build of a projection in this process. ``consumer`` names its group and its checkpoint.

    claim: to the name under which it is a static member, so that a process that starts again gets
    its partitions back at once; without one it comes and goes.
    """

    def __init__(
        self,
        projection: Projection,
        build: str,
        *,
        cluster: Cluster,
        database: Database,
        checkpoints: Checkpoints,
        telemetry: Telemetry,
        claim: Claim | None = None,
    ) -> None:
        self.consumer = consumer_of(projection, build)
        self.projection = projection
        self._build = build
        self._cluster = cluster
        self._database = database
        self._checkpoints = checkpoints
        self._telemetry = telemetry
        self._claim = claim
        self._sources: Collection[Source] | None = None
        self._leader = self._follows = ""

    def follow(self, leader: str) -> bool:
        """Write nothing any more that this other consumer has not stored. False until it holds:
        there may be a batch under way, so ask again."""
        self._leader = leader
        return self._follows == leader

    @property
    def sources(self) -> Collection[Source] | None:
        """The partitions that this process has in the group; None before it has joined."""
        return self._sources

    async def run(self) -> None:
        """Follow the sources until cancelled; begin again when Kafka or MongoDB fails.

        Raises Stopped when going on would harm: a foreign ledger, lost events, an unknown type.
        """
        pause = 0.1
        while True:
            started = time.monotonic()
            try:
                await self._follow()
            except (KafkaError, PyMongoError, OSError) as error:
                if time.monotonic() - started > 30:
                    pause = 0.1
                log.warning("%s begins again in %.1f s: %r", self.consumer, pause, error)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _follow(self) -> None:
        ledger = await self._cluster.ledger()
        if ledger.id != self._checkpoints.ledger_id:
            raise Stopped(
                f"{self.consumer} was following the ledger {self._checkpoints.ledger_id}, but this "
                f"Kafka now holds the ledger {ledger.id}"
            )
        assignment = _Assignment()
        async with self._cluster.consumer(
            topics=self.projection.sources,
            group=self.consumer,
            listener=assignment,
            instance=self._claim.name if self._claim else None,
        ) as kafka:
            following = _Following(self, kafka)
            pace = Pace(self.projection.pace)
            try:
                while True:
                    while assignment.changed:
                        assignment.changed = False
                        if self._claim is not None:
                            await self._claim.check()
                        self._sources = await following.place()
                    if self._follows != self._leader:
                        await following.finish_storing()
                        self._follows = self._leader
                    await pace.rest()
                    batches = await kafka.getmany(timeout_ms=IDLE_MS, max_records=MAX_BATCH)
                    if assignment.changed:
                        continue
                    pace.polled(batches, MAX_BATCH)
                    if batches:
                        await following.take(batches)
                    else:
                        await following.settle()
            finally:
                await following.close()


class _Following:
    """A projector that has joined its group, until something fails."""

    def __init__(self, projector: Projector, kafka: AIOKafkaConsumer) -> None:
        self._kafka = kafka
        self._projector = projector
        self._consumer = projector.consumer
        self._cluster = projector._cluster
        self._checkpoints = projector._checkpoints
        self._telemetry = projector._telemetry
        database, projection, build = projector._database, projector.projection, projector._build
        self._tables = [
            Documents(
                table,
                database[collection_of(projection, table.name, build)],
                left=database[collection_of(projection, table.leaving.table, build)]
                if table.leaving
                else None,
            )
            for table in projection.tables
        ]
        self._writing = [
            partial(one.write, database[collection_of(projection, one.name, build)])
            for one in projection.written
        ]
        self._next: dict[Source, int] = {}
        self._to_store: dict[Source, int] = {}
        self._storing: asyncio.Task[None] | None = None
        self._stored: dict[Source, int] = {}
        self._copying: asyncio.Task[None] | None = None
        self._committed: Mapping[Source, int] = {}
        self._committed_at = 0.0
        self._lost = ""

    async def place(self) -> Collection[Source]:
        """Read on from the checkpoint in every partition that is ours now."""
        await self.finish_storing()
        sources = {self._source(tp): tp for tp in self._kafka.assignment()}
        self._next = await self._checkpoints.load(self._consumer, sources)
        self._stored = dict(self._next)
        await check_ends(self._cluster, self._consumer, self._next)
        for source, tp in sources.items():
            if tp in self._kafka.assignment():
                self._kafka.seek(tp, self._next[source])
        log.info("%s reads %s", self._consumer, ", ".join(map(str, sorted(sources))) or "nothing")
        return sources.keys()

    async def take(self, batches: Mapping[TopicPartition, Sequence[KafkaRecord]]) -> None:
        """Fold a poll into the documents and store how far we are."""
        await self._let_lead(batches)
        started = time.perf_counter()
        events: list[Recorded[object]] = []
        for tp, records in batches.items():
            topic = self._cluster.plain(tp.topic)
            events += [read(record, topic, self._consumer) for record in records]
        with tracing(self._telemetry, "project", self._consumer, events):
            applied = (table.apply(events) for table in self._tables)
            await asyncio.gather(*applied, *(write(events) for write in self._writing))
        moved = {self._source(tp): records[-1].offset + 1 for tp, records in batches.items()}
        self._checkpoints.announce(self._consumer, moved)
        await self._store(moved)
        self._measure(events, time.perf_counter() - started)
        if time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self._copy()

    async def _let_lead(self, batches: Mapping[TopicPartition, Sequence[KafkaRecord]]) -> None:
        """Wait until the build that we follow holds what we are about to write."""
        leader = self._projector._follows
        if not leader or leader == self._lost:
            return
        give_up = time.monotonic() + LED_SECONDS
        for tp, records in batches.items():
            last = Position(*self._source(tp), records[-1].offset)
            left = max(0.0, give_up - time.monotonic())
            if not await self._checkpoints.passed(leader, last, left):
                log.warning("%s does not wait for %s any more", self._consumer, leader)
                self._lost = leader
                return

    async def settle(self) -> None:
        """Nothing came: step over what carries no event, and let Kafka know."""
        moved = {}
        for tp in self._kafka.assignment():
            source, position = self._source(tp), await self._kafka.position(tp)
            if position > self._next.get(source, position):
                moved[source] = position
        if moved:
            await self._store(moved)
        await self.finish_storing()
        if self._committed != self._stored:
            self._copy()

    async def close(self) -> None:
        """Let the last checkpoint arrive; without it the next owner folds a little twice."""
        with contextlib.suppress(PyMongoError):
            await self.finish_storing()
        if self._copying is not None:
            await asyncio.wait([self._copying])

    async def _store(self, moved: Mapping[Source, int]) -> None:
        """Store a checkpoint while the next polls are under way; what comes meanwhile goes next."""
        self._next |= moved
        self._to_store |= moved
        if self._storing is None or self._storing.done():
            await self.finish_storing()
            self._storing = asyncio.create_task(self._store_all())

    async def _store_all(self) -> None:
        while self._to_store:
            moved, self._to_store = self._to_store, {}
            await self._checkpoints.store({self._consumer: moved})
            self._stored |= moved

    async def finish_storing(self) -> None:
        """Wait until the checkpoint stands for everything that was written."""
        if self._storing is not None:
            storing, self._storing = self._storing, None
            await storing

    def _copy(self) -> None:
        """Let Kafka have the checkpoint, too, where erasures and people look; one at a time."""
        if self._stored and (self._copying is None or self._copying.done()):
            self._copying = asyncio.create_task(self._commit(dict(self._stored)))

    async def _commit(self, stored: Mapping[Source, int]) -> None:
        offsets = {
            self._cluster.partition(*source): OffsetAndMetadata(offset, "")
            for source, offset in stored.items()
        }
        try:
            await self._kafka.commit(offsets)
        except KafkaError as error:
            log.info("%s could not copy its offsets to Kafka: %r", self._consumer, error)
            return
        self._committed_at = time.monotonic()
        self._committed = stored

    def _source(self, tp: TopicPartition) -> Source:
        return Source(self._cluster.plain(tp.topic), tp.partition)

    def _measure(self, events: Sequence[Recorded[object]], seconds: float) -> None:
        if self._telemetry.enabled:
            metrics = self._telemetry.metrics
            metrics.batch_size.record(len(events), consumer=self._consumer)
            metrics.write_time.record(seconds, writer=self._consumer)
            now = utc_now()
            for recorded in events:
                delay = (now - recorded.recorded_at).total_seconds()
                metrics.projection_delay.record(delay, projection=self._consumer)


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Remembers that the assignment changed; the polling loop acts on it in its own time."""

    def __init__(self) -> None:
        self.changed = True

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.changed = True

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.changed = True


def read(record: KafkaRecord, topic: str, consumer: str) -> Recorded[object]:
    """The event in a record. Raises Stopped for one that this program does not know."""
    try:
        return decode_event(record, topic)
    except (UnknownType, Malformed) as error:
        raise Stopped(
            f"{consumer} stops before {topic}/{record.partition}/{record.offset}: {error}"
        ) from error
