"""given/when/then for aggregates, projections and process managers: tests that read as rules.

    given(TICKET, opened).when(SolveTicket("workaround")).then(TicketSolved(...))
    given(TICKET, opened, closed).when(AddNote(words)).refused("closed")
    given_projection(TABLE, opened).when(solved).then({"status": "solved", ...})
    given_process(CLOSING, solved).when_due(instant).then(CloseTicket(1), due=None)

Events may be given as data alone or, where envelope matters, as ``recorded(...)``. A failed
expectation raises AssertionError with the difference, line by line.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pprint import pformat
from typing import Generic, TypeVar

import msgspec

from libs.events.aggregate import Aggregate, Moment, Refusal
from libs.events.catalogue import CATALOGUE
from libs.events.envelope import Command, Origin, Position, Recorded
from libs.events.folding import Held, by_document
from libs.events.instances import Instance
from libs.events.process import ProcessManager, Reaction
from libs.events.projection import Table
from libs.events.topics import events as events_of
from libs.mongo import Document

S = TypeVar("S", bound=msgspec.Struct)
Happened = msgspec.Struct | Recorded[object]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOME_ID = "t-" + "0" * 26
ANNA = "agent:anna"


def recorded(
    data: msgspec.Struct,
    sequence: int = 1,
    *,
    id: str = SOME_ID,
    at: datetime = START,
    occurred_at: datetime | None = None,
    actor: str = ANNA,
    offset: int | None = None,
    origin: Origin = "live",
) -> Recorded[object]:
    """An event as the log holds it. offset: in partition 0 of its topic; by default its
    sequence."""
    entry = CATALOGUE.entry(type(data))
    return Recorded(
        data=data,
        event_id=f"event-{sequence}",
        type=entry.name,
        version=entry.version,
        aggregate_id=id,
        sequence=sequence,
        occurred_at=occurred_at or at,
        recorded_at=at,
        actor=actor,
        correlation_id="correlation",
        causation_id=f"command-{sequence}",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position(events_of(entry.aggregate), 0, sequence if offset is None else offset),
        origin=origin,
    )


def given(aggregate: Aggregate[S], *events: msgspec.Struct) -> "GivenAggregate[S]":
    """An aggregate to which this has happened."""
    state = aggregate.state()
    for sequence, data in enumerate(events, 1):
        state = aggregate.evolve(state, recorded(data, sequence))
    return GivenAggregate(aggregate, state)


@dataclass
class GivenAggregate(Generic[S]):
    """What an aggregate's past has made of it."""

    aggregate: Aggregate[S]
    state: S

    def when(
        self,
        data: msgspec.Struct,
        *,
        at: datetime = START + timedelta(hours=1),
        number: int = 1,
        actor: str = ANNA,
        setup: object = None,
        occurred_at: datetime | None = None,
        origin: Origin = "live",
    ) -> "Decision":
        """Decide a command. number: the lane's next; setup: what the decision looks things up in,
        if not the aggregate's default; occurred_at: when it happened in the world, if not at this
        moment."""
        command: Command[object] = Command(
            data=data,
            aggregate_id=f"{self.aggregate.kind}-" + "0" * 26,
            actor=actor,
            occurred_at=occurred_at,
            origin=origin,
        )
        try:
            look_up = self.aggregate.setup if setup is None else setup
            events = self.aggregate.decide(self.state, command, Moment(at, number, look_up))
        except Refusal as refusal:
            return Decision([], refusal)
        return Decision(list(events), None)


@dataclass
class Decision:
    """What was decided: events, or a refusal."""

    events: Sequence[msgspec.Struct]
    refusal: Refusal | None

    def then(self, *events: msgspec.Struct) -> None:
        """Exactly these events, in this order; none at all for a command that changes nothing."""
        if self.refusal is not None:
            raise AssertionError(f"refused: {self.refusal}")
        _expect("events", list(events), list(self.events))

    def refused(self, code: str) -> Refusal:
        """Refused with this code."""
        if self.refusal is None:
            raise AssertionError(f"not refused ({code}), but decided:\n{_shown(self.events)}")
        _expect("code", code, self.refusal.code)
        return self.refusal


def given_projection(table: Table, *events: Happened) -> "GivenTable":
    """A table into which this has been folded."""
    return GivenTable(table).when(*events)


