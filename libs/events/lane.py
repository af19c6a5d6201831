"""A lane: partition p of all of a service's topics, with one owner, deciding exactly once.

A lane lives through four steps and never skips one: start the producer, which fences the
predecessor and settles its open transaction; only then read the committed offsets; catch the state
up; serve. Whatever goes wrong, it drops everything and begins again at the first step; being
fenced ends the process, because somebody newer owns the lane now.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced
from aiokafka.structs import OffsetAndMetadata

from libs.events import topics
from libs.events.aggregate import AnyAggregate, Moment
from libs.events.catalogue import CATALOGUE
from libs.events.catching_up import catch_up
from libs.events.codec import KafkaRecord, Malformed, decode_command
from libs.events.dead_letters import RELEASE, compose, originals, read
from libs.events.deciding import (
    Broken,
    Decided,
    Held,
    Quarantine,
    aggregate_of,
    handle,
)
from libs.events.envelope import Command, Position, Recorded, Reply
from libs.events.ids import partition_of
from libs.events.kafka import Cluster, Ledger, utc_now
from libs.events.lane_input import DeadLetter, Forward
from libs.events.states import MOST_DIRTY, Checkpoint, StateStore
from libs.events.transaction import Transaction
from libs.keyring import Keyring
from libs.mongo import Database
from libs.telemetry import Progress, Telemetry

log = logging.getLogger(__name__)

MAX_BATCH = 400
FLUSH_SECONDS = 0.3
ATTEMPTS = 3

Promises = tuple[Sequence[str], Sequence[str]]
NO_PROMISES: Promises = ((), ())
Received = Command[object] | DeadLetter | Forward
Receive = Callable[[Sequence[KafkaRecord]], Awaitable[Sequence[Received]]]


@dataclass(frozen=True)
class Deciders:
    """The deciding side of a service.

    aggregates: by the prefix of their ids; receive: for input topics that are not commands
    (``channels.inbound``), what makes commands of their records; promises: what an event promises
    that some aggregate will say, and what it says that was promised, as keys; about: whose erasure
    destroys a command that had to be put aside, if not its aggregate's; setup: asked before every
    decision for what it may look things up in (``Moment.setup``).
    """

    service: str
    aggregates: Mapping[str, AnyAggregate]
    receive: Mapping[str, Receive] = field(default_factory=dict)
    promises: Callable[[Recorded[object]], Promises] = lambda recorded: NO_PROMISES
    about: Callable[[object], str] = lambda data: ""
    setup: Callable[[], object] = lambda: None

    @property
    def names(self) -> list[str]:
        """The aggregates' topic prefixes."""
        return sorted({aggregate.name for aggregate in self.aggregates.values()})

    @property
    def inputs(self) -> list[str]:
        """The topics that its lanes decide on."""
        return [*self.receive, *map(topics.commands, self.names)]

    @property
    def outputs(self) -> list[str]:
        """The topics that its lanes alone write."""
        per_aggregate = [(topics.events(name), topics.replies(name)) for name in self.names]
        return [topic for pair in per_aggregate for topic in pair] + [
            topics.dead_letters(self.service)
        ]


class DecisionFailed(Exception):
    """A decide or evolve raised something that is no refusal: a bug, not an answer."""

    def __init__(self, position: str, error: Exception) -> None:
        super().__init__(f"the command at {position} failed: {type(error).__name__}: {error}")
        self.position = position


class Fenced(Exception):
    """Somebody newer owns this lane."""


