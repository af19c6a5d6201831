"""Kafka as we use it: clients with the settings that keep the promises, and namespaced topics.

The only module that makes aiokafka clients, so that no client is made with the defaults that lose
data (``auto_offset_reset=latest``, uncommitted reads, automatic commits).
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Literal

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, client
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from aiokafka.producer import sender

from libs.events.catalogue import CATALOGUE
from libs.events.codec import Outgoing, encode_command, encoder
from libs.events.envelope import Command
from libs.events.ids import partition_of
from libs.events.topics import LEDGER, MAX_RECORD_BYTES, commands
from libs.keyring import KeyNotLoaded, Keyring
from libs.settings import Settings, kafka_client_options

# aiokafka waits this long (s) between transactions of one producer when it finds the previous one
# still completing; at its 20 ms every transaction after another costs 27 ms, at 2 ms it costs 7.
sender.BACKOFF_OVERRIDE = 0.002

# A broker that refuses connections is asked again by every task of every client after its
# retry_backoff_ms: 700 times a second and process at our 15 ms, while it needs the processor to
# come up. So an attempt that fails lasts at least this long (s).
REFUSED_SECONDS = 0.25
_connect = client.create_conn


async def _connect_calmly(*args: object, **options: object) -> object:
    try:
        return await _connect(*args, **options)
    except (OSError, TimeoutError, KafkaError):
        await asyncio.sleep(REFUSED_SECONDS)
        raise


client.create_conn = _connect_calmly

Isolation = Literal["read_committed", "read_uncommitted"]


class NotProvisioned(Exception):
    """The ledger's topics are not there yet; the message says which command makes them."""


class Ledger(msgspec.Struct, frozen=True):
    """What was decided for ever when the topics were made.

    id: names this log; every checkpoint carries it. lanes: partitions of every aggregate topic.
    """

    id: str
    lanes: int
    created_at: datetime


class Cluster:
    """One Kafka cluster seen through one namespace. Topic names given here are without it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._options = kafka_client_options(settings)

    def topic(self, name: str) -> str:
        """The name on the broker."""
        return self.settings.namespace + name

    def plain(self, name: str) -> str:
        """The name without namespace."""
        return name.removeprefix(self.settings.namespace)

    def partition(self, name: str, partition: int) -> TopicPartition:
        """A partition of a topic, as the clients want it."""
        return TopicPartition(self.topic(name), partition)

    @asynccontextmanager
    async def consumer(
        self,
        *,
        topics: Sequence[str] = (),
        group: str | None = None,
        isolation: Isolation = "read_committed",
        listener: ConsumerRebalanceListener | None = None,
        instance: str | None = None,
        fetch_max_wait_ms: int = 500,
    ) -> AsyncIterator[AIOKafkaConsumer]:
        """A started consumer, stopped at the end. It never commits by itself.

        With a listener it subscribes to the topics; else the caller assigns partitions by hand,
        and seeks. instance: static membership; whoever comes back under this name gets its
        partitions at once, and nobody takes them over before its session has timed out.
        """
        consumer = AIOKafkaConsumer(
            **self._options,
            group_id=self.settings.namespace + group if group else None,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level=isolation,
            partition_assignment_strategy=(RangePartitionAssignor,),
            fetch_max_wait_ms=fetch_max_wait_ms,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            retry_backoff_ms=20,
            request_timeout_ms=20_000,
            session_timeout_ms=10_000,
            metadata_max_age_ms=60_000,
        )
        if listener is not None:
            consumer.subscribe(list(map(self.topic, topics)), listener=listener)
        await consumer.start()
        try:
            yield consumer
        finally:
            await _stop(consumer)

    def producer(
        self, *, transactional_id: str | None = None, linger_ms: int = 0
    ) -> AIOKafkaProducer:
        """A producer that is not started yet: idempotent, acks=all, transactional if named."""
        return AIOKafkaProducer(
            **self._options,
            enable_idempotence=True,
            acks="all",
            transactional_id=self.settings.namespace + transactional_id
            if transactional_id
            else None,
            transaction_timeout_ms=10_000,
            max_batch_size=1_000_000,
            max_request_size=MAX_RECORD_BYTES + 100_000,
            linger_ms=linger_ms,
            retry_backoff_ms=15,
            request_timeout_ms=20_000,
        )

    @asynccontextmanager
    async def producing(self, linger_ms: int = 0) -> AsyncIterator[AIOKafkaProducer]:
        """A started producer without transactions, stopped (flushed) at the end."""
        producer = self.producer(linger_ms=linger_ms)
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def ledger(self) -> Ledger:
        """The ledger's id and lane count. Raises NotProvisioned when there is none."""
        hint = "run `deskledger topics apply` first"
        async with self.consumer(isolation="read_uncommitted") as consumer:
            if self.topic(LEDGER) not in await consumer.topics():
                raise NotProvisioned(f"no topic {self.topic(LEDGER)!r} on this Kafka: {hint}")
            first = self.partition(LEDGER, 0)
            consumer.assign([first])
            if (await consumer.end_offsets([first]))[first] == 0:
                raise NotProvisioned(f"the topic {self.topic(LEDGER)!r} is empty: {hint}")
            await consumer.seek_to_beginning(first)
            record = await consumer.getone(first)
        return msgspec.json.decode(record.value, type=Ledger)


