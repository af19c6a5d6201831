"""A lane catches up: from its checkpoint to the end of its partitions, checking the chain.

The ends are read uncommitted and the records committed, by a consumer of its own: the producer has
just settled the predecessor's transaction, so the two meet.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from libs.events import topics
from libs.events.codec import KafkaRecord, chain_hash, decode_event
from libs.events.dead_letters import parse
from libs.events.deciding import Broken, Held, Outcome, Quarantine, refold, remember
from libs.events.envelope import Reply
from libs.events.kafka import Cluster, Ledger, end_offsets
from libs.events.states import MOST_DIRTY, Checkpoint, StateStore

if TYPE_CHECKING:
    from libs.events.lane import Deciders


async def catch_up(
    cluster: Cluster, deciders: "Deciders", number: int, states: StateStore, ledger: Ledger
) -> Checkpoint:
    """Fold what the log has beyond the checkpoint into the states.

    Raises Broken when the checkpoint belongs to another ledger, lies beyond the log's end, or the
    chain does not hold.
    """
    checkpoint = await states.checkpoint() or Checkpoint(ledger_id=ledger.id)
    if checkpoint.ledger_id != ledger.id:
        raise Broken(
            f"the states in MongoDB belong to ledger {checkpoint.ledger_id}, this Kafka holds "
            f"{ledger.id}: point both to the same installation"
        )
    partitions = {cluster.partition(topic, number): topic for topic in deciders.outputs}
    ends = await end_offsets(cluster, partitions, "read_uncommitted")
    for tp, topic in partitions.items():
        if checkpoint.events.get(topic, 0) > ends[tp]:
            raise Broken(
                f"{topic}/{number} ends at {ends[tp]}, but its states know event "
                f"{checkpoint.events[topic]}: the log has lost its tail; restore it from a replica"
            )
    behind = {tp for tp, topic in partitions.items() if checkpoint.events.get(topic, 0) < ends[tp]}
    if not behind:
        return checkpoint
    folding = _Folding(deciders, states, checkpoint)
    async with cluster.consumer(fetch_max_wait_ms=20) as consumer:
        consumer.assign(list(behind))
        for tp in behind:
            consumer.seek(tp, checkpoint.events.get(partitions[tp], 0))
        while behind:
            batches = await consumer.getmany(timeout_ms=200)
            for tp, records in batches.items():
                await folding.fold(partitions[tp], records)
            if states.waiting > MOST_DIRTY:
                await states.flush(checkpoint)
            for tp in list(behind):
                position = await consumer.position(tp)
                checkpoint.events[partitions[tp]] = position
                if position >= ends[tp]:
                    behind.discard(tp)
    return checkpoint


class _Folding:
    def __init__(self, deciders: "Deciders", states: StateStore, checkpoint: Checkpoint) -> None:
        self._states = states
        self._checkpoint = checkpoint
        self._aggregates = deciders.aggregates
        self._folds = {
            **{topics.events(name): self._events for name in deciders.names},
            **{topics.replies(name): self._replies for name in deciders.names},
            topics.dead_letters(deciders.service): self._quarantines,
        }

    async def fold(self, topic: str, records: Sequence[KafkaRecord]) -> None:
        await self._states.load(
            (record.key or b"").decode() for record in records if self._ours(record)
        )
        changed = self._folds[topic](topic, records)
        self._states.commit({held.id: held for held in changed}.values())

    def _ours(self, record: KafkaRecord) -> bool:
        return (record.key or b"").split(b"-")[0].decode(errors="replace") in self._aggregates

    def _events(self, topic: str, records: Sequence[KafkaRecord]) -> list[Held]:
        changed = []
        for record in records:
            recorded = decode_event(record, topic)
            if recorded.partition_prev != self._checkpoint.heads.get(topic, ""):
                raise Broken(
                    f"the event at {recorded.position} does not follow the one before it: "
                    "run `deskledger verify`"
                )
            hashed = chain_hash(record.key or b"", record.headers, record.value or b"")
            self._checkpoint.heads[topic] = hashed
            self._checkpoint.recorded_at = recorded.recorded_at
            aggregate = self._aggregates[recorded.aggregate_id.partition("-")[0]]
            if type(recorded.data) is aggregate.numbered:
                issued = self._checkpoint.issued
                issued[aggregate.name] = issued.get(aggregate.name, 0) + 1
            held = self._states.get(recorded.aggregate_id)
            if recorded.sequence > held.sequence:
                refold(aggregate, held, recorded)
                held.head = hashed
                changed.append(held)
        return changed

    def _replies(self, _: str, records: Sequence[KafkaRecord]) -> list[Held]:
        """Refusals, and commands that found nothing left to do: they leave no event."""
        changed = []
        for record in records:
            reply = msgspec.json.decode(record.value or b"", type=Reply)
            held = self._states.get(reply.aggregate_id)
            if reply.command_id not in held.processed:
                at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                outcome = Outcome(at, reply.sequence, reply.refusal, reply.sentence, reply.field)
                remember(held, reply.command_id, outcome)
                held.changes += bool(reply.refusal)
                changed.append(held)
        return changed

    def _quarantines(self, topic: str, records: Sequence[KafkaRecord]) -> list[Held]:
        changed = []
        for record in records:
            letter = parse(record, topic)
            if letter.kind == "dead" or not self._ours(record):
                continue
            held = self._states.get(letter.aggregate_id)
            if letter.position.offset <= held.dead_letter:
                continue
            held.dead_letter = letter.position.offset
            held.changes += 1
            if letter.kind == "released":
                held.quarantine = None
            elif held.quarantine is None:
                held.quarantine = Quarantine(letter.position.offset, letter.sentence)
            changed.append(held)
        return changed
