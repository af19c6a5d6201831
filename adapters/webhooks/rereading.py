"""Reading a stretch of the log for one webhook alone: what it was not told yet, or is told again.

It goes no faster than the receiver takes it, in turns, so that a long stretch holds up no other.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.webhooks.facts import Facts, Life
from adapters.webhooks.follow import CONSUMER, MOST_RECORDS, TICKETS, FactsTable, delivery_of
from adapters.webhooks.queue import Queue
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster
from libs.events.projector import read

_MOST_BATCHES = 20
_POLL_MS = 200
# A record can be a little younger for its broker than it says itself, and clocks differ.
_MARGIN_MS = 60_000


@dataclass(frozen=True)
class Stretch:
    """What a webhook is to be told of one lane. most: so many may wait in its queue; told: whether
    it hears of an event of a ticket of which these facts held; replay: "" for the first time."""

    webhook_id: str
    lane: int
    start: int
    end: int
    most: int
    told: Callable[[Recorded[object], Facts], bool]
    replay: str = ""


class Rereader:
    """Queues stretches. The facts must have been followed up to their ends."""

    def __init__(self, cluster: Cluster, queue: Queue, facts: FactsTable, public_url: str) -> None:
        self._cluster = cluster
        self._queue = queue
        self._facts = facts
        self._public_url = public_url

    async def first_since(self, lane: int, since: datetime) -> int | None:
        """An offset before which nothing was recorded since then; None where nothing was at all."""
        tp = self._cluster.partition(TICKETS, lane)
        milliseconds = max(0, int(since.timestamp() * 1_000) - _MARGIN_MS)
        async with self._cluster.consumer() as kafka:
            kafka.assign([tp])
            first = (await kafka.offsets_for_times({tp: milliseconds}))[tp]
        return first.offset if first else None

    async def turn(self, stretch: Stretch, moved: Callable[[int], Awaitable[None]]) -> int:
        """Queue some of it, as far as there is room; the offset to go on from. moved: keeps that
        offset, after each batch."""
        tp, at = self._cluster.partition(TICKETS, stretch.lane), stretch.start
        if at >= stretch.end:
            return at
        half = stretch.most // 2
        waiting = await self._queue.waiting(stretch.webhook_id, stretch.replay, half + 1)
        if waiting > half:
            return at
        async with self._cluster.consumer() as kafka:
            kafka.assign([tp])
            kafka.seek(tp, at)
            most = min(MOST_RECORDS, stretch.most)
            for _ in range(_MOST_BATCHES):
                batches = await kafka.getmany(timeout_ms=_POLL_MS, max_records=most)
                records = [one for one in batches.get(tp, []) if one.offset < stretch.end]
                waiting += await self._take(
                    stretch, [read(one, TICKETS, CONSUMER) for one in records]
                )
                at = min(await kafka.position(tp), stretch.end)
                await moved(at)
                if at >= stretch.end or waiting >= stretch.most:
                    break
        return at

    async def _take(self, stretch: Stretch, batch: list[Recorded[object]]) -> int:
        lives = await self._facts.load({recorded.aggregate_id for recorded in batch})
        deliveries = [
            delivery_of(stretch.webhook_id, recorded, facts, self._public_url, stretch.replay)
            for recorded in batch
            for facts in (lives.get(recorded.aggregate_id, Life()).at(recorded.sequence),)
            if stretch.told(recorded, facts)
        ]
        await self._queue.add(deliveries)
        return len(deliveries)
