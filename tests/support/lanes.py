"""A ledger of a test's own, with lanes that run in the test's loop."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

import msgspec

from libs.events import topics
from libs.events.aggregate import Aggregate
from libs.events.catalogue import CATALOGUE
from libs.events.codec import KafkaRecord, decode_event
from libs.events.envelope import Command, Recorded, Reply
from libs.events.kafka import Cluster, CommandSender, Ledger, end_offsets
from libs.events.lane import Deciders, Lane
from libs.events.provisioning import apply
from libs.keyring import Keyring
from libs.mongo import Mongo, connect
from libs.settings import Settings
from libs.telemetry import Progress, setup

S = TypeVar("S", bound=msgspec.Struct)


@dataclass
class Bench:
    """Everything that a test of the log needs, on real servers."""

    settings: Settings
    cluster: Cluster
    mongo: Mongo
    keyring: Keyring
    ledger: Ledger
    sender: CommandSender

    @classmethod
    @contextlib.asynccontextmanager
    async def on(cls, settings: Settings) -> AsyncIterator[Self]:
        """Provision a fresh ledger and connect to it."""
        cluster = Cluster(settings)
        ledger, _ = await apply(cluster)
        mongo = connect(settings)
        keyring = Keyring(mongo, settings)
        async with cluster.producing() as producer:
            sender = CommandSender(cluster, producer, keyring, ledger.lanes)
            yield cls(settings, cluster, mongo, keyring, ledger, sender)
        await mongo.close()

    def lane(self, deciders: Deciders, number: int = 0) -> Lane:
        """A lane that does not run yet."""
        telemetry = setup(self.settings, "test")
        return Lane(
            deciders,
            number,
            cluster=self.cluster,
            database=self.mongo.database(deciders.service),
            keyring=self.keyring,
            ledger=self.ledger,
            telemetry=telemetry,
            progress=Progress(),
        )

    @contextlib.asynccontextmanager
    async def running(self, deciders: Deciders, *numbers: int) -> AsyncIterator[None]:
        """Lanes that serve while the block runs; stopped hard at its end."""
        tasks = [asyncio.create_task(self.lane(deciders, n).run()) for n in numbers or (0,)]
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def records(self, topic: str, count: int, seconds: float = 15) -> list[KafkaRecord]:
        """The committed records of all partitions of a topic, once there are at least so many."""
        partitions = [self.cluster.partition(topic, p) for p in range(self.ledger.lanes)]
        found: list[KafkaRecord] = []
        async with self.cluster.consumer(fetch_max_wait_ms=50) as consumer:
            consumer.assign(partitions)
            for tp in partitions:
                consumer.seek(tp, 0)
            async with asyncio.timeout(seconds):
                while len(found) < count:
                    for batch in (await consumer.getmany(timeout_ms=200)).values():
                        found += batch
        return found

    async def events(self, aggregate: str, count: int) -> list[Recorded[object]]:
        """The events of an aggregate's topic, once there are so many; and no more than that."""
        topic = topics.events(aggregate)
        found = [decode_event(r, topic) for r in await self.records(topic, count)]
        assert len(found) == count
        return found

    async def replies(self, aggregate: str, count: int) -> list[Reply]:
        """The replies of an aggregate's topic, once there are so many."""
        found = await self.records(topics.replies(aggregate), count)
        return [msgspec.json.decode(r.value or b"", type=Reply) for r in found]

    async def send_raw(
        self,
        topic: str,
        partition: int,
        *,
        key: bytes,
        value: bytes = b"{}",
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """A record as any program might write it."""
        async with self.cluster.producing() as producer:
            await producer.send_and_wait(
                self.cluster.topic(topic),
                key=key,
                value=value,
                headers=list(headers),
                partition=partition,
            )

    async def drained(self, deciders: Deciders, seconds: float = 15) -> None:
        """Wait until every command that is there has been decided and committed."""
        inputs = [
            self.cluster.partition(topic, p)
            for topic in deciders.inputs
            for p in range(self.ledger.lanes)
        ]
        async with (
            asyncio.timeout(seconds),
            self.cluster.consumer(group=deciders.service) as consumer,
        ):
            while True:
                ends = await end_offsets(self.cluster, inputs, "read_committed")
                behind = [tp for tp in inputs if (await consumer.committed(tp) or 0) < ends[tp]]
                if not behind:
                    return
                await asyncio.sleep(0.02)

    async def settled(self, service: str, seconds: float = 15) -> None:
        """Wait until the lanes have written their states behind."""
        lanes = self.mongo.database(service)["lanes"]
        ends: dict[str, object] = {}
        async with asyncio.timeout(seconds):
            while True:
                before, ends = ends, {lane["_id"]: lane["inputs"] async for lane in lanes.find()}
                if ends and ends == before:
                    return
                await asyncio.sleep(0.7)


def in_lane(kind: str, lane: int, lanes: int) -> str:
    """A random id of this kind that belongs to this lane."""
    slot = lane + lanes * secrets.randbelow(256 // lanes)
    return f"{kind}-{slot:02x}{secrets.token_hex(12)}"


def command(aggregate_id: str, data: msgspec.Struct, **more: object) -> Command[object]:
    """A command from a made-up agent."""
    return msgspec.structs.replace(
        Command(data=data, aggregate_id=aggregate_id, actor="agent:ann"), **more
    )


def deciders_of(aggregate: Aggregate[S], service: str = "intake") -> Deciders:
    """The deciding side of a made-up service."""
    return Deciders(service, {aggregate.kind: aggregate})


def ce_type(data: type[msgspec.Struct]) -> bytes:
    """The wire name of a type."""
    return CATALOGUE.entry(data).header
