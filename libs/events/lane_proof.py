"""The proof of one lane: one pass over its events, against its states and its inputs."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import msgspec

from libs.events import topics
from libs.events.catalogue import UnknownType
from libs.events.codec import KafkaRecord, Malformed, chain_hash, decode_command, decode_event
from libs.events.dead_letters import read
from libs.events.deciding import Outcome, Quarantine
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import slot_of
from libs.events.kafka import end_offsets
from libs.events.lane import Deciders
from libs.events.lane_input import DeadLetter, Forward
from libs.events.resources import Resources
from libs.events.states import Checkpoint
from libs.mongo import Collection

MOST_FINDINGS = 1_000


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. kind: stable code; where: a position or an id; sentence: what."""

    kind: str
    where: str
    sentence: str


class LaneProof(msgspec.Struct):
    """What one lane's check saw.

    unsettled: inputs without an event that are newer than the stored states, which alone know of a
    refusal that nobody waited for; a lane that goes on settles them. made, kept: promises between
    aggregates, by key (see Deciders).
    """

    events: int = 0
    aggregates: int = 0
    inputs: int = 0
    unsettled: int = 0
    findings: list[Finding] = []
    made: dict[str, tuple[datetime, str]] = {}
    kept: set[str] = set()

    def find(self, kind: str, where: object, sentence: str) -> None:
        """Note something wrong; the first thousand tell enough."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, str(where), sentence))


class _Known(msgspec.Struct):
    """What the decider knows of an aggregate. seen: the log has an event of this sequence."""

    sequence: int
    head: str
    seen: bool = False


async def prove_lane(
    resources: Resources, deciders: Deciders, lane: int, on_progress: Callable[[int, int], None]
) -> LaneProof:
    """Check lane ``lane``: chain, sequences, states, outcomes of its inputs."""
    return await _Prover(resources, deciders, lane, on_progress).prove()


class _Prover:
    def __init__(
        self,
        resources: Resources,
        deciders: Deciders,
        lane: int,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._resources = resources
        self._cluster = resources.cluster
        self._deciders = deciders
        self._lane = lane
        self._on_progress = on_progress
        self._proof = LaneProof()
        self._heads: dict[str, tuple[int, str]] = {}
        self._answered: dict[str, set[int]] = {topic: set() for topic in deciders.inputs}
        self._caused: set[str] = set()
        database = resources.mongo.database(deciders.service)
        self._states: Collection = database["states"]
        self._lanes: Collection = database["lanes"]

    async def prove(self) -> LaneProof:
        # The order makes it hold under load: what is read first must be covered by what is read
        # later.
        committed = await self._committed()
        checkpoint = await self._checkpoint()
        known = await self._known()
        for name in self._deciders.names:
            await self._check_events(topics.events(name), checkpoint, known)
        self._compare(known)
        await self._check_inputs(committed, checkpoint.inputs)
        self._proof.aggregates = len(self._heads)
        return self._proof

    async def _committed(self) -> dict[str, int]:
        async with self._cluster.consumer(group=self._deciders.service) as consumer:
            return {
                topic: await consumer.committed(self._cluster.partition(topic, self._lane)) or 0
                for topic in self._deciders.inputs
            }

    async def _checkpoint(self) -> Checkpoint:
        document = await self._lanes.find_one({"_id": f"{self._deciders.service}-{self._lane}"})
        if document is None:
            return Checkpoint(ledger_id=self._resources.ledger.id)
        document.pop("_id")
        checkpoint = msgspec.convert(document, Checkpoint)
        if checkpoint.ledger_id != self._resources.ledger.id:
            self._proof.find(
                "foreign_states", self._lane, f"states of another ledger, {checkpoint.ledger_id}"
            )
        return checkpoint

    async def _known(self) -> dict[str, _Known]:
        known = {}
        lanes = self._resources.ledger.lanes
        async for state in self._states.find({}, {"sequence": 1, "head": 1}):
            if slot_of(state["_id"]) % lanes == self._lane:
                known[state["_id"]] = _Known(state["sequence"], state["head"])
        return known

    async def _records(self, topic: str, start: int | None = None) -> AsyncIterator[KafkaRecord]:
        """Every committed record of this lane's partition of a topic, to its present end."""
        tp = self._cluster.partition(topic, self._lane)
        end = (await end_offsets(self._cluster, [tp], "read_committed"))[tp]
        async with self._cluster.consumer(fetch_max_wait_ms=50) as consumer:
            consumer.assign([tp])
            if start is None:
                start = (await consumer.beginning_offsets([tp]))[tp]
            consumer.seek(tp, start)
            self._on_progress(0, max(0, end - start))
            position = start
            while position < end:
                for record in (await consumer.getmany(tp, timeout_ms=500)).get(tp, ()):
                    if record.offset < end:
                        yield record
                before, position = position, await consumer.position(tp)
                self._on_progress(min(position, end) - before, 0)

    async def _check_events(
        self, topic: str, checkpoint: Checkpoint, known: dict[str, _Known]
    ) -> None:
        proof = self._proof
        previous, recorded_at = "", None
        stored_end = checkpoint.events.get(topic, 0)
        stored_head = ""
        end = 0
        async for record in self._records(topic):
            end = record.offset + 1
            proof.events += 1
            hashed = chain_hash(record.key or b"", record.headers, record.value or b"")
            try:
                recorded = decode_event(record, topic)
            except (UnknownType, Malformed) as error:
                proof.find("unreadable", Position(topic, self._lane, record.offset), str(error))
                previous = hashed
                continue
            if recorded.partition_prev != previous:
                proof.find(
                    "broken_chain",
                    recorded.position,
                    "it does not follow the event before it: one was changed, lost or put in",
                )
            if recorded_at is not None and recorded.recorded_at < recorded_at:
                proof.find("time_went_back", recorded.position, "recorded before its predecessor")
            previous, recorded_at = hashed, recorded.recorded_at
            if record.offset < stored_end:
                stored_head = hashed
            self._check_sequence(recorded, hashed, known.get(recorded.aggregate_id))
            self._note(recorded)
        if stored_end > end and stored_head != checkpoint.heads.get(topic, ""):
            proof.find(
                "lost_tail",
                f"{topic}/{self._lane}",
                f"the log ends at {end}, but its decider had written up to {stored_end}",
            )

    def _check_sequence(
        self, recorded: Recorded[object], hashed: str, known: _Known | None
    ) -> None:
        sequence, head = self._heads.get(recorded.aggregate_id, (0, ""))
        if recorded.sequence != sequence + 1:
            kind = "gap" if recorded.sequence > sequence else "duplicate"
            self._proof.find(
                kind,
                recorded.position,
                f"{recorded.aggregate_id} has event {recorded.sequence} after event {sequence}",
            )
        elif recorded.aggregate_prev != head:
            self._proof.find(
                "broken_chain",
                recorded.position,
                f"event {recorded.sequence} of {recorded.aggregate_id} follows another history",
            )
        if recorded.sequence > sequence:
            self._heads[recorded.aggregate_id] = (recorded.sequence, hashed)
        if known is not None and known.sequence == recorded.sequence:
            known.seen = True
            if known.head != hashed:
                self._proof.find(
                    "state_differs",
                    recorded.aggregate_id,
                    f"its decider knows another event {recorded.sequence} than the log",
                )

    def _note(self, recorded: Recorded[object]) -> None:
        self._caused.add(recorded.causation_id)
        if recorded.input:
            source = Position.parse(recorded.input)
            if source.partition == self._lane and source.topic in self._answered:
                self._answered[source.topic].add(source.offset)
        made, kept = self._deciders.promises(recorded)
        for key in made:
            self._proof.made[key] = (recorded.recorded_at, str(recorded.position))
        self._proof.kept.update(kept)

    def _compare(self, known: dict[str, _Known]) -> None:
        for id, state in known.items():
            logged, _ = self._heads.get(id, (0, ""))
            if state.sequence > logged:
                self._proof.find(
                    "lost_tail",
                    id,
                    f"the log ends at event {logged}, but its decider had written {state.sequence}",
                )

    async def _check_inputs(self, committed: dict[str, int], stored: dict[str, int]) -> None:
        """Every input that was read must have an event, an answer, a state or a dead letter.

        stored: up to where the states in the database know of inputs.
        """
        letters = read(self._cluster, self._deciders.service, [self._lane])
        async for letter in letters:
            if letter.source.partition == self._lane and letter.source.topic in self._answered:
                self._answered[letter.source.topic].add(letter.source.offset)
        for topic, end in committed.items():
            silent: list[KafkaRecord] = []
            async for record in self._records(topic):
                if record.offset >= end:
                    break
                self._proof.inputs += 1
                if record.offset in self._answered[topic]:
                    continue
                if record.offset >= stored.get(topic, 0):
                    self._proof.unsettled += 1
                    continue
                silent.append(record)
                if len(silent) >= 500:
                    await self._check_silent(topic, silent)
                    silent = []
            await self._check_silent(topic, silent)

    async def _check_silent(self, topic: str, records: list[KafkaRecord]) -> None:
        """Records without an event of their own: refused, repeated, or quietly nothing to do."""
        receive = self._deciders.receive.get(topic)
        commands: list[tuple[KafkaRecord, Command[object]]] = []
        if receive is not None:
            for record, item in zip(records, await receive(records), strict=True):
                if isinstance(item, Command):
                    commands.append((record, item))
                elif not isinstance(item, DeadLetter | Forward):
                    raise TypeError(f"reception made {item!r:.60}")
        else:
            for record in records:
                try:
                    commands.append((record, decode_command(record, topic)))
                except Malformed:
                    self._no_outcome(topic, record)
        outcomes = await self._outcomes({command.aggregate_id for _, command in commands})
        for record, command in commands:
            done = outcomes.get(command.aggregate_id, {})
            if command.command_id not in self._caused and command.command_id not in done:
                self._no_outcome(topic, record)

    def _no_outcome(self, topic: str, record: KafkaRecord) -> None:
        self._proof.find(
            "no_outcome",
            Position(topic, self._lane, record.offset),
            "it was read, but led to no event, refusal or dead letter",
        )

    async def _outcomes(self, ids: set[str]) -> dict[str, dict[str, Outcome]]:
        decode = msgspec.msgpack.Decoder(
            tuple[msgspec.Raw, dict[str, Outcome], Quarantine | None, int]
        ).decode
        found = await self._states.find({"_id": {"$in": list(ids)}}).to_list()
        return {state["_id"]: decode(state["body"])[1] for state in found}