class Lane:
    """One lane of one service in this process."""

    def __init__(
        self,
        deciders: Deciders,
        number: int,
        *,
        cluster: Cluster,
        database: Database,
        keyring: Keyring,
        ledger: Ledger,
        telemetry: Telemetry,
        progress: Progress,
    ) -> None:
        self._deciders = deciders
        self._number = number
        self._name = f"{deciders.service}-{number}"
        self._cluster = cluster
        self._database = database
        self._keyring = keyring
        self._ledger = ledger
        self._telemetry = telemetry
        self._progress = progress
        self._failures: dict[str, int] = {}
        self._releases: set[str] = set()
        self._last_error = ""

    async def run(self) -> None:
        """Own the lane until cancelled. Raises Fenced, or Broken when the log is torn."""
        pause = 0.05
        while True:
            started = utc_now()
            try:
                await self._life()
            except (ProducerFenced, InvalidProducerEpoch) as error:
                raise Fenced(f"lane {self._name} has a newer owner") from error
            except (Broken, Fenced, asyncio.CancelledError):
                raise
            except DecisionFailed as error:
                self._failures[error.position] = self._failures.get(error.position, 0) + 1
                self._last_error = str(error)
                log.exception("lane %s: %s", self._name, error)
            except Exception:
                log.exception("lane %s starts over", self._name)
                if (utc_now() - started).total_seconds() > 30:
                    pause = 0.05
                await asyncio.sleep(pause)
                pause = min(5.0, pause * 2)

    async def _life(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            producer = self._cluster.producer(transactional_id=self._name)
            stack.push_async_callback(_stop, producer)
            await producer.start()
            consumer = await stack.enter_async_context(
                self._cluster.consumer(group=self._deciders.service)
            )
            states = StateStore(self._database, self._name, self._deciders.aggregates)
            checkpoint = await catch_up(
                self._cluster, self._deciders, self._number, states, self._ledger
            )
            await self._seek(consumer, checkpoint)
            forwarder = await stack.enter_async_context(self._cluster.producing())
            serving = Serving(self, producer, forwarder, states, checkpoint)
            flusher = asyncio.create_task(serving.flush_forever())
            stack.push_async_callback(_cancel, flusher)
            log.info("lane %s serves", self._name)
            self._progress.ready(self._name)
            while True:
                self._progress.beat(self._name)
                batches = await consumer.getmany(timeout_ms=1_000, max_records=MAX_BATCH)
                if flusher.done():
                    flusher.result()
                if batches:
                    await serving.serve(batches)

    async def _seek(self, consumer: AIOKafkaConsumer, checkpoint: Checkpoint) -> None:
        """Go on where the last committed transaction ended."""
        inputs = {t: self._cluster.partition(t, self._number) for t in self._deciders.inputs}
        consumer.assign(list(inputs.values()))
        for topic, tp in inputs.items():
            committed = await consumer.committed(tp)
            if committed is None and checkpoint.inputs.get(topic, 0) > 0:
                raise Broken(
                    f"{topic}/{self._number} was read up to {checkpoint.inputs[topic]}, but Kafka "
                    f"has lost the committed offset of {self._deciders.service}: restore it "
                    "rather than starting over"
                )
            consumer.seek(tp, committed or 0)
            checkpoint.inputs[topic] = committed or 0


class Serving:
    """A lane that has caught up: batches of records in, one transaction each out."""

    def __init__(
        self,
        lane: Lane,
        producer: AIOKafkaProducer,
        forwarder: AIOKafkaProducer,
        states: StateStore,
        checkpoint: Checkpoint,
    ) -> None:
        self._lane = lane
        self._producer = producer
        self._forwarder = forwarder
        self._states = states
        self._checkpoint = checkpoint
        self._flushing = asyncio.Lock()
        self._flushed = False

    async def flush_forever(self) -> None:
        """Write states and checkpoint behind, a few times a second."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if not self._flushed:
                await self.flush()

    async def flush(self) -> None:
        """Write what is dirty now."""
        async with self._flushing:
            self._flushed = True
            await self._states.flush(self._checkpoint)

    async def serve(self, batches: Mapping[TopicPartition, Sequence[KafkaRecord]]) -> None:
        """Decide a batch and commit it: events, replies, dead letters and input offsets at once."""
        lane = self._lane
        if self._states.waiting > MOST_DIRTY:
            await self.flush()
        transaction = Transaction(
            lane._cluster,
            lane._number,
            self._producer,
            lane._keyring,
            self._checkpoint,
            topics.dead_letters(lane._deciders.service),
        )
        metrics = lane._telemetry.metrics
        with lane._telemetry.span("lane.batch", lane=lane._name):
            started = perf_counter()
            for tp, records in batches.items():
                topic = lane._cluster.plain(tp.topic)
                await self._decide_all(topic, records, transaction)
                metrics.batch_size.record(len(records), consumer=lane._name)
            decided = perf_counter()
            metrics.decide_time.record(decided - started, lane=lane._name)
            await transaction.commit(
                {
                    tp: OffsetAndMetadata(records[-1].offset + 1, "")
                    for tp, records in batches.items()
                },
                lane._cluster.settings.namespace + lane._deciders.service,
            )
            metrics.commit_time.record(perf_counter() - decided, lane=lane._name)
        for tp, records in batches.items():
            transaction.after.inputs[lane._cluster.plain(tp.topic)] = records[-1].offset + 1
        self._states.commit(transaction.changed.values())
        self._checkpoint = transaction.after
        self._flushed = False

    async def _decide_all(
        self, topic: str, records: Sequence[KafkaRecord], transaction: Transaction
    ) -> None:
        received = await self._received(topic, records)
        await self._states.load(item.aggregate_id for item in received if isinstance(item, Command))
        for record, item in zip(records, received, strict=True):
            source = Position(topic, record.partition, record.offset)
            if isinstance(item, Command):
                self._decide(record, item, source, transaction)
            elif isinstance(item, DeadLetter):
                about = item.about or (record.key or b"").decode(errors="replace")
                transaction.put_aside(
                    compose("dead", record, source, item.sentence, utc_now(), about=about)
                )
            elif isinstance(item, Forward):
                await self._forward(topic, record, item)
            else:
                await self._release(record, source, transaction)

    async def _received(
        self, topic: str, records: Sequence[KafkaRecord]
    ) -> Sequence[Received | None]:
        """What each record is; None for the request to end a quarantine."""
        receive = self._lane._deciders.receive.get(topic)
        if receive is not None:
            return await receive(records)
        return [
            None if ("ce_type", RELEASE) in record.headers else self._command(topic, record)
            for record in records
        ]

    def _command(self, topic: str, record: KafkaRecord) -> Command[object] | DeadLetter:
        lane = self._lane
        try:
            command = decode_command(record, topic)
            partition = partition_of(command.aggregate_id, lane._ledger.lanes)
        except (Malformed, ValueError) as error:
            return DeadLetter(str(error))
        aggregate = aggregate_of(lane._deciders.aggregates, command.aggregate_id)
        if aggregate is None or topics.commands(aggregate.name) != topic:
            return DeadLetter(f"{command.aggregate_id} is no aggregate of {topic}")
        if CATALOGUE.entry(type(command.data)).aggregate != aggregate.name:
            return DeadLetter(f"{type(command.data).__name__} is no command of {aggregate.name}")
        if partition != record.partition:
            return DeadLetter(
                f"{command.aggregate_id} belongs to partition {partition}, not {record.partition}: "
                "take the slot in its id modulo the partition count"
            )
        return command

    def _decide(
        self, record: KafkaRecord, command: Command[object], source: Position, tx: Transaction
    ) -> None:
        lane = self._lane
        held = self._states.get(command.aggregate_id)
        if held.quarantine is not None:
            self._park(record, command, source, held.quarantine.error, tx)
            return
        if lane._failures.get(str(source), 0) >= ATTEMPTS:
            held.quarantine = Quarantine(-1, lane._last_error)
            log.error("%s is quarantined: %s", held.id, lane._last_error)
            self._park(record, command, source, lane._last_error, tx)
            return
        aggregate = lane._deciders.aggregates[held.id.partition("-")[0]]
        number = tx.after.issued.get(aggregate.name, 0) * lane._ledger.lanes
        at = Moment(tx.now, number + lane._number + 1, lane._deciders.setup())
        decided = self._traced(aggregate, held, command, at, source)
        tx.add(aggregate, decided)
        reply = _reply(decided, record.partition)
        if reply.refusal or (command.reply_to and not decided.events):
            tx.reply(aggregate, command, reply)
        name = type(command.data).__name__
        lane._telemetry.metrics.decided.add(1, command=name)
        if reply.refusal:
            lane._telemetry.metrics.refused.add(1, command=name, code=reply.refusal)

    def _park(
        self,
        record: KafkaRecord,
        command: Command[object],
        source: Position,
        error: str,
        tx: Transaction,
    ) -> None:
        id = command.aggregate_id
        about = self._lane._deciders.about(command.data) or id
        tx.park(
            self._states.get(id),
            compose("parked", record, source, error, utc_now(), aggregate_id=id, about=about),
        )

    def _traced(
        self,
        aggregate: AnyAggregate,
        held: Held,
        command: Command[object],
        moment: Moment,
        source: Position,
    ) -> Decided:
        """Decide, inside a span that goes on where the command came from."""
        telemetry = self._lane._telemetry
        with telemetry.span("decide", command.traceparent, command=type(command.data).__name__):
            if telemetry.enabled:
                command.traceparent = telemetry.inject()
            try:
                return handle(aggregate, held, command, moment)
            except Exception as error:
                raise DecisionFailed(str(source), error) from error

    async def _forward(self, topic: str, record: KafkaRecord, forward: Forward) -> None:
        await self._forwarder.send_and_wait(
            self._lane._cluster.topic(topic),
            key=forward.key.encode(),
            value=record.value,
            headers=list(record.headers),
            partition=forward.partition,
        )

    async def _release(self, record: KafkaRecord, source: Position, tx: Transaction) -> None:
        """End a quarantine: decide what was parked, in order, in this same transaction."""
        lane = self._lane
        aggregate_id = (record.key or b"").decode(errors="replace")
        if aggregate_of(lane._deciders.aggregates, aggregate_id) is None:
            tx.put_aside(
                compose("dead", record, source, f"{aggregate_id} is no aggregate", utc_now())
            )
            return
        await self._states.load([aggregate_id])
        held = self._states.get(aggregate_id)
        if held.quarantine is None:
            return
        first = held.quarantine.first_offset
        if str(source) not in lane._releases:
            lane._releases.add(str(source))
            lane._failures.clear()
        held.quarantine = None
        why = "released by a person"
        tx.park(
            held, compose("released", record, source, why, utc_now(), aggregate_id=aggregate_id)
        )
        parked = [
            letter
            async for letter in read(lane._cluster, lane._deciders.service, [lane._number], first)
            if letter.kind == "parked" and letter.aggregate_id == aggregate_id
        ]
        for again in await originals(lane._keyring, parked):
            where = Position(again.topic, again.partition, again.offset)
            command = await self._parked_command(again)
            if isinstance(command, Command):
                self._decide(again, command, where, tx)
            else:
                tx.put_aside(compose("dead", again, where, "it was never a command", utc_now()))

    async def _parked_command(self, record: KafkaRecord) -> Received | None:
        [received] = await self._received(record.topic, [record])
        return received


def _reply(decided: Decided, partition: int) -> Reply:
    outcome = decided.outcome
    return Reply(
        command_id=decided.command.command_id,
        aggregate_id=decided.held.id,
        partition=partition,
        sequence=outcome.sequence,
        refusal=outcome.refusal,
        sentence=outcome.sentence,
        field=outcome.field,
    )


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop a producer without letting a transaction that hangs hold the lane."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.stop(), 5)


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


def own_lanes(lanes: int, replica: int, replicas: int) -> list[int]:
    """The lanes of replica i of n: those with p mod n = i."""
    return [p for p in range(lanes) if p % replicas == replica]