class Pace:
    """How often a consumer in no hurry polls while something comes: once in so many seconds.

    Every transaction wakes every consumer that has a fetch open; where nobody waits by the
    millisecond, a rest after each poll spares Kafka and us most of that work. What comes after a
    pause is still polled at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rested_at = 0.0

    def polled(self, batches: Mapping[TopicPartition, Sequence[object]], most: int) -> None:
        """This came just now; if it is as much as may come at once, there is more already."""
        if 0 < sum(map(len, batches.values())) < most:
            self._rested_at = time.monotonic() + self._seconds

    async def rest(self, at_most: float = math.inf) -> None:
        """Wait until the next poll may be."""
        left = min(self._rested_at - time.monotonic(), at_most)
        if left > 0:
            await asyncio.sleep(left)


class CommandSender:
    """Sends commands to their owners, each to the partition of its aggregate's slot."""

    def __init__(
        self, cluster: Cluster, producer: AIOKafkaProducer, keyring: Keyring, lanes: int
    ) -> None:
        self._cluster = cluster
        self._producer = producer
        self._keyring = keyring
        self._json = encoder(keyring)
        self._lanes = lanes

    async def send(self, to_send: Sequence[Command[object]]) -> None:
        """Send all of them and return when every one is committed by the broker."""
        futures = []
        for command in to_send:
            record = await self._encode(command)
            futures.append(
                await self._producer.send(
                    self._cluster.topic(commands(CATALOGUE.entry(type(command.data)).aggregate)),
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    partition=partition_of(command.aggregate_id, self._lanes),
                )
            )
        for future in futures:
            await future

    async def _encode(self, command: Command[object]) -> Outgoing:
        while True:
            try:
                return encode_command(command, self._json)
            except KeyNotLoaded as missing:
                await self._keyring.load([missing.key_id])


async def end_offsets(
    cluster: Cluster, partitions: Iterable[TopicPartition], isolation: Isolation
) -> Mapping[TopicPartition, int]:
    """The ends of these partitions, by a consumer of its own (the caller's may sit in a poll)."""
    wanted = list(partitions)
    async with cluster.consumer(isolation=isolation) as consumer:
        consumer.assign(wanted)
        consumer.pause(*wanted)
        return dict(await consumer.end_offsets(wanted))


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer. One that hardly ran answers with a cancellation that is not ours."""
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait([stopping])
    if not stopping.cancelled():
        stopping.result()


def utc_now() -> datetime:
    """The shell's clock. Pure code is told the time instead."""
    return datetime.now(UTC)
