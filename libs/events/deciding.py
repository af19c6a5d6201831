"""One command against one aggregate, with the promises that hold for every aggregate. Pure.

A repeated command gets its first answer; a command that expected another sequence or comes too late
is refused; a quarantined aggregate parks what comes. Everything else is the aggregate's ``decide``.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from libs.events.aggregate import AnyAggregate, Moment, Refusal
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import event_id

# Commands are kept this long on their topics, so none can come again after it.
REMEMBERED = timedelta(days=7)
NOWHERE = Position("", -1, -1)


class Outcome(msgspec.Struct, array_like=True, frozen=True, omit_defaults=True):
    """What became of a command: the aggregate's sequence after it, or a refusal."""

    at: datetime
    sequence: int
    refusal: str = ""
    sentence: str = ""
    field: str = ""


class Quarantine(msgspec.Struct, array_like=True, frozen=True):
    """Why an aggregate's commands are parked, and where the first of them lies (an offset of the
    service's dead letters)."""

    first_offset: int
    error: str


class Held(msgspec.Struct):
    """An aggregate as its lane holds it: state, place in the chain, and memory of its commands.

    head: hash of its last event. dead_letter: the last offset of the service's dead letters that
    said something about it. changes: how many records of the log (events, refusals, dead letters)
    it has taken in, the same for everybody who has read as far; of two versions the one with more
    is the newer. stored: whether the database has it, in whatever version.
    """

    id: str
    state: msgspec.Struct
    sequence: int = 0
    head: str = ""
    processed: dict[str, Outcome] = {}
    quarantine: Quarantine | None = None
    dead_letter: int = -1
    changes: int = 0
    stored: bool = False


class Broken(Exception):
    """The log contradicts itself or what was stored of it: the partition stops until a person has
    looked. The message says where."""


class Decided(msgspec.Struct):
    """What one command led to. events: not yet chained; repeated: it had been decided before."""

    command: Command[object]
    held: Held
    outcome: Outcome
    events: list[Recorded[object]]
    repeated: bool = False


def handle(
    aggregate: AnyAggregate,
    held: Held,
    command: Command[object],
    moment: Moment,
) -> Decided:
    """Decide a command and fold its events into ``held``.

    Raises whatever decide or evolve raises beside a Refusal: that is a bug in them, and ``held``
    is then to be thrown away.
    """
    before = held.processed.get(command.command_id)
    if before is not None:
        return Decided(command, held, before, [], repeated=True)
    try:
        _expect(held, command, moment.now)
        decided = aggregate.decide(held.state, command, moment)
    except Refusal as refusal:
        outcome = Outcome(moment.now, held.sequence, refusal.code, refusal.sentence, refusal.field)
        remember(held, command.command_id, outcome)
        held.changes += 1
        return Decided(command, held, outcome, [])
    events: list[Recorded[object]] = []
    for data in decided:
        recorded: Recorded[object] = Recorded(
            data=data,
            event_id=event_id(),
            type=type(data).__name__,
            version=0,
            aggregate_id=held.id,
            sequence=held.sequence + 1,
            occurred_at=command.occurred_at or moment.now,
            recorded_at=moment.now,
            actor=command.actor,
            correlation_id=command.correlation_id or command.command_id,
            causation_id=command.command_id,
            input=str(command.position) if command.position else "",
            aggregate_prev="",
            partition_prev="",
            position=NOWHERE,
            traceparent=command.traceparent,
            origin=command.origin,
        )
        held.state = aggregate.evolve(held.state, recorded)
        held.sequence += 1
        held.changes += 1
        events.append(recorded)
    outcome = Outcome(moment.now, held.sequence)
    remember(held, command.command_id, outcome)
    return Decided(command, held, outcome, events)


def refold(aggregate: AnyAggregate, held: Held, recorded: Recorded[object]) -> None:
    """Fold an event of the log into ``held`` if it is the next one, after checking the chain.

    Events at or below the held sequence are in it already. Raises Broken on a gap or a foreign
    predecessor. ``held.head`` is the caller's to move on: it knows the stored bytes.
    """
    if recorded.sequence <= held.sequence:
        return
    if recorded.sequence != held.sequence + 1 or recorded.aggregate_prev != held.head:
        raise Broken(
            f"{recorded.aggregate_id}: the log goes on with event {recorded.sequence} at "
            f"{recorded.position}, but its state stands at {held.sequence}: run `deskledger verify`"
        )
    held.state = aggregate.evolve(held.state, recorded)
    held.sequence = recorded.sequence
    held.changes += 1
    remember(held, recorded.causation_id, Outcome(recorded.recorded_at, recorded.sequence))


def remember(held: Held, command_id: str, outcome: Outcome) -> None:
    """Keep an outcome, and forget those that no command can ask for any more."""
    oldest = next(iter(held.processed.values()), None)
    if oldest is not None and outcome.at - oldest.at > REMEMBERED:
        horizon = outcome.at - REMEMBERED
        held.processed = {id: o for id, o in held.processed.items() if o.at >= horizon}
    held.processed[command_id] = outcome


def aggregate_of(aggregates: Mapping[str, AnyAggregate], aggregate_id: str) -> AnyAggregate | None:
    """The kind of aggregate that an id names, if it is one of these."""
    return aggregates.get(aggregate_id.partition("-")[0])


def _expect(held: Held, command: Command[object], now: datetime) -> None:
    if command.not_after is not None and now > command.not_after:
        raise Refusal(
            "too_late",
            "This command was only to be carried out until "
            f"{command.not_after.isoformat(timespec='seconds')}; send it again if it still holds.",
        )
    if command.expected_sequence is not None and command.expected_sequence != held.sequence:
        raise Refusal(
            "changed_meanwhile",
            f"You saw version {command.expected_sequence}, but it stands at {held.sequence}: "
            "read it again and repeat what still makes sense.",
        )
