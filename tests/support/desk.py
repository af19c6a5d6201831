"""A ledger with intake running on it, and a customer who writes."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar, cast

import msgspec

from libs.events.catalogue import CATALOGUE
from libs.events.codec import decode_event
from libs.events.envelope import Recorded
from libs.events.ids import new_id, partition_of
from libs.events.kafka import end_offsets
from libs.events.published.channels import conversation_id
from libs.events.resources import Resources
from libs.events.topics import INBOUND, events
from services.intake.app import run
from services.intake.settings import IntakeSettings
from tests.support.lanes import Bench

E = TypeVar("E", bound=msgspec.Struct)
ANNA = "Anna.Ruiz@example.org"


class Desk(Bench):
    """What a test of intake does from outside."""

    @contextlib.asynccontextmanager
    async def intake(
        self,
        close_after: timedelta = timedelta(days=4),
        agents: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Resources]:
        """Intake as its process runs it, stopped hard at the end of the block. agents: their ids by
        mail address."""
        settings = IntakeSettings(
            namespace=self.settings.namespace,
            lanes=self.settings.lanes,
            close_after=close_after,
            agent_addresses=dict(agents or {}),
        )
        async with Resources.open(settings, "intake") as on:
            running = asyncio.create_task(run(settings, on))
            try:
                yield on
                if running.done():
                    running.result()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def publish(
        self, *, wrong_partition: bool = False, traceparent: str = "", **fields: object
    ) -> str:
        """A chat message, as an adapter of anybody's may publish it; the conversation's id.

        A field that is None is left out.
        """
        message = {
            "channel": "chat",
            "account": "support",
            "id": new_id("m"),
            "sender": {"address": ANNA, "name": "Anna Ruiz"},
            "received_at": "2026-03-02T08:59:00Z",
            "subject": "Printer",
            "text": "It is on fire.",
        } | fields
        value = {name: field for name, field in message.items() if field is not None}
        conversation = conversation_id(
            str(message["account"]), str(message.get("thread") or message["id"])
        )
        partition = (partition_of(conversation, self.ledger.lanes) + wrong_partition) % 2
        await self.send_raw(
            INBOUND,
            partition,
            key=b"",
            value=json.dumps(value).encode(),
            headers=[("ce_traceparent", traceparent.encode())] if traceparent else [],
        )
        return conversation

    async def until(
        self, kind: type[E], count: int = 1, seconds: float = 60
    ) -> Sequence[Recorded[E]]:
        """The events of a type, once there are so many; and no more than that."""
        found: list[Recorded[E]] = []
        try:
            async with asyncio.timeout(seconds):
                while len(found) < count:
                    found = await self.so_far(kind)
        except TimeoutError:
            happened = [type(event.data).__name__ for event in await self.happened()]
            raise AssertionError(f"{count} {kind.__name__} in vain; but {happened}") from None
        assert len(found) == count, found
        return found

    async def happened(self) -> list[Recorded[object]]:
        """Every event that the log holds now, by the time at which it was written."""
        found = [
            event
            for aggregate in sorted({entry.aggregate for entry in CATALOGUE.entries("event")})
            for event in await self._read(aggregate)
        ]
        return sorted(found, key=lambda event: event.recorded_at)

    async def so_far(self, kind: type[E]) -> list[Recorded[E]]:
        """The events of a type that the log holds now."""
        found = await self._read(CATALOGUE.entry(kind).aggregate)
        return cast(list[Recorded[E]], [event for event in found if isinstance(event.data, kind)])

    async def _read(self, aggregate: str) -> list[Recorded[object]]:
        topic = events(aggregate)
        partitions = [self.cluster.partition(topic, n) for n in range(self.ledger.lanes)]
        ends = await end_offsets(self.cluster, partitions, "read_committed")
        found: list[Recorded[object]] = []
        async with self.cluster.consumer(topics=[topic], fetch_max_wait_ms=50) as consumer:
            consumer.assign(partitions)
            for tp in partitions:
                consumer.seek(tp, 0)
            while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += [decode_event(record, topic) for record in batch]
        return found