@dataclass
class GivenTable:
    """A table's documents, by id."""

    table: Table
    _held: dict[str, Held] = field(default_factory=dict)
    _sequence: int = 0

    def when(self, *events: Happened) -> "GivenTable":
        """Fold these in, once each however often they come."""
        numbered = [self._numbered(event) for event in events]
        for id, some in by_document(self.table.key, numbered).items():
            self._held.setdefault(id, Held()).fold(self.table.fold, some)
        return self

    def then(self, document: Document) -> None:
        """One document, and these of its fields are so."""
        if len(self.documents) != 1:
            raise AssertionError(f"not one document, but {sorted(self.documents)}")
        [found] = self.documents.values()
        _expect("document", document, {key: found.get(key) for key in document})

    def then_all(self, documents: Mapping[str, Document]) -> None:
        """Exactly these documents, with all their fields."""
        _expect("documents", dict(documents), self.documents)

    @property
    def documents(self) -> dict[str, Document]:
        """The documents, without positions."""
        return {id: held.document for id, held in self._held.items() if held.document is not None}

    def _numbered(self, event: Happened) -> Recorded[object]:
        if isinstance(event, Recorded):
            return event
        self._sequence += 1
        return recorded(event, self._sequence)


def given_process(process: ProcessManager[S], *events: Happened) -> "GivenProcess[S]":
    """A process manager that has seen, and acted on, these events."""
    given = GivenProcess(process)
    for event in events:
        given.when(event)
    return given


@dataclass
class GivenProcess(Generic[S]):
    """The instances of a process manager, by id."""

    process: ProcessManager[S]
    instances: dict[str, Instance[S]] = field(default_factory=dict)
    _sequence: int = 0

    def when(self, event: Happened) -> "Reacted":
        """An event comes in; a deadline that lies before it fires first."""
        if not isinstance(event, Recorded):
            self._sequence += 1
            event = recorded(event, self._sequence)
        id = self.process.key(event)
        if id is None or type(event.data) not in self.process.interests:
            return Reacted([], None)
        instance = self.instances.setdefault(id, Instance(id, 0, self.process.state()))
        reactions = instance.react(self.process, event)
        return Reacted(reactions, instance.due)

    def when_due(self, instant: datetime) -> "Reacted":
        """The clock comes to this instant, and fires what lies at or before it."""
        reactions: list[Reaction] = []
        dues = []
        for instance in self.instances.values():
            fired = instance.fire(self.process, instant + timedelta(microseconds=1))
            reactions += [fired] if fired is not None else []
            dues += [instance.due] if instance.due is not None else []
        return Reacted(reactions, min(dues, default=None))


@dataclass
class Reacted:
    """What a process manager asks for, and when it wants to be called."""

    reactions: Sequence[Reaction]
    due: datetime | None

    @property
    def commands(self) -> list[Command[object]]:
        """The commands, in order."""
        return [command for reaction in self.reactions for command in reaction.commands]

    @property
    def effects(self) -> list[msgspec.Struct]:
        """The effects, in order."""
        return [effect for reaction in self.reactions for effect in reaction.effects]

    def then(
        self,
        *commands: msgspec.Struct,
        effects: Iterable[msgspec.Struct] = (),
        due: datetime | None = None,
    ) -> None:
        """Exactly these commands and effects, and this deadline. A command may be given as its
        data alone, also one that an effect carries."""
        found: list[object] = [
            one if isinstance(wanted, Command) else one.data
            for one, wanted in zip(self.commands, commands, strict=False)
        ]
        found += [one.data for one in self.commands[len(commands) :]]
        _expect("commands", list(commands), found)
        _expect("effects", list(effects), [_plain(effect) for effect in self.effects])
        _expect("deadline", due, self.due)


def _plain(effect: msgspec.Struct) -> object:
    carried = getattr(effect, "command", None)
    return carried.data if isinstance(carried, Command) else effect


def _expect(what: str, wanted: object, found: object) -> None:
    if wanted != found:
        lines = difflib.ndiff(_shown(wanted).splitlines(), _shown(found).splitlines())
        difference = "\n".join(line for line in lines if not line.startswith("?"))
        raise AssertionError(f"other {what} than expected (- expected, + found):\n{difference}")


def _shown(value: object) -> str:
    """One field a line, so that a difference is one line."""
    if isinstance(value, list | tuple):
        return "\n".join(_shown(one) for one in value) or "(none)"
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.asdict(value)
        lines = [f"  {name} = {_inner(inner)}" for name, inner in fields.items()]
        return "\n".join([type(value).__name__, *lines])
    return pformat(value, width=90, sort_dicts=False)


def _inner(value: object) -> str:
    return repr(value) if isinstance(value, msgspec.Struct) else pformat(value, width=90)
