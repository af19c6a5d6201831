"""One transaction of a lane: what a batch of commands adds to the log, whole or not at all.

The order in ``commit`` is the promise: send, await every send, only then add the input offsets,
commit. (aiokafka commits a transaction whose send failed if nobody looks; offsets sent while
records are in flight make the broker answer NOT_ENOUGH_REPLICAS and cost a retry.)
"""

from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from typing import cast

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata, RecordMetadata

from libs.events import topics
from libs.events.aggregate import AnyAggregate
from libs.events.codec import Outgoing, chain_hash, encode_event, encoder
from libs.events.dead_letters import Aside, seal
from libs.events.deciding import Decided, Held, Quarantine
from libs.events.envelope import Command, Recorded, Reply
from libs.events.kafka import Cluster, utc_now
from libs.events.personal import personal_values
from libs.events.states import Checkpoint
from libs.keyring import Keyring

# What the broker answers to each batch.
Delivery = Sequence[Awaitable[RecordMetadata]]


class Transaction:
    """Collects the outcomes of a batch.

    now: the batch's recorded_at, which never goes back; changed: the aggregates with something
    new; after: the lane's checkpoint once this is committed.
    """

    def __init__(
        self,
        cluster: Cluster,
        partition: int,
        producer: AIOKafkaProducer,
        keyring: Keyring,
        checkpoint: Checkpoint,
        dead_letters: str,
    ) -> None:
        self._cluster = cluster
        self._partition = partition
        self._producer = producer
        self._keyring = keyring
        self.after = checkpoint.copy()
        self._dead_letters = dead_letters
        self._events: list[tuple[str, Held, Recorded[object], str]] = []
        self._others: dict[str, list[Outgoing]] = defaultdict(list)
        self._aside: list[Aside] = []
        self._about: dict[int, Held] = {}
        self.changed: dict[str, Held] = {}
        now = utc_now()
        before = checkpoint.recorded_at
        self.now = now if before is None else max(now, before)

    def add(self, aggregate: AnyAggregate, decided: Decided) -> None:
        """The events of one decided command; the last is the answer to whoever waits for it."""
        if decided.repeated:
            return
        self.changed[decided.held.id] = decided.held
        topic = topics.events(aggregate.name)
        for recorded in decided.events:
            last = recorded is decided.events[-1]
            answered = decided.command.reply_to if last else ""
            self._events.append((topic, decided.held, recorded, answered))
            if type(recorded.data) is aggregate.numbered:
                issued = self.after.issued
                issued[aggregate.name] = issued.get(aggregate.name, 0) + 1

    def reply(self, aggregate: AnyAggregate, command: Command[object], reply: Reply) -> None:
        """The answer to a command that made no event; a refusal's only memory in the log."""
        record = Outgoing(
            command.aggregate_id.encode(),
            msgspec.json.encode(reply),
            [("ce_id", command.command_id.encode()), ("ce_replyto", command.reply_to.encode())],
        )
        self._others[topics.replies(aggregate.name)].append(record)

    def put_aside(self, letter: Aside) -> None:
        """A record for the service's dead letters."""
        self._aside.append(letter)

    def park(self, held: Held, letter: Aside) -> None:
        """A dead letter about a quarantined aggregate (or about its release)."""
        self._about[len(self._aside)] = held
        self.put_aside(letter)
        held.changes += 1
        self.changed[held.id] = held

    async def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata], group: str) -> None:
        """Append everything and commit it with the offsets. On any error nothing of it counts."""
        encoded = await self._encode_events()
        if self._aside:
            sealed = await seal(self._keyring, self._aside, utc_now())
            self._others[self._dead_letters] = sealed
        await self._producer.begin_transaction()
        # All of it is sent before any of it is awaited: one request to add the partitions, one to
        # write to them.
        outgoing = {t: some for t, some in (*encoded.items(), *self._others.items()) if some}
        sent = {
            topic: await send(self._producer, self._cluster.topic(topic), self._partition, records)
            for topic, records in outgoing.items()
        }
        for topic, delivery in sent.items():
            first = await delivered(delivery)
            self.after.events[topic] = first + len(outgoing[topic])
            if topic == self._dead_letters:
                self._note_quarantines(first)
        await self._producer.send_offsets_to_transaction(dict(offsets), group)
        await self._producer.commit_transaction()

    async def _encode_events(self) -> dict[str, list[Outgoing]]:
        """Seal, encode and chain the events, in the order in which they were decided."""
        if not self._events:
            return {}
        fresh: set[str] = set()
        sources: set[str] = set()
        for _, _, recorded, _ in self._events:
            for value in personal_values(cast(msgspec.Struct, recorded.data)):
                fresh.add(value.key)
                sources.update(value.source_keys())
        if fresh:
            await self._keyring.load(fresh, create=True)
            await self._keyring.load(sources - fresh)
        json = encoder(self._keyring)
        encoded: dict[str, list[Outgoing]] = defaultdict(list)
        heads = self.after.heads
        for topic, held, recorded, answered in self._events:
            recorded.aggregate_prev = held.head
            recorded.partition_prev = heads.get(topic, "")
            record = encode_event(recorded, json, answered)
            held.head = heads[topic] = chain_hash(record.key, record.headers, record.value)
            encoded[topic].append(record)
        self.after.recorded_at = self.now
        return encoded

    def _note_quarantines(self, first: int) -> None:
        for place, held in self._about.items():
            held.dead_letter = first + place
            if held.quarantine is not None and held.quarantine.first_offset < 0:
                held.quarantine = Quarantine(first + place, held.quarantine.error)


async def send(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Outgoing]
) -> Delivery:
    """Hand records for one partition to the producer, in order, in as few batches as fit.

    Raises ValueError for a record that fits none.
    """
    timestamp = int(utc_now().timestamp() * 1000)
    futures = []
    batch = producer.create_batch()
    for record in records:
        parts = {"key": record.key, "value": record.value, "headers": record.headers}
        if batch.append(timestamp=timestamp, **parts) is None:
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            if batch.append(timestamp=timestamp, **parts) is None:
                raise ValueError(f"a record of {len(record.value)} bytes fits no batch")
    futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures


async def delivered(delivery: Delivery) -> int:
    """The offset of the first record, once all are written. Raises whatever the broker said of
    any of them."""
    answers = [await batch for batch in delivery]
    first: int = answers[0].offset
    return first


async def write(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Outgoing]
) -> int:
    """Send and wait: the first record's offset."""
    return await delivered(await send(producer, topic, partition, records))
