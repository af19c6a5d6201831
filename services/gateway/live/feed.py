"""The log of tickets, followed once in a process: what happens is told when a read shows it.

No group and no checkpoint: it begins a little before the log's end, so that streams that were cut
off by a restart are told what they missed.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from libs.events.builds import Builds
from libs.events.catalogue import UnknownType
from libs.events.checkpoints import Checkpoints
from libs.events.codec import KafkaRecord, decode_event
from libs.events.envelope import Position, Recorded
from libs.events.kafka import Cluster, end_offsets
from libs.events.sources import Source, sources_of
from libs.events.topics import events
from libs.mongo import PyMongoError
from services.gateway.live.happening import Happening
from services.gateway.live.hub import Hub, remembered
from services.gateway.tickets.asked import Bound
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView, ticket_at

log = logging.getLogger(__name__)

TOPIC = events("tickets")
# Tickets whose rows are kept, so that what happens next to them costs no read.
MOST_ROWS = 5_000
MOST_IN_A_POLL = 200
CATCHING_UP_SECONDS, IDLE_SECONDS = 0.05, 1.0
# How long (s) it waits for the read model before it looks whether another build is read by now.
PATIENCE_SECONDS = 2.0


class Feed:
    """Follows every partition and tells the hub."""

    def __init__(
        self,
        cluster: Cluster,
        lanes: int,
        builds: Builds,
        checkpoints: Checkpoints,
        tickets: TicketReader,
        hub: Hub,
    ) -> None:
        self._cluster = cluster
        self._sources = sources_of([TOPIC], lanes)
        self._builds = builds
        self._checkpoints = checkpoints
        self._tickets = tickets
        self._hub = hub
        self._next: dict[Source, int] = {}
        self._rows: OrderedDict[str, TicketView] = OrderedDict()
        self._told = 0

    async def run(self) -> None:
        """Follow until cancelled; go on where it was when Kafka or MongoDB fails."""
        while True:
            try:
                await self._follow()
            except (KafkaError, PyMongoError, OSError) as error:
                log.warning("what happens is not told for a moment: %r", error)
            await asyncio.sleep(0.5)

    async def _follow(self) -> None:
        partitions = {self._cluster.partition(*source): source for source in self._sources}
        found = await end_offsets(self._cluster, partitions, "read_committed")
        ends = {partitions[tp]: end for tp, end in found.items()}
        if not self._next:
            back = remembered(len(self._sources))
            self._next = {source: max(0, ends[source] - back) for source in self._sources}
            self._hub.begin(self._vector())
        async with self._cluster.consumer() as kafka:
            kafka.assign(list(partitions))
            for tp, source in partitions.items():
                kafka.seek(tp, self._next[source])
            while True:
                if not self._hub.stands and self._is_at(ends):
                    self._hub.stand()
                seconds = IDLE_SECONDS if self._hub.stands else CATCHING_UP_SECONDS
                batches = await kafka.getmany(
                    timeout_ms=int(seconds * 1000), max_records=MOST_IN_A_POLL
                )
                for tp, records in batches.items():
                    await self._tell(partitions[tp], records)
                for tp, source in partitions.items():
                    self._next[source] = await kafka.position(tp)

    def _is_at(self, ends: dict[Source, int]) -> bool:
        return all(self._next[source] >= end for source, end in ends.items())

    async def _tell(self, source: Source, records: Sequence[KafkaRecord]) -> None:
        await self._shown(Position(*source, records[-1].offset))
        for record in records:
            try:
                recorded = decode_event(record, source.topic)
            except UnknownType as error:
                # Written by a newer process: its ticket is read anew when next we understand.
                log.warning("an event is not told: %s", error)
                self._rows.pop((record.key or b"").decode(), None)
                self._next[source] = record.offset + 1
                continue
            before = await self._before(recorded)
            if before is None and recorded.sequence > 1:
                # What it began with is not to be read: there is nothing that it changes.
                log.warning("an event is not told: %s has no history", recorded.aggregate_id)
                self._next[source] = record.offset + 1
                continue
            after = ticket_at(before, recorded)
            self._keep(recorded.aggregate_id, after)
            self._next[source] = record.offset + 1
            self._told += 1
            self._hub.publish(Happening(self._told, recorded, before, after, self._vector()))

    async def _shown(self, position: Position) -> None:
        """Wait until whoever reads sees what this record did."""
        while True:
            view = await self._builds.view(TICKETS)
            if await self._checkpoints.passed(view.consumer, position, PATIENCE_SECONDS):
                return

    async def _before(self, recorded: Recorded[object]) -> TicketView | None:
        if recorded.sequence == 1:
            return None
        known = self._rows.get(recorded.aggregate_id)
        if known is not None and known["sequence"] == recorded.sequence - 1:
            return known
        return await self._tickets.at(recorded.aggregate_id, Bound(sequence=recorded.sequence - 1))

    def _keep(self, id: str, row: TicketView) -> None:
        self._rows[id] = row
        self._rows.move_to_end(id)
        if len(self._rows) > MOST_ROWS:
            self._rows.popitem(last=False)

    def _vector(self) -> tuple[int, ...]:
        return tuple(self._next[source] for source in self._sources)
