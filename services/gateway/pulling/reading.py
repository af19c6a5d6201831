"""Events out of the log itself, a page from a cursor on, as far as the caller's sight goes.

A cursor is the next offset of every partition. What the caller may not see is stepped over, so a
page can be empty and its cursor still further on.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.events.builds import Builds
from libs.events.codec import KafkaRecord, decode_event
from libs.events.kafka import Cluster, end_offsets
from libs.events.topics import events
from libs.events.waiting import Waiter
from libs.webhooks import PublicEvent, cursor_of, offsets_in, public
from services.gateway.availability import needing
from services.gateway.principal import Principal
from services.gateway.tickets.projection import TICKETS as TICKETS_SHOWN
from services.gateway.tickets.reading import TicketReader

TICKETS = events("tickets")
# A page steps over so many records that are not the caller's, then answers with its cursor.
_MOST_RECORDS = 5_000
_BATCH = 500
# How long the read model may be behind the log.
_SHOWN_SECONDS = 2.0
_POLL_SECONDS = 0.2
# Requests that read the log at a time; each has a connection to Kafka of its own.
_AT_ONCE = 8


class UnknownCursor(Exception):
    """It is none of this log's."""


class Pulled(NamedTuple):
    """Events in the order of their tickets, and the cursor behind them."""

    items: Sequence[PublicEvent]
    cursor: str


class Puller:
    """Reads the log for callers."""

    def __init__(
        self,
        cluster: Cluster,
        lanes: int,
        tickets: TicketReader,
        builds: Builds,
        waiter: Waiter,
        public_url: str,
    ) -> None:
        self._cluster = cluster
        self._partitions = [cluster.partition(TICKETS, lane) for lane in range(lanes)]
        self._tickets = tickets
        self._builds = builds
        self._waiter = waiter
        self._public_url = public_url
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def page(
        self, after: str, types: Collection[str], limit: int, caller: Principal, seconds: float
    ) -> Pulled:
        """At most so many events behind the cursor; where there are none, what comes within so many
        seconds. after: "" for the log's beginning, ``now`` for its end.

        Raises UnknownCursor, Unavailable, KafkaError, PyMongoError.
        """
        async with self._free, AsyncExitStack() as stack:
            async with needing("Kafka"):  # what comes next may take its time, this not
                kafka = await stack.enter_async_context(self._cluster.consumer())
                kafka.assign(self._partitions)
                offsets = await self._place(kafka, after)
            until = asyncio.get_running_loop().time() + seconds
            items: list[PublicEvent] = []
            stepped = 0
            while len(items) < limit and stepped < _MOST_RECORDS:
                batches = await kafka.getmany(
                    timeout_ms=int(_POLL_SECONDS * 1_000), max_records=_BATCH
                )
                for tp, records in batches.items():
                    stepped += len(records)
                    taken = await self._take(records, types, limit - len(items), caller)
                    items += taken.items
                    offsets[tp] = taken.next
                    if taken.next <= records[-1].offset:
                        kafka.seek(tp, taken.next)
                late = asyncio.get_running_loop().time() >= until
                if not batches and (items or late):
                    break
            return Pulled(items, cursor_of([offsets[tp] for tp in self._partitions]))

    async def expect_known(self, cursor: str) -> None:
        """Raises UnknownCursor for one that is none of this log's; Unavailable, KafkaError."""
        async with needing("Kafka"):
            ends = await end_offsets(self._cluster, self._partitions, "read_committed")
            self._offsets(cursor, ends)

    async def _place(self, kafka: AIOKafkaConsumer, after: str) -> dict[TopicPartition, int]:
        ends: Mapping[TopicPartition, int] = await kafka.end_offsets(self._partitions)
        if after == "now":
            offsets = dict(ends)
        elif not after:
            offsets = dict.fromkeys(self._partitions, 0)
        else:
            offsets = self._offsets(after, ends)
        for tp, offset in offsets.items():
            kafka.seek(tp, offset)
        return offsets

    def _offsets(
        self, cursor: str, ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        given = offsets_in(cursor)
        if len(given) != len(self._partitions):
            raise UnknownCursor
        offsets = dict(zip(self._partitions, given, strict=True))
        if any(offset > ends[tp] for tp, offset in offsets.items()):
            raise UnknownCursor
        return offsets

    async def _take(
        self, records: Sequence[KafkaRecord], types: Collection[str], most: int, caller: Principal
    ) -> "_Taken":
        """Of these records what the caller sees and asked for, and the offset behind the last that
        was looked at; nothing yet of what no read shows."""
        all_of_them = [decode_event(record, TICKETS) for record in records]
        view = await self._builds.view(TICKETS_SHOWN)
        if not await self._waiter.shows(view, all_of_them[-1].position, _SHOWN_SECONDS):
            return _Taken([], records[0].offset)
        seen = await self._tickets.many(list({one.aggregate_id for one in all_of_them}))
        items: list[PublicEvent] = []
        for recorded in all_of_them:
            if len(items) == most:
                return _Taken(items, recorded.position.offset)
            ticket = seen.get(recorded.aggregate_id)
            if ticket is None or not caller.sees(ticket):
                continue
            if not types or recorded.type in types:
                items.append(public(recorded, ticket["number"], self._public_url))
        return _Taken(items, records[-1].offset + 1)


class _Taken(NamedTuple):
    items: Sequence[PublicEvent]
    next: int
