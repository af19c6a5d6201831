"""Events straight into the log, as a lane would write them, for tests of what reads it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaProducer

from libs.events import topics
from libs.events.catalogue import CATALOGUE
from libs.events.codec import encode_event, encoder
from libs.events.envelope import Position, Recorded
from libs.events.ids import event_id, partition_of
from libs.events.kafka import Cluster, utc_now
from libs.keyring import Keyring

NOWHERE = Position("", 0, -1)


class Writer:
    """Appends events; sequences go up by aggregate, the chain is left out. actor: of them all."""

    actor = "agent:ann"

    def __init__(
        self, cluster: Cluster, producer: AIOKafkaProducer, keyring: Keyring, lanes: int
    ) -> None:
        self._cluster = cluster
        self._producer = producer
        self._json = encoder(keyring)
        self._lanes = lanes
        self._sequences: dict[str, int] = defaultdict(int)

    async def append(
        self, aggregate_id: str, *data: msgspec.Struct, at: datetime | None = None
    ) -> Sequence[Position]:
        """Append these to one aggregate; returns once the broker has them."""
        return await self.append_all([(aggregate_id, one) for one in data], at)

    async def append_all(
        self, events: Sequence[tuple[str, msgspec.Struct]], at: datetime | None = None
    ) -> Sequence[Position]:
        """Append events of several aggregates, in this order within each partition."""
        futures = []
        for aggregate_id, data in events:
            entry = CATALOGUE.entry(type(data))
            topic = topics.events(entry.aggregate)
            record = encode_event(self._recorded(aggregate_id, data, at or utc_now()), self._json)
            future = await self._producer.send(
                self._cluster.topic(topic),
                key=record.key,
                value=record.value,
                headers=record.headers,
                partition=partition_of(aggregate_id, self._lanes),
            )
            futures.append((topic, future))
        sent = [(topic, await future) for topic, future in futures]
        return [Position(topic, metadata.partition, metadata.offset) for topic, metadata in sent]

    def _recorded(self, aggregate_id: str, data: msgspec.Struct, at: datetime) -> Recorded[object]:
        self._sequences[aggregate_id] += 1
        return Recorded(
            data=data,
            event_id=event_id(),
            type=type(data).__name__,
            version=1,
            aggregate_id=aggregate_id,
            sequence=self._sequences[aggregate_id],
            occurred_at=at,
            recorded_at=at,
            actor=self.actor,
            correlation_id="test",
            causation_id=event_id(),
            input="",
            aggregate_prev="",
            partition_prev="",
            position=NOWHERE,
        )
